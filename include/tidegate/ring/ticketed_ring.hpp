// ticketed_ring: stops while any peer is stopped in mid-call, and its failures (`full`, `empty`) can be false then.
//
// A bounded queue between any number of producer and consumer threads, for pinned threads and bulk traffic at the
// highest rate. Where a thread may be stopped, killed or outrun by others, take mpmc_ring.
// Progress: no call waits for another one, but a peer that is stopped in mid-call holds its cells: at the latest one
// lap on, nobody pushes or pops any more before it goes on. A call repeats itself only when another thread has claimed
// cells meanwhile; how often has no bound. One locked instruction per push, per pop and per run of a bulk call; one
// more for each lost race. No fence, no system call, no allocation after construction.
// Order: FIFO, in the order of the claims.  Capacity: exact, any value >= 1.
//
// Answers. `ok` and `closed` are always true: together they are those of a bounded FIFO. `full` and `empty` tell of the
// one cell that is next: they are true unless a peer has claimed it and not yet filled it, or freed it (its stores may
// still be on their way when its call has returned). Then `full` may hide free cells behind that one, and `empty`
// elements behind it. With no peer in mid-call they are exact. No look at the other side's position would make them
// better without waiting for that peer, and each would take that position's line away from those who move it.
// Element: nothrow-movable, nothrow-destructible; move-only, over-aligned and not default-constructible types included.
// Close: any thread, exact, for good: a push that is accepted was claimed before it, and is delivered.
// Cells: detail/ticketed_cells.hpp. Origin: Vyukov's bounded MPMC queue (2010).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/ticketed_cells.hpp"

namespace tidegate {

/// How the cells of a ticketed ring lie in memory.
enum class cell_spacing : std::uint8_t {
  padded,  ///< each begins a cache line: single calls of several threads do not meet in a line
  dense,   ///< one behind the other: less memory, and for small elements the higher rate of bulk calls
};

/// Options of a ticketed ring, a template argument.
struct ticketed_options {
  cell_spacing cells = cell_spacing::padded;

  bool operator==(const ticketed_options&) const = default;
};

template <queue_element T, ticketed_options Options = ticketed_options{}, class Sync = native_sync>
class ticketed_ring {
  static constexpr std::size_t cell_alignment = Options.cells == cell_spacing::padded ? cache_line_bytes : 1;
  using cells_type = detail::ticketed_cells<T, cell_alignment, Sync>;

 public:
  using value_type = T;
  using position = typename cells_type::position;

  /// The largest capacity that the constructor accepts.
  static constexpr std::size_t max_capacity = cells_type::capacity_limit;

  /// Reserves all memory now. Throws std::invalid_argument (capacity 0 or above max_capacity, unusable span),
  /// std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit ticketed_ring(std::size_t capacity, memory_options memory = {})
      : ticketed_ring(prepare_or_fail(capacity, memory)) {}

  /// Memory reserved for a ring that is not built yet: construction in two steps, of which only the first can fail.
  struct prepared {
    region storage;
    std::size_t capacity = 0;
  };
  explicit ticketed_ring(prepared&& memory) noexcept : cells_(std::move(require(memory).storage), memory.capacity) {}

  ticketed_ring(const ticketed_ring&) = delete;
  ticketed_ring& operator=(const ticketed_ring&) = delete;

  /// Destroys the elements that are left. No other thread may use the ring any more.
  ~ticketed_ring() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<ticketed_ring> make(std::size_t capacity, const memory_options& memory,
                                                           std::error_code& error) noexcept {
    prepared reserved = prepare(capacity, memory, error);
    if (error) return nullptr;
    std::unique_ptr<ticketed_ring> ring(new (std::nothrow) ticketed_ring(std::move(reserved)));
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
    if (!cells_type::storage_bytes(capacity, bytes)) return {};
    error.clear();
    return {region::make(bytes, cells_type::alignment, memory, error), capacity};
  }

  // Producer operations, from any thread. A call repeats itself once for each claim of others that gets in its way.

  /// Moves `value` in: `ok`, `full` or `closed`. On the latter two `value` is untouched.
  push_status try_push(T&& value) noexcept { return try_emplace(std::move(value)); }

