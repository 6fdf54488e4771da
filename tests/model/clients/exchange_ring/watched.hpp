// watched.hpp: names what happens in the helping layer, from the compare-exchanges that it makes.
//
// The ring knows nothing of it: this policy's atomics look at the words, and at the function that stands there.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tests/model/explorer/engine.hpp"
#include "tidegate/ring/detail/exchange/entry_word.hpp"

namespace tidegate::model {

/// Of one execution.
class help_watch {
 public:
  using word = tidegate::detail::entry_word<21, true, model_sync>;

  static inline std::array<std::uint8_t, max_locations> asks{};  // whose record a location is, plus 1
  static inline std::array<char, max_threads> plays{};           // the call that a thread makes, as in a script

  static void exchanged(const site& at, std::memory_order how, location_id where, word::word from, bool done) {
    if (!std::string_view(at.file).ends_with("exchange.hpp") && !std::string_view(at.file).ends_with("helping.hpp"))
      return;
    const std::string_view function = name_of(at);
    if (function == "withdraw") reached(done ? "withdrawal" : "withdrawal too late");
    if (!done) return;
    if (function == "receive_help") reached("owner completes its own entry");
    if (function == "settle" && how == std::memory_order_release) made_real(where);
    if (function == "settle" && how == std::memory_order_seq_cst) settled(from);
    const bool from_offer = word::state(from) == 0 || word::state(from) == 2;
    if (from_offer && (function == "take" || function == "offer" || function == "set_close_bit")) reached("void offer");
  }
  static void stored(const site& at, location_id where) {
    if (name_of(at) == "ask") asks[where] = static_cast<std::uint8_t>(explorer::thread() + 1);
  }

 private:
  /// Without the arguments of a template.
  [[nodiscard]] static std::string_view name_of(const site& at) noexcept {
    const std::string_view name = at.function;
    return name.substr(0, name.find('<'));
  }
  static void reached(const char* what) { explorer::reached(what); }

  static void made_real(location_id record) {
    const unsigned owner = asks[record] - 1U;
    if (owner == explorer::thread() || owner >= max_threads) return;
    reached("help for another");
    if (plays[owner] == 'e') reached("helped evict");
    if (plays[owner] == 'o' && plays[explorer::thread()] == 'e') reached("evictor serves a consumer");
  }
  static void settled(word::word offer) {
    if (word::state(offer) == 0 && word::has_victim(offer) && plays[explorer::thread()] == 'o')
      reached("consumer settles an evict offer");
  }
};

template <class T>
class watched_atomic : public model_atomic<T> {
 public:
  using model_atomic<T>::model_atomic;

  void store(T value, std::memory_order how, site at = site::here()) noexcept {
    help_watch::stored(at, this->location());
    model_atomic<T>::store(value, how, at);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                               site at = site::here()) noexcept {
    const T from = expected;
    const bool done = model_atomic<T>::compare_exchange_strong(expected, value, how, on_failure, at);
    help_watch::exchanged(at, how, this->location(), from, done);
    return done;
  }
};

template <class Sync>
struct watched : Sync {
  template <class T>
  using atomic = watched_atomic<T>;
  static void begin_call(char which) noexcept { help_watch::plays[execution::here().thread()] = which; }
};

/// Threads that live for ever and are watched.
struct watched_threads {
  template <class Sync>
  using sync = watched<Sync>;
  template <class Sync>
  struct population {
    population() noexcept {
      help_watch::asks.fill(0);
      help_watch::plays.fill(' ');
    }
  };
};

}  // namespace tidegate::model
