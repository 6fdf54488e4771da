// latest: the newest value wins. One place between one producer thread and one consumer thread: a push replaces what
// was not read, and the consumer is told how many values it has skipped.
//
// Progress: wait-free, every call: at most two exchanges a push, one a pop; a stopped thread changes nothing for the
// other. No system call, no allocation.  Capacity: one value; a push is never refused for want of room.
// Order: values come out in the order of their pushes, with gaps that are counted exactly. All answers of all threads
// have one common order: that of a bounded FIFO of capacity 1 whose pushes evict.
// Element: nothrow-movable, nothrow-destructible. A value is read in place, in a slot that is the consumer's alone for
// as long as it likes, or moved out. A replaced value is destroyed by the producer, or handed back to it.
// Callbacks may use the other side; never their own one, whose slot they are using (checked builds abort).
// Close: any thread, for good. An accepted push came before it, and its value is delivered or replaced.
// Memory: three slots inside the object, each on cache lines of its own. Cost: one locked instruction a push (two when
// the value before was taken) and a pop; a pop that finds nothing new is a load.
// Why one producer: the slot that is replaced is a producer's own next slot. Several producers need a slot each and
// lose exchanges to each other, which is no longer wait-free: give each one a latest, or use conflating_queue.
// Exchange: ring/detail/latest/value_exchange.hpp.  Tests: tests/contract/latest, tests/model/clients/latest.
//
// [close] release in close() → acquire in push and closed(), beside the bit in the word: who begins after it is told.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/latest/slot_calls.hpp"
#include "tidegate/ring/detail/latest/value_exchange.hpp"

namespace tidegate {

/// Options of a latest, a template argument.
struct latest_options {
  bool check_roles = checks_enabled;  ///< abort when a second thread plays a role

  bool operator==(const latest_options&) const = default;
};

template <queue_element T, latest_options Options = latest_options{}, class Sync = native_sync>
class latest {
  using word_type = typename Sync::position;
  using exchange_type = detail::value_exchange<word_type, 2, Sync>;
  using word = typename exchange_type::word;
  using cell = typename Sync::template cell<T>;
  using count = typename Sync::template atomic<std::uint64_t>;

 public:
  using value_type = T;

  latest() noexcept = default;
  latest(const latest&) = delete;
  latest& operator=(const latest&) = delete;

  /// Destroys the values that are left. No other thread may use it any more.
  ~latest() {
    release();
    if (const word_type left = place_.look(); word::is_fresh(left)) slots_[word::slot(left)].value.destroy();
  }

  // Producer operations. Wait-free, O(1). A push is refused only as `closed`, and then the argument has its value.

  /// Moves `value` in: `ok`, `evicted` when it has replaced one that was not taken, or `closed`.
  push_status try_push(T&& value) noexcept {
    return push_evict(std::move(value), [](T&&) noexcept {});
  }

  /// Copies `value` in; nothing changes if the copy throws.
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  /// Constructs a value from `args`. A constructor that may throw runs before anything changes. Arguments may have been
  /// moved from when another thread closes meanwhile.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if (refuses()) [[unlikely]]
      return push_status::closed;
    detail::construct_in(own_slot(), std::forward<Args>(args)...);
    if (put()) return settle([](T&&) noexcept {});
    own_slot().destroy();
    return push_status::closed;
  }

  /// As try_push(); a value that is replaced goes to `use(T&&)`, after the new one has taken its place.
  template <class Use>
  push_status push_evict(T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if (refuses()) [[unlikely]]
      return push_status::closed;
    own_slot().construct(std::move(value));
    if (put()) return settle(std::forward<Use>(use));
    detail::take_back(own_slot(), value);
    return push_status::closed;
  }

  // Consumer operations. Wait-free, O(1).

