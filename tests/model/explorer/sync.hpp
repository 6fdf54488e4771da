// sync.hpp: the Sync policy that lets the explorer decide: library code compiles against it unchanged.
//
// Every operation first asks the execution who goes on, then acts on the modelled memory. Cells know whether an element
// lives in them and who touched it last: a race, a use of nothing, a double construction and a leak are failures.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/model/explorer/execution.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/kernel.hpp"
#include "tidegate/base/living_threads.hpp"

namespace tidegate::model {

/// "acquire"
[[nodiscard]] const char* to_string(std::memory_order how) noexcept;

/// An atomic object in modelled memory: value, readers and writers are the execution's. Up to 8 bytes.
template <class T>
class model_atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));

 public:
  static constexpr bool is_always_lock_free = true;

  model_atomic() noexcept : model_atomic(T{}) {}
  model_atomic(T value) noexcept;  // implicit, as std::atomic
  model_atomic(const model_atomic&) = delete;
  model_atomic& operator=(const model_atomic&) = delete;

  [[nodiscard]] T load(std::memory_order how, site at = site::here()) const noexcept {
    execution& run = execution::here();
    run.step_to_load(where_, how);
    const unsigned age = run.choose_age(run.store().readable(run.thread(), where_, how));
    const store_record& read = run.store().load(run.thread(), where_, how, age);
    record(run, at, "load ", how, read, age);
    return unpack(read.value);
  }

  void store(T value, std::memory_order how, site at = site::here()) noexcept {
    execution& run = execution::here();
    run.step();
    const bool changes = run.store().newest(where_).value != pack(value);
    run.store().store(run.thread(), where_, pack(value), how, run.steps());
    if (changes) run.changed();
    record(run, at, "store", how, run.store().newest(where_), 0);
  }

  T exchange(T value, std::memory_order how, site at = site::here()) noexcept {
    return update(how, at, [value](T) { return value; });
  }
  T fetch_add(T amount, std::memory_order how, site at = site::here()) noexcept requires std::integral<T> {
    return update(how, at, [amount](T old) { return static_cast<T>(old + amount); });
  }
  T fetch_sub(T amount, std::memory_order how, site at = site::here()) noexcept requires std::integral<T> {
    return update(how, at, [amount](T old) { return static_cast<T>(old - amount); });
  }
  T fetch_or(T bits, std::memory_order how, site at = site::here()) noexcept requires std::integral<T> {
    return update(how, at, [bits](T old) { return static_cast<T>(old | bits); });
  }
  T fetch_and(T bits, std::memory_order how, site at = site::here()) noexcept requires std::integral<T> {
    return update(how, at, [bits](T old) { return static_cast<T>(old & bits); });
  }

  bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                               site at = site::here()) noexcept {
    return compare_exchange(expected, value, how, on_failure, false, at);
  }
  /// May also fail for no reason.
  bool compare_exchange_weak(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                             site at = site::here()) noexcept {
    return compare_exchange(expected, value, how, on_failure, true, at);
  }

  /// For futexes.
  [[nodiscard]] location_id location() const noexcept { return where_; }

 private:
  [[nodiscard]] static std::uint64_t pack(T value) noexcept {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
  }
  [[nodiscard]] static T unpack(std::uint64_t bits) noexcept {
    T value;
    std::memcpy(static_cast<void*>(&value), &bits, sizeof(T));
    return value;
  }

  template <class Change>
  T update(std::memory_order how, const site& at, Change&& change) noexcept {
    execution& run = execution::here();
    run.step();
    const T old = unpack(run.store().newest(where_).value);
    const T made = change(old);
    run.store().exchange(run.thread(), where_, pack(made), how, run.steps());
    if (pack(made) != pack(old)) run.changed();  // else those who spin would see news where there is none
    record(run, at, "rmw  ", how, run.store().newest(where_), 0);
    return old;
  }

  /// Succeeds on the newest value only; may fail by reading an older one.
  bool compare_exchange(T& expected, T value, std::memory_order how, std::memory_order on_failure, bool weak,
                        const site& at) noexcept;

  void record(execution& run, const site& at, const char* verb, std::memory_order how, const store_record& of,
              unsigned age) const {
    run.record(at, [&] {
      std::string text = std::string(verb) + " #" + std::to_string(where_) + " " + to_string(how);
      text += (*verb == 'l' ? " -> " : " <- ") + std::to_string(of.value);
      if (*verb == 'l') text += " of T" + std::to_string(of.writer) + ", step " + std::to_string(of.step);
      if (age != 0) text += " (" + std::to_string(age) + " older than the newest)";
      return text;
    });
  }

  location_id where_;
};

template <class T>
model_atomic<T>::model_atomic(T value) noexcept {
  execution& run = execution::here();
  const unsigned where = run.store().add_location(run.thread(), pack(value), run.steps());
  if (where == max_locations) run.fail("the client has more than " + std::to_string(max_locations) + " atomics");
  where_ = static_cast<location_id>(where);
}