  /// Copies `value` in; nothing changes if the copy throws.
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  /// Constructs an element from `args`: `ok`, `full` or `closed`. On the latter two the arguments are untouched.
  /// A constructor that may throw runs outside the ring, once room was seen, and nothing changes if it throws; should
  /// others take that room meanwhile, the arguments have been used for an element that is destroyed again.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if constexpr (std::is_nothrow_constructible_v<T, Args&&...>) {
      return cells_.push_one([&](auto& cell) noexcept { cell.construct(std::forward<Args>(args)...); });
    } else {
      if (const push_status refusal = cells_.look_for_room(); refusal != push_status::ok) return refusal;
      T value(std::forward<Args>(args)...);
      return cells_.push_one([&](auto& cell) noexcept { cell.construct(std::move(value)); });
    }
  }

  /// Moves up to `count` elements in, in order and without another's between them; returns how many: as many as cells
  /// are free in a row. Only those are moved from. 0 when full or closed.
  std::size_t try_push_n(T* first, std::size_t count) noexcept { return cells_.push_n(first, count); }

  /// False when a push would be `full`. Closed: true.
  [[nodiscard]] bool push_ready() noexcept { return cells_.look_for_room() != push_status::full; }

  // Consumer operations, from any thread. A call repeats itself once for each claim of others that gets in its way.

  /// Moves the oldest element into `out`: `ok`, `empty` or `closed`.
  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return cells_.pop_one([&out](T& value) noexcept { out = std::move(value); });
  }

  /// Calls `use(T&&)` on the oldest element in place, then destroys it: `ok`, `empty` or `closed`. Until it returns,
  /// this thread is in mid-call: keep it short. An element whose callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    return cells_.pop_one([&use](T& value) noexcept(noexcept(use(std::declval<T&&>()))) { use(std::move(value)); });
  }

  /// Moves up to `count` elements out into `out`, oldest first and all in a row; returns how many. 0 when empty or
  /// closed, see ended().
  std::size_t try_pop_n(T* out, std::size_t count) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return cells_.pop_n(out, count);
  }

  /// False when a pop would be `empty`. Closed and delivered: true.
  [[nodiscard]] bool pop_ready() noexcept { return cells_.look_for_element() != pop_status::empty; }

  // Any thread. Wait-free, O(1).

  /// True once the ring is closed and everything accepted was claimed by pops: those to come answer `closed`.
  /// Tells the two reasons for 0 from try_pop_n() apart.
  [[nodiscard]] bool ended() const noexcept { return cells_.ended(); }

  /// No more pushes: from now on they answer `closed`; pops deliver what is inside, then answer `closed`.
  /// Only visible to threads that look.
  void close() noexcept { cells_.close(); }

  [[nodiscard]] bool closed() const noexcept { return cells_.closed(); }

  [[nodiscard]] std::size_t capacity() const noexcept { return cells_.capacity(); }

  /// Elements inside, a moment ago: within [0, capacity]. Counted from claim to claim.
  [[nodiscard]] std::size_t depth_hint() const noexcept { return cells_.depth_hint(); }

  /// Free cells, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// Cells ever claimed by pushes and by pops, a moment ago; they wrap when laps do.
  [[nodiscard]] position pushed_hint() const noexcept { return cells_.tail_hint(); }
  [[nodiscard]] position popped_hint() const noexcept { return cells_.head_hint(); }

  /// All memory this ring will ever use, in bytes: itself and its cells.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + cells_.storage().committed_bytes(); }

  /// What was asked of memory with `attempt` and could not be had.
  [[nodiscard]] memory_notes notes() const noexcept { return cells_.storage().notes(); }

 private:
  [[nodiscard]] static prepared& require(prepared& memory) noexcept {
    if (memory.storage.data() == nullptr) abort_with("ticketed_ring: built from memory that was not prepared");
    return memory;
  }

  [[nodiscard]] static prepared prepare_or_fail(std::size_t capacity, const memory_options& memory) {
    std::error_code error;
    prepared reserved = prepare(capacity, memory, error);
    if (error) {
      fail_construction(error, "ticketed_ring: cannot hold capacity " + std::to_string(capacity) + " (accepted: 1 to " +
                                   std::to_string(max_capacity) + ", and what memory allows)");
    }
    return reserved;
  }

  cells_type cells_;
};

/// ticketed_ring without exceptions: null and `error` set when it cannot be had.
template <queue_element T, ticketed_options Options = ticketed_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<ticketed_ring<T, Options, Sync>> make_ticketed_ring(std::size_t capacity,
                                                                                  const memory_options& memory,
                                                                                  std::error_code& error) noexcept {
  return ticketed_ring<T, Options, Sync>::make(capacity, memory, error);
}

}  // namespace tidegate
