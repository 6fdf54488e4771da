// spsc_ring: bounded queue between one producer thread and one consumer thread.
//
// Progress: wait-free, every call; no read-modify-write, no fence, no system call, no allocation after construction.
// Order: FIFO.  Capacity: exact, any value >= 1.  Exact answers: `full` only if at some instant during the call
// `capacity` elements were inside, `empty` only if none was; a stopped thread changes nothing in this. Two failures
// seen by the two threads may have no common order (store buffering); `ring_options{.failures = failure_order::joint}`
// pays for one. Element: nothrow-movable, nothrow-destructible; move-only, over-aligned and not default-constructible
// types included. Layouts: ring/detail/spsc_indexed.hpp and ring/detail/spsc_packed.hpp, chosen by the element
// (ring/ring_options.hpp). Origin: Lamport 1983; see the layouts.  Tests: tests/contract.
//
// Close: any thread, sticky. Closed by the producer's thread, everything accepted is popped before `closed` is
// answered. Closed by another thread, pushes that have not seen it yet may still be accepted after the consumer was
// told `closed` (the call under way, and calls before it that are still in the producer's store buffer): their elements
// stay in the ring for its destructor. They may take room that was made after the close, or be told `full`. A `closed`
// answer is final on both sides.
// [close] release in close() → acquire on both sides: what the closer did before is visible to whoever is told
// `closed`.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/claim.hpp"
#include "tidegate/ring/detail/spsc_indexed.hpp"
#include "tidegate/ring/detail/spsc_packed.hpp"
#include "tidegate/ring/ring_options.hpp"

namespace tidegate {

namespace detail {

/// The class that implements the layout for T.
template <class T, ring_options Options, class Sync, ring_layout Layout = layout_for<T>(Options)>
struct spsc_lane {
  using type = spsc_indexed<T, Options.failures, Sync>;
};
template <class T, ring_options Options, class Sync>
struct spsc_lane<T, Options, Sync, ring_layout::packed> {
  using type = spsc_packed<T, Options.failures, Sync>;
};

}  // namespace detail

template <queue_element T, ring_options Options = ring_options{}, class Sync = native_sync>
class spsc_ring {
  using lane_type = typename detail::spsc_lane<T, Options, Sync>::type;
  using cell = typename lane_type::cell;

 public:
  using value_type = T;
  using position = typename lane_type::position;
  using claim_type = claim<T, lane_type>;
  using peek_type = peek<T, lane_type>;

  /// The largest capacity that the constructor accepts.
  static constexpr std::size_t max_capacity = lane_type::capacity_limit;

  /// Reserves all memory now. Throws std::invalid_argument (capacity 0 or above max_capacity, unusable span),
  /// std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit spsc_ring(std::size_t capacity, memory_options memory = {}) : spsc_ring(prepare_or_fail(capacity, memory)) {}

  /// Memory reserved for a ring that is not built yet: construction in two steps, of which only the first can fail.
  struct prepared {
    region storage;
    std::size_t capacity = 0;
  };
  explicit spsc_ring(prepared&& memory) noexcept : lane_(std::move(require(memory).storage), memory.capacity) {}

  spsc_ring(const spsc_ring&) = delete;
  spsc_ring& operator=(const spsc_ring&) = delete;

  /// Destroys the elements that are left. No other thread may use the ring any more.
  ~spsc_ring() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<spsc_ring> make(std::size_t capacity, const memory_options& memory,
                                                       std::error_code& error) noexcept {
    prepared reserved = prepare(capacity, memory, error);
    if (error) return nullptr;
    std::unique_ptr<spsc_ring> ring(new (std::nothrow) spsc_ring(std::move(reserved)));
    if (!ring) error = std::make_error_code(std::errc::not_enough_memory);
    return ring;
  }

  /// The first step: checks the bounds, then reserves the memory. Nothing is reserved when `error` is set.
  [[nodiscard]] static prepared prepare(std::size_t capacity, const memory_options& memory,
                                        std::error_code& error) noexcept {
    std::size_t bytes = 0;
    error = std::make_error_code(std::errc::invalid_argument);
    if (capacity == 0 || capacity > max_capacity) return {};
    error = std::make_error_code(std::errc::not_enough_memory);
    if (!lane_type::storage_bytes(capacity, bytes)) return {};
    error.clear();
    return {region::make(bytes, lane_type::alignment, memory, error), capacity};
  }

  // Producer operations. Wait-free; O(1), or O(n) for n elements.

  /// Moves `value` in: `ok`, `full` or `closed`. On the latter two `value` is untouched.
  push_status try_push(T&& value) noexcept { return try_emplace(std::move(value)); }

  /// Copies `value` in; nothing changes if the copy throws.
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  /// Constructs an element from `args`: `ok`, `full` or `closed`. On the latter two the arguments are untouched.
  /// A constructor that may throw runs only when there is room, outside the ring; nothing changes if it throws.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if (const push_status refusal = enter_push(); refusal != push_status::ok) [[unlikely]]
      return refusal;
    if (!lane_.has_credit()) [[unlikely]]
      return push_status::full;
    if constexpr (std::is_nothrow_constructible_v<T, Args&&...>) {
      lane_.push_one([&](cell& slot) noexcept { slot.construct(std::forward<Args>(args)...); });
    } else {
      T value(std::forward<Args>(args)...);
      lane_.push_one([&](cell& slot) noexcept { slot.construct(std::move(value)); });
    }
    return push_status::ok;
  }

  /// False only if `capacity` elements were inside at some instant during the call: a push would be `full`.
  [[nodiscard]] bool push_ready() noexcept { return enter_push() != push_status::ok || lane_.has_credit(); }