template <class T>
bool model_atomic<T>::compare_exchange(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                                       bool weak, const site& at) noexcept {
  execution& run = execution::here();
  run.step();
  unsigned age = run.choose_age(run.store().readable(run.thread(), where_, on_failure));
  // An older store with the expected value is no reason to fail, and to succeed is to read the newest one.
  if (unpack(run.store().at(where_, age).value) == expected) age = 0;
  const bool matches = unpack(run.store().at(where_, age).value) == expected;
  if (matches && !(weak && run.surprised())) {
    run.store().exchange(run.thread(), where_, pack(value), how, run.steps());
    run.changed();
    record(run, at, "rmw  ", how, run.store().newest(where_), 0);
    return true;
  }
  const store_record& read = run.store().load(run.thread(), where_, on_failure, age);
  record(run, at, "load, exchange failed,", on_failure, read, age);
  expected = unpack(read.value);
  return false;
}

/// Who touched a piece of plain memory last, and whether an element lives there.
class shadow {
 public:
  /// raw -> live
  void construct(const char* what);
  /// live -> raw
  void destroy(const char* what);
  /// A read or write of the living element; it may change it, so that two at once are a race.
  void touch(const char* what);
  /// A read of the living element that changes nothing: two at once are none.
  void look(const char* what);
  /// A read of something that always lives.
  void read(const char* what);
  [[nodiscard]] bool lives() const noexcept { return lives_; }

 private:
  void check_write(const char* what);

  vector_clock readers_;     // since the last write
  std::uint8_t writer_ = 0;  // of the last write
  tick written_ = 0;         // that thread's clock then; 0: never
  bool lives_ = false;
};

/// plain_cell with a shadow. Arrays of it are not arrays of T: no spans.
template <queue_element T>
class model_cell {
 public:
  model_cell() noexcept = default;
  model_cell(const model_cell&) = delete;
  model_cell& operator=(const model_cell&) = delete;
  ~model_cell() {
    if (shadow_.lives()) execution::here().note_leak();
  }

  template <class... Args>
  void construct(Args&&... args) noexcept {
    shadow_.construct("construct");
    ::new (static_cast<void*>(bytes_)) T(std::forward<Args>(args)...);
  }
  [[nodiscard]] T& get() noexcept {
    shadow_.touch("use");
    return *std::launder(reinterpret_cast<T*>(bytes_));
  }
  [[nodiscard]] const T& get() const noexcept {
    shadow_.look("look");
    return *std::launder(reinterpret_cast<const T*>(bytes_));
  }
  void destroy() noexcept {
    shadow_.destroy("destroy");
    std::launder(reinterpret_cast<T*>(bytes_))->~T();
  }
  static void construct_n(model_cell* to, T* from, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) to[i].construct(std::move(from[i]));
  }
  static void take_n(model_cell* from, T* to, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = std::move(from[i].get());
      from[i].destroy();
    }
  }

 private:
  alignas(T) std::byte bytes_[sizeof(T)];
  mutable shadow shadow_;
};

/// plain_word with a shadow: knows whether a header or payload lies there. Payload is no span.
class model_word {
 public:
  /// Payload from a word on.
  class payload {
   public:
    payload(model_word* first, std::size_t bytes) noexcept : first_(first), bytes_(bytes) {}
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
    /// One number in every byte.
    void fill(std::uint8_t number) const noexcept;
    /// The number in every byte; `nothing` when there are none. A mixture is a failure.
    [[nodiscard]] int number() const noexcept;
    static constexpr int nothing = -1;

   private:
    model_word* first_;
    std::size_t bytes_;
  };
  using room = payload;
  using view = payload;

  model_word() { shadow_.construct("initial write"); }
  model_word(const model_word&) = delete;
  model_word& operator=(const model_word&) = delete;

  [[nodiscard]] std::uint64_t load(std::memory_order how, site at = site::here()) noexcept {
    expect(holds::payload, false, "a header is looked for where payload lies");
    return header_.load(how, at);
  }
  void store(std::uint64_t header, std::memory_order how, site at = site::here()) noexcept {
    shadow_.touch("header");
    expect(holds::payload, false, "a header is written where payload lies");
    what_ = holds::header;
    header_.store(header, how, at);
  }

  [[nodiscard]] std::uint64_t get() noexcept {
    shadow_.read("header");
    expect(holds::header, true, "a header is looked for where none lies");
    return value_;
  }
  void put(std::uint64_t header) noexcept {
    shadow_.touch("header");
    what_ = holds::header;
    value_ = header;
  }

