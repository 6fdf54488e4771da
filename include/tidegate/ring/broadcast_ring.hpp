// broadcast_ring: every reader sees every element. One publisher thread or several, any number of readers.
//
// Gate mode: lossless, any element; the slowest reader holds the publisher back. Readers come and go while it runs, up
// to as many as there are rows, and read in place. What happens to a reader that is too slow is its own choice
// (slow_reader): the publisher waits for it, or after its grace it loses elements, or is shut out. It is not overtaken
// in the middle of an element: one that is stopped there holds the publisher back for as long as that.
// Progress: wait-free, both sides; O(1), a push that has used up what it knew of the readers O(rows). No system call
// and no allocation after construction; a clock is read where a grace runs. A reader with slow_reader::block makes no
// read-modify-write, any other one makes one per element.
// `full` only if at some instant during the call a reader was `capacity` elements behind. A stopped publisher is
// harmless to readers, a stopped reader to other readers. An element is destroyed when its slot is used again, or with
// the ring.
//
// Lap mode: the publisher never waits and looks at no reader. A reader that was overtaken is told `lapped`, with the
// exact number of elements that it lost, and goes on with an eighth of the ring as a start. Nothing that it is given is
// ever torn. Plain elements only.
// Progress: wait-free, both sides, O(sizeof(T)); a publisher or a reader that is stopped anywhere is harmless to all
// others. No read-modify-write, no fence, no system call, no allocation after construction.
// Order: all readers see the publisher's order.  Capacity: any value >= 1; an element is there for a reader until the
// push of the element `capacity` places later has begun, or longer (the slots are the next power of two, at least two).
// `empty` only if at some instant during the call nothing was there that this reader had not read; `full` never.
//
// Several publishers (publisher_count::many): each by a handle of its own. Push is lock-free, one compare-exchange; a
// publisher that is stopped anywhere delays nobody, and readers read on. All readers see the same order, which keeps
// that of each publisher. Close is exact, from any thread: what is accepted comes before it.
//
// Close, with one publisher: as spsc_ring. Closed by the publisher's thread, every reader gets everything accepted,
// then `closed` for ever. Closed by another thread, pushes that have not seen it yet may still be accepted after a
// reader was told `closed`.
// Cells: detail/broadcast. Tests: tests/contract/broadcast, tests/model/clients/broadcast_ring.
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
#include "tidegate/base/role_guard.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/broadcast_publisher.hpp"
#include "tidegate/ring/broadcast_reader.hpp"
#include "tidegate/ring/detail/broadcast/gate_cells.hpp"
#include "tidegate/ring/detail/broadcast/gate_entries.hpp"
#include "tidegate/ring/detail/broadcast/lap_cells.hpp"
#include "tidegate/ring/detail/broadcast/lap_entries.hpp"

namespace tidegate {

namespace detail {

/// The class that implements the mode.
template <class T, broadcast_options Options, class Sync, broadcast_mode Mode = Options.mode,
          publisher_count Publishers = Options.publishers>
struct broadcast_core;
template <class T, broadcast_options Options, class Sync>
struct broadcast_core<T, Options, Sync, broadcast_mode::gate, publisher_count::one> {
  using type = gate_cells<T, Sync>;
};
template <class T, broadcast_options Options, class Sync>
struct broadcast_core<T, Options, Sync, broadcast_mode::gate, publisher_count::many> {
  using type = gate_entries<T, Sync>;
};
template <class T, broadcast_options Options, class Sync>
struct broadcast_core<T, Options, Sync, broadcast_mode::lap, publisher_count::one> {
  using type = lap_cells<T, Sync>;
};
template <class T, broadcast_options Options, class Sync>
struct broadcast_core<T, Options, Sync, broadcast_mode::lap, publisher_count::many> {
  using type = lap_entries<T, Sync>;
};

}  // namespace detail

template <queue_element T, broadcast_options Options = broadcast_options{}, class Sync = native_sync>
class broadcast_ring {
  using core_type = typename detail::broadcast_core<T, Options, Sync>::type;
  static constexpr bool one_publisher = Options.publishers == publisher_count::one;

 public:
  using value_type = T;
  using position = typename core_type::position;
  using reader = broadcast_reader<core_type>;
  using publisher = broadcast_publisher<core_type>;

  static constexpr std::size_t max_capacity = core_type::capacity_limit;

  /// Reserves all memory now. Throws std::invalid_argument (capacity 0 or above max_capacity, no rows, unusable span),
  /// std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit broadcast_ring(std::size_t capacity, memory_options memory = {})
      : broadcast_ring(capacity, broadcast_rows{}, memory) {}
  broadcast_ring(std::size_t capacity, broadcast_rows rows, memory_options memory = {})
      : broadcast_ring(prepare_or_fail(capacity, rows, memory)) {}

  /// Memory reserved for a ring that is not built yet: construction in two steps, of which only the first can fail.
  struct prepared {
    region storage;
    std::size_t capacity = 0;
    broadcast_rows rows = {};
  };
  explicit broadcast_ring(prepared&& memory) noexcept
      : core_(std::move(require(memory).storage), memory.capacity, memory.rows) {}

  broadcast_ring(const broadcast_ring&) = delete;
  broadcast_ring& operator=(const broadcast_ring&) = delete;

  /// Destroys the elements that are left. No other thread may use the ring any more, and no reader may be left.
  ~broadcast_ring() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<broadcast_ring> make(std::size_t capacity, broadcast_rows rows,
                                                            const memory_options& memory,
                                                            std::error_code& error) noexcept {
    prepared reserved = prepare(capacity, rows, memory, error);
    if (error) return nullptr;
    std::unique_ptr<broadcast_ring> ring(new (std::nothrow) broadcast_ring(std::move(reserved)));
    if (!ring) error = std::make_error_code(std::errc::not_enough_memory);
    return ring;
  }