  /// Moves up to `count` elements in, in order; returns how many. Only those are moved from. 0 when full or closed.
  std::size_t try_push_n(T* first, std::size_t count) noexcept {
    return enter_push() == push_status::ok ? lane_.push_n(first, count) : 0;
  }

  /// Grants up to `count` free slots to construct elements in, in at most two contiguous parts: with the indexed layout
  /// as many as there are credits; with the packed layout at most what this cache line and the next one hold.
  [[nodiscard]] claim_type try_claim(std::size_t count) noexcept {
    return {lane_, enter_push() == push_status::ok ? lane_.claim(count) : typename lane_type::spans{}};
  }

  // Consumer operations. Wait-free; O(1), or O(n) for n elements.

  /// Moves the oldest element into `out`: `ok`, `empty` or `closed`.
  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  /// Calls `use(T&&)` on the oldest element in place (it must not use this ring), then destroys it: `ok`, `empty` or
  /// `closed`. An element whose callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if (const pop_status refusal = enter_pop(); refusal != pop_status::ok) return refusal;
    lane_.pop_one([&use](T& value) noexcept(noexcept(use(std::declval<T&&>()))) { use(std::move(value)); });
    return pop_status::ok;
  }

  /// False only if no element was inside at some instant during the call: a pop would be `empty`.
  [[nodiscard]] bool pop_ready() noexcept { return enter_pop() != pop_status::empty; }

  /// Moves up to `count` elements out into `out`, oldest first; returns how many. 0 when empty or closed.
  std::size_t try_pop_n(T* out, std::size_t count) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return enter_pop() == pop_status::ok ? lane_.pop_n(out, count) : 0;
  }

  /// Shows up to `count` of the oldest elements in place, in at most two contiguous parts (see try_claim()).
  [[nodiscard]] peek_type try_peek(std::size_t count) noexcept {
    return {lane_, enter_pop() == pop_status::ok ? lane_.peek(count) : typename lane_type::spans{}};
  }

  /// True once the ring is closed and everything was delivered: a pop answered, or would from now on answer, `closed`.
  /// Tells the two reasons for 0 from try_pop_n() and try_peek() apart. Consumer's thread only.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  // Any thread. Wait-free, O(1).

  /// No more pushes: from now on they answer `closed`; pops deliver what is inside, then answer `closed`.
  /// Only visible to threads that look: sleepers are woken by the queues of queue/.
  void close() noexcept { closed_.store(true, order::release); }  // [close] pairs with the loads of closed_

  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] as above

  [[nodiscard]] std::size_t capacity() const noexcept { return lane_.capacity(); }

  /// Elements inside, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t depth_hint() const noexcept { return lane_.depth_hint(); }

  /// Free slots, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// Elements ever pushed and popped, modulo the position type; a moment ago.
  [[nodiscard]] position pushed_hint() const noexcept { return lane_.tail_hint(); }
  [[nodiscard]] position popped_hint() const noexcept { return lane_.head_hint(); }

  /// All memory this ring will ever use, in bytes: itself and its slots.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + lane_.storage().committed_bytes(); }

  /// What was asked of memory with `attempt` and could not be had.
  [[nodiscard]] memory_notes notes() const noexcept { return lane_.storage().notes(); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { producer_.rebind(); }
  void rebind_consumer() noexcept { consumer_.rebind(); }

 private:
  [[nodiscard]] push_status enter_push() noexcept {
    producer_.check("spsc_ring: two producer threads on a single-producer ring");
    // [close] pairs with close()
    return closed_.load(order::acquire) ? push_status::closed : push_status::ok;
  }

  [[nodiscard]] static prepared& require(prepared& memory) noexcept {
    if (memory.storage.data() == nullptr) abort_with("spsc_ring: built from memory that was not prepared");
    return memory;
  }

  /// `ok` when there is an element to take.
  [[nodiscard]] pop_status enter_pop() noexcept {
    consumer_.check("spsc_ring: two consumer threads on a single-consumer ring");
    if (lane_.has_seen()) [[likely]]
      return pop_status::ok;
    if (ended_) return pop_status::closed;
    if (lane_.look()) return pop_status::ok;
    // [close] pairs with close(): read before looking again, so that what came before it is found
    if (!closed_.load(order::acquire)) return pop_status::empty;
    if (lane_.look()) return pop_status::ok;
    ended_ = true;
    return pop_status::closed;
  }

  [[nodiscard]] static prepared prepare_or_fail(std::size_t capacity, const memory_options& memory) {
    std::error_code error;
    prepared reserved = prepare(capacity, memory, error);
    if (error) {
      fail_construction(error, "spsc_ring: cannot hold capacity " + std::to_string(capacity) + " (accepted: 1 to " +
                                   std::to_string(max_capacity) + ", and what memory allows)");
    }
    return reserved;
  }

  lane_type lane_;
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // written once, read by both  [close]
  bool ended_ = false;  // the consumer's: `closed` was answered, and stays the answer
  [[no_unique_address]] role_guard<Options.check_roles, struct producer_role, Sync> producer_;
  [[no_unique_address]] role_guard<Options.check_roles, struct consumer_role, Sync> consumer_;
};

/// spsc_ring without exceptions: null and `error` set when it cannot be had.
template <queue_element T, ring_options Options = ring_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<spsc_ring<T, Options, Sync>> make_spsc_ring(std::size_t capacity,
                                                                          const memory_options& memory,
                                                                          std::error_code& error) noexcept {
  return spsc_ring<T, Options, Sync>::make(capacity, memory, error);
}

}  // namespace tidegate