  [[nodiscard]] static room room_at(model_word* first, std::size_t bytes) noexcept { return {first, bytes}; }
  [[nodiscard]] static view view_at(model_word* first, std::size_t bytes) noexcept { return {first, bytes}; }
  static void write(model_word* first, std::span<const std::byte> from) noexcept {
    for (std::size_t i = 0; i < from.size(); i += 8)
      first[i / 8].fill(from.subspan(i, std::min<std::size_t>(8, from.size() - i)));
  }
  static void clear(model_word* first, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) first[i].clear();
  }

 private:
  enum class holds : std::uint8_t { nothing, header, payload };

  void expect(holds what, bool should, const char* failure) const {
    if ((what_ == what) != should) execution::here().fail(failure);
  }
  void fill(std::span<const std::byte> from) {
    shadow_.touch("payload");
    what_ = holds::payload;
    std::memcpy(&value_, from.data(), from.size());
  }
  void clear() {
    shadow_.touch("clearing");
    if (what_ == holds::header) header_.store(0, std::memory_order_relaxed);
    what_ = holds::nothing;
  }

  model_atomic<std::uint64_t> header_{0};  // of records that are published by it
  std::uint64_t value_ = 0;                // of others, and payload
  holds what_ = holds::nothing;
  shadow shadow_;
};

/// A client's own variable, not atomic: unordered use by two threads is a failure.
template <class T>
class model_variable {
 public:
  model_variable(T value = T{}) noexcept : value_(value) { shadow_.construct("initial write"); }  // implicit
  [[nodiscard]] T get() noexcept {
    shadow_.read("read");
    return value_;
  }
  void set(T value) noexcept {
    shadow_.touch("write");
    value_ = value;
  }

 private:
  T value_;
  shadow shadow_;
};

/// The policy. Positions have 8 bits and start two before their wrap.
struct model_sync {
  using position = std::uint8_t;
  static constexpr position first_position = 254;

  template <class T>
  using atomic = model_atomic<T>;
  template <class T>
  using cell = model_cell<T>;
  using word = model_word;
  static constexpr bool plain_cells = false;

  [[nodiscard]] static bool asymmetric_fences() noexcept { return true; }
  static void light_fence(site at = site::here()) noexcept {
    execution& run = execution::here();
    run.step();
    run.store().light_fence(run.thread());
    run.record(at, [] { return std::string("light fence"); });
  }
  [[nodiscard]] static bool heavy_fence(site at = site::here()) noexcept {
    execution& run = execution::here();
    run.step();
    run.store().heavy_fence(run.thread());
    run.record(at, [] { return std::string("heavy fence"); });
    return true;
  }

  static futex_outcome futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until,
                                  site at = site::here()) noexcept;
  static unsigned futex_wake(const atomic<std::uint64_t>& word, unsigned count, site at = site::here()) noexcept;

  struct watch {
    const atomic<std::uint64_t>* word;
    std::uint32_t expected;
  };
  static constexpr std::size_t most_watches = execution::most_watched;
  [[nodiscard]] static bool waits_for_many() noexcept { return true; }
  /// As Linux does it: word after word is compared and watched.
  static futex_outcome futex_wait_many(const watch* first, std::size_t count, deadline until,
                                       site at = site::here()) noexcept;

  /// Nobody listens; clients with event loops have bells of their own.
  struct bell {
    void ring() noexcept {}
    void hush() noexcept {}
    [[nodiscard]] int fd() const noexcept { return 0; }
  };

  /// The one T of an execution: one that the client has.
  template <class T>
  static inline T* the_common = nullptr;
  template <class T>
  [[nodiscard]] static T& common() noexcept {
    if (the_common<T> == nullptr) execution::here().fail("the client has nothing in common");
    return *the_common<T>;
  }
  [[nodiscard]] static unsigned turn() noexcept { return 0; }

  [[nodiscard]] static deadline::time_point now() noexcept { return execution::here().now(); }
  static void pause() noexcept { execution::here().spin(); }
  static void back_off(unsigned) noexcept {}  // waits for nothing
  static void yield() noexcept { execution::here().spin(); }
  /// Threads of the model live for ever; those of `mortal` clients have a table of their own.
  [[nodiscard]] static thread_key this_thread() noexcept {
    const std::uint64_t number = execution::here().thread();
    return (number + 1) << 16 | number;
  }
  [[nodiscard]] static bool lives(thread_key) noexcept { return true; }
  [[nodiscard]] static bool may_live(thread_key, thread_key) noexcept { return true; }
  [[nodiscard]] static std::uintptr_t thread_token() noexcept { return execution::here().thread() + 1; }
};

/// Without membarrier: the event count falls back to read-modify-writes.
struct symmetric_model_sync : model_sync {
  [[nodiscard]] static bool asymmetric_fences() noexcept { return false; }
  static void light_fence() noexcept {}  // a compiler fence orders nothing
  [[nodiscard]] static bool heavy_fence() noexcept { return false; }
};

/// membarrier was granted and is refused when it is needed.
struct refused_model_sync : model_sync {
  static void light_fence() noexcept {}
  [[nodiscard]] static bool heavy_fence() noexcept { return false; }
};

}  // namespace tidegate::model