  /// The first step: checks the bounds, then reserves the memory. Nothing is reserved when `error` is set.
  [[nodiscard]] static prepared prepare(std::size_t capacity, broadcast_rows rows, const memory_options& memory,
                                        std::error_code& error) noexcept {
    std::size_t bytes = 0;
    error = std::make_error_code(std::errc::invalid_argument);
    if (capacity == 0 || capacity > max_capacity || rows.readers == 0 || rows.publishers == 0) return {};
    error = std::make_error_code(std::errc::not_enough_memory);
    if (!core_type::storage_bytes(capacity, rows, bytes)) return {};
    error.clear();
    return {region::make(bytes, core_type::alignment, memory, error), capacity, rows};
  }

  // The one publisher. Wait-free.

  /// Moves `value` in: `ok`, `closed`, or in gate mode `full`. On the latter two `value` is untouched.
  push_status try_push(T&& value) noexcept requires one_publisher { return try_emplace(std::move(value)); }

  /// Copies `value` in; nothing changes if the copy throws.
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) requires one_publisher {
    return try_emplace(value);
  }

  /// Constructs an element from `args`. A constructor that may throw runs outside the ring; nothing changes if it
  /// throws. Unless `ok`, the arguments are untouched.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) requires
      one_publisher {
    publisher_.check("broadcast_ring: two publisher threads on a single-publisher ring");
    return core_.push(std::forward<Args>(args)...);
  }

  /// False only if at some instant during the call a push would have answered `full`. No effect but that of such a push
  /// on readers that are too slow. Publisher's thread.
  [[nodiscard]] bool push_ready() noexcept requires one_publisher { return core_.push_ready(); }

  /// When a push that was answered `full` is worth another try though no reader has moved: the end of a reader's grace.
  /// Publisher's thread.
  [[nodiscard]] deadline grace_end() const noexcept requires one_publisher { return core_.grace_end(); }

  // Several publishers: each by a handle. Any thread; O(rows).

  /// A new publisher; throws std::system_error (resource_unavailable_try_again) when all rows are taken.
  [[nodiscard]] publisher make_publisher() requires(!one_publisher) {
    publisher made = try_make_publisher();
    if (!made) fail_construction(std::make_error_code(std::errc::resource_unavailable_try_again), no_row_text);
    return made;
  }

  /// The same without exceptions: an empty handle when all rows are taken.
  [[nodiscard]] publisher try_make_publisher() noexcept requires(!one_publisher) { return {core_, core_.take_seat()}; }

  // Readers. Any thread; O(rows).

  /// A new reader; throws std::system_error (resource_unavailable_try_again) when all rows are taken. In lap mode it
  /// cannot fail.
  [[nodiscard]] reader make_reader(const reader_options& asked = {}) {
    reader made = try_make_reader(asked);
    if (!made) fail_construction(std::make_error_code(std::errc::resource_unavailable_try_again), no_row_text);
    return made;
  }

  /// The same without exceptions: an empty reader when all rows are taken.
  [[nodiscard]] reader try_make_reader(const reader_options& asked = {}) noexcept {
    typename core_type::cursor at;
    return core_.join(at, asked) ? reader(core_, at) : reader();
  }

  // Any thread.

  /// No more pushes: from now on they answer `closed`; readers get what is there, then `closed`. Only visible to
  /// threads that look: sleepers are woken by broadcast_queue.
  void close() noexcept { core_.close(); }
  [[nodiscard]] bool closed() const noexcept { return core_.closed(); }

  [[nodiscard]] std::size_t capacity() const noexcept { return core_.capacity(); }

  /// Elements ever published, modulo the position type; a moment ago.
  [[nodiscard]] position pushed_hint() const noexcept { return core_.tail_hint(); }

  /// All memory this ring will ever use, in bytes: itself and its slots.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + core_.storage().committed_bytes(); }

  /// What was asked of memory with `attempt` and could not be had.
  [[nodiscard]] memory_notes notes() const noexcept { return core_.storage().notes(); }

  /// Lets another thread publish (checked builds remember who does). The caller orders the hand-over.
  void rebind_publisher() noexcept { publisher_.rebind(); }

 private:
  static constexpr const char* no_row_text = "broadcast_ring: all rows are taken (see broadcast_rows)";

  [[nodiscard]] static prepared& require(prepared& memory) noexcept {
    if (memory.storage.data() == nullptr) abort_with("broadcast_ring: built from memory that was not prepared");
    return memory;
  }

  [[nodiscard]] static prepared prepare_or_fail(std::size_t capacity, broadcast_rows rows,
                                                const memory_options& memory) {
    std::error_code error;
    prepared reserved = prepare(capacity, rows, memory, error);
    if (error) {
      fail_construction(error, "broadcast_ring: cannot hold capacity " + std::to_string(capacity) + " with " +
                                   std::to_string(rows.readers) + " reader rows (accepted: capacity 1 to " +
                                   std::to_string(max_capacity) + ", at least one row, and what memory allows)");
    }
    return reserved;
  }

  core_type core_;
  [[no_unique_address]] role_guard<Options.check_roles, struct publisher_role, Sync> publisher_;
};

/// broadcast_ring without exceptions: null and `error` set when it cannot be had.
template <queue_element T, broadcast_options Options = broadcast_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<broadcast_ring<T, Options, Sync>> make_broadcast_ring(std::size_t capacity,
                                                                                    broadcast_rows rows,
                                                                                    const memory_options& memory,
                                                                                    std::error_code& error) noexcept {
  return broadcast_ring<T, Options, Sync>::make(capacity, rows, memory, error);
}

}  // namespace tidegate