  /// Moves the newest value into `out`, when it was not taken before: `ok`, `empty` or `closed`.
  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  /// Takes the newest value, calls `use(T&&)` on it, then destroys it. The producer goes on meanwhile. A value whose
  /// callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const pop_status status = take();
    if (status == pop_status::ok) detail::consume_in(slots_[reader_.slot].value, std::forward<Use>(use));
    return status;
  }

  /// Takes the newest value and keeps it in place, until release() or until a newer one is taken, by whatever call:
  /// `ok`, `empty` or `closed`. After the latter two, what was kept is kept still.
  pop_status try_hold() noexcept {
    const pop_status status = take();
    if (status == pop_status::ok) reader_.holds = true;
    return status;
  }

  /// The value that is kept; null when there is none.
  [[nodiscard]] T* held() noexcept {
    return reader_.holds ? std::addressof(slots_[reader_.slot].value.get()) : nullptr;
  }

  /// Destroys the value that is kept.
  void release() noexcept {
    if (std::exchange(reader_.holds, false)) slots_[reader_.slot].value.destroy();
  }

  /// How many values were pushed between the one that was taken last and the one that was taken before it (or the
  /// beginning), and were never seen.
  [[nodiscard]] std::uint64_t skipped() const noexcept { return reader_.skipped; }

  /// True once it is closed and everything was delivered or replaced. Consumer's thread only.
  [[nodiscard]] bool ended() const noexcept {
    const word_type seen = place_.look();
    return word::is_closed(seen) && !word::is_fresh(seen);
  }

  // Any thread. Wait-free, O(1).

  /// False only if at some instant during the call a pop would have answered `empty`.
  [[nodiscard]] bool pop_ready() const noexcept { return word::is_fresh(place_.look()) || closed(); }
  /// A push never waits.
  [[nodiscard]] static constexpr bool push_ready() noexcept { return true; }

  /// No more pushes: from now on they answer `closed`; a pop delivers what is inside, then answers `closed`. Only
  /// visible to threads that look.
  void close() noexcept {
    closing_.store(true, order::release);  // [close] pairs with closed(); first, so that a push that begins sees it
    place_.close();
  }

  /// True from the first close() on: no push that begins afterwards is accepted.
  [[nodiscard]] bool closed() const noexcept {
    if (!closing_.load(order::acquire)) [[likely]]  // [close] pairs with close()
      return false;
    place_.close();  // who closes may have been stopped between the two
    return true;
  }

  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return 1; }

  /// Values inside that were not taken, a moment ago: 0 or 1.
  [[nodiscard]] std::size_t depth_hint() const noexcept { return word::is_fresh(place_.look()) ? 1 : 0; }

  /// Values ever accepted, taken out, and replaced before they were taken; a moment ago.
  [[nodiscard]] std::uint64_t pushed_hint() const noexcept { return writer_.pushed.load(order::relaxed); }    // a hint
  [[nodiscard]] std::uint64_t popped_hint() const noexcept { return reader_.popped.load(order::relaxed); }    // a hint
  [[nodiscard]] std::uint64_t evicted_hint() const noexcept { return writer_.evicted.load(order::relaxed); }  // a hint

  /// All memory it will ever use, in bytes.
  [[nodiscard]] static constexpr std::size_t max_bytes() noexcept { return sizeof(latest); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { producer_.rebind(); }
  void rebind_consumer() noexcept { consumer_.rebind(); }

 private:
  static constexpr word_type first = word::make(Sync::first_position, 1);

  struct alignas(std::max(cache_line_bytes, alignof(cell))) slot {
    cell value;
  };
  struct alignas(cache_line_bytes) writer_line {  // written by the producer only
    std::size_t slot = 0;                         // its own, raw between two pushes
    word_type put = first;                        // what it put last, with the number of values so far
    word_type replaced = first;                   // what lay there before
    count pushed{0};
    count evicted{0};
    bool is_telling = false;  // checked builds: a callback has the slot
  };
  struct alignas(cache_line_bytes) reader_line {  // written by the consumer only
    std::size_t slot = 2;                         // its own: what it keeps, or raw
    bool holds = false;
    word_type taken = first;
    std::uint64_t skipped = 0;
    count popped{0};
  };

  [[nodiscard]] cell& own_slot() noexcept { return slots_[writer_.slot].value; }

  /// True when the push must answer `closed`.
  [[nodiscard]] bool refuses() noexcept {
    producer_.check("latest: two producer threads on a place for one");
    if (Options.check_roles && writer_.is_telling) abort_with("latest: a push from the callback of a push");
    return closed();
  }

  /// While a callback has the producer's slot.
  struct telling {
    explicit telling(bool& of) noexcept : flag(of) { flag = true; }
    telling(const telling&) = delete;
    telling& operator=(const telling&) = delete;
    ~telling() { flag = false; }
    bool& flag;
  };

  /// Puts the producer's slot into the place. True: `replaced` is what lay there.
  [[nodiscard]] bool put() noexcept {
    const word_type offered = word::fresh(word::number(writer_.put) + 1, writer_.slot);
    writer_.replaced = writer_.put;  // most likely: nobody has taken it
    if (!place_.put(writer_.replaced, offered)) return false;
    writer_.put = offered;
    writer_.slot = word::slot(writer_.replaced);
    add_one(writer_.pushed);
    return true;
  }

  /// The producer's new slot is made raw.
  template <class Use>
  push_status settle(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if (!word::is_fresh(writer_.replaced)) return push_status::ok;
    add_one(writer_.evicted);
    if constexpr (Options.check_roles) {
      const telling now(writer_.is_telling);
      detail::consume_in(own_slot(), std::forward<Use>(use));
    } else {
      detail::consume_in(own_slot(), std::forward<Use>(use));
    }
    return push_status::evicted;
  }

  [[nodiscard]] pop_status take() noexcept {
    consumer_.check("latest: two consumer threads on a place for one");
    const word_type seen = place_.look();
    if (!word::is_fresh(seen)) return word::is_closed(seen) ? pop_status::closed : pop_status::empty;
    release();
    const word_type taken = place_.take(seen, reader_.slot);
    reader_.slot = word::slot(taken);
    reader_.skipped = word::pushes_between(reader_.taken, taken) - 1;
    reader_.taken = taken;
    add_one(reader_.popped);
    return pop_status::ok;
  }

  static void add_one(count& to) noexcept {
    to.store(to.load(order::relaxed) + 1, order::relaxed);  // one writer; observed only
  }

  std::array<slot, 3> slots_;
  writer_line writer_;
  reader_line reader_;
  alignas(cache_line_bytes) mutable exchange_type place_{first};                   // a close is finished by who sees it
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closing_{false};  // written once  [close]
  [[no_unique_address]] role_guard<Options.check_roles, struct latest_producer_role, Sync> producer_;
  [[no_unique_address]] role_guard<Options.check_roles, struct latest_consumer_role, Sync> consumer_;
};

}  // namespace tidegate
