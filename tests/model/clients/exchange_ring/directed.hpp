// directed.hpp: clients that say where a thread stops, and for how long, where a search could not afford it.
//
// The ring knows nothing of it: this policy's atomics tell a client of every access before it is made, and in which
// function it stands. What a client remembers of that orders nothing between the threads of the model.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tests/model/clients/exchange_ring/histories.hpp"
#include "tests/model/explorer/engine.hpp"

namespace tidegate::model {

/// Who is told, of one execution.
class director {
 public:
  using listener = void (*)(void* client, std::string_view function);

  static void listen(void* client, listener told) noexcept {
    client_ = client;
    told_ = told;
  }
  static void fall_silent() noexcept {
    told_ = nullptr;
    is_telling_.fill(false);
  }
  /// What the listener itself does is not told.
  static void tell(const site& at) {
    bool& is_telling = is_telling_[explorer::thread()];
    if (told_ == nullptr || is_telling) return;
    is_telling = true;
    const std::string_view name = at.function;
    told_(client_, name.substr(0, name.find('<')));  // without the arguments of a template
    is_telling = false;
  }

 private:
  static inline void* client_ = nullptr;
  static inline listener told_ = nullptr;
  static inline std::array<bool, max_threads> is_telling_{};
};

template <class T>
class directed_atomic : public model_atomic<T> {
  using base = model_atomic<T>;

 public:
  using base::base;

  [[nodiscard]] T load(std::memory_order how, site at = site::here()) const noexcept {
    director::tell(at);
    return base::load(how, at);
  }
  void store(T value, std::memory_order how, site at = site::here()) noexcept {
    director::tell(at);
    base::store(value, how, at);
  }
  T fetch_add(T amount, std::memory_order how, site at = site::here()) noexcept {
    director::tell(at);
    return base::fetch_add(amount, how, at);
  }
  T fetch_sub(T amount, std::memory_order how, site at = site::here()) noexcept {
    director::tell(at);
    return base::fetch_sub(amount, how, at);
  }
  T fetch_or(T bits, std::memory_order how, site at = site::here()) noexcept {
    director::tell(at);
    return base::fetch_or(bits, how, at);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                               site at = site::here()) noexcept {
    director::tell(at);
    return base::compare_exchange_strong(expected, value, how, on_failure, at);
  }
};

template <class Sync>
struct directed : Sync {
  template <class T>
  using atomic = directed_atomic<T>;
};

/// Threads that live for ever and are directed.
struct directed_threads {
  template <class Sync>
  using sync = directed<Sync>;
  template <class Sync>
  struct population {
    population() noexcept { director::fall_silent(); }
  };
};

/// A thread stops before its `count`-th access within a function, until another one has come to its `until_count`-th
/// within another function, or has ended.
struct stop {
  unsigned thread;
  const char* function;
  unsigned count;
  unsigned other;
  const char* until;
  unsigned until_count;
  bool is_usual = true;  // else only a ring that is wrong comes to it
};
inline constexpr unsigned never = ~0u;  // of `until_count`: until it has ended

/// What the threads of a client have come to.
template <std::size_t Count>
class direction {
 public:
  explicit direction(const std::array<stop, Count>& stops) noexcept : stops_(stops) {}

  void begin() noexcept {
    director::listen(this, [](void* self, std::string_view function) {
      static_cast<direction*>(self)->arrive(explorer::thread(), function);
    });
  }
  /// For clients that listen themselves.
  void arrive(unsigned thread, std::string_view function) {
    for (std::size_t i = 0; i < Count; ++i) {
      const bool arrives = thread == stops_[i].other && function == stops_[i].until;
      if (arrives && ++others_[i] == stops_[i].until_count) go_on(i);
    }
    for (std::size_t i = 0; i < Count; ++i) {
      if (thread == stops_[i].thread && function == stops_[i].function && ++mine_[i] == stops_[i].count) keep(i);
    }
  }
  void end(unsigned thread) {
    ended_[thread] = true;
    for (std::size_t i = 0; i < Count; ++i) {
      if (thread == stops_[i].other) go_on(i);
    }
  }
  /// True when a stop was waited for until the other thread came there.
  [[nodiscard]] bool was_kept(std::size_t number) const noexcept { return kept_[number]; }

 private:
  void keep(std::size_t number) {
    const stop& at = stops_[number];
    const auto may_go = [&] { return others_[number] >= at.until_count || ended_[at.other]; };
    // asleep, so that nobody asks whether it goes on
    while (!may_go()) static_cast<void>(model_sync::futex_wait(goes_on_[number], 0, deadline::never()));
    kept_[number] = true;
  }
  void go_on(std::size_t number) {
    goes_on_[number].store(1, std::memory_order_relaxed);
    model_sync::futex_wake(goes_on_[number], 1);
  }

  const std::array<stop, Count>& stops_;
  std::array<unsigned, Count> mine_{};
  std::array<unsigned, Count> others_{};
  std::array<bool, Count> kept_{};
  std::array<model_atomic<std::uint64_t>, Count> goes_on_{};
  std::array<bool, max_threads> ended_{};
};

/// Plays a script, directed; every stop must be reached.
template <class Engine, class Kind, std::size_t Capacity, script Script, const auto& Stops>
struct plays_directed : plays_a_fifo<Engine, Kind, Capacity, Script> {
  using base = plays_a_fifo<Engine, Kind, Capacity, Script>;
  static constexpr unsigned may_freeze = 0;
  static constexpr std::array probes{"as directed"};

  void before() {
    base::before();
    stops.begin();
  }
  void thread(unsigned index) {
    base::thread(index);
    stops.end(index);
  }
  void after() {
    director::fall_silent();
    bool all = true;
    for (std::size_t i = 0; i < Stops.size(); ++i) all = all && (stops.was_kept(i) || !Stops[i].is_usual);
    if (all) Engine::reached("as directed");
    base::after();
  }

 private:
  direction<Stops.size()> stops{Stops};
};

}  // namespace tidegate::model
