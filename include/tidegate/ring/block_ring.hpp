// block_ring: bounded queue of plain elements between any number of producer and consumer threads, for bulk traffic.
//
// One exchange moves a run of elements: up to a cache line of them. A push of many goes in runs, and is not one step as
// a whole; every run is. Single calls work as in mpmc_ring, and mix with bulk calls.
//
// Progress: lock-free: somebody always gets on. A thread that is stopped or killed anywhere delays nobody: at most its
// row, its slot and its own elements are gone. Order: FIFO; all answers of all threads, refusals included, have one
// common order that agrees with real time. Capacity: exact, in elements, any value >= 1.  `full`: at that instant
// `capacity` elements were inside; `empty`: none was; `closed`: the ring was closed, and for a pop everything accepted
// had been taken out.
// Cost: one locked operation a run and side, and one more for every 32 places; no system call and no allocation after
// construction. Memory: every place can hold a whole run.
// Element: plain (trivially copyable and destructible): a consumer that takes a part of a run copies it before it knows
// that it was the first. Others travel in mpmc_ring.
// close(): any thread; an accepted push came before it and is delivered. Waiting: queue/, ring_choice::block.
// Calls: ring/block_handles.hpp.  Algorithm: ring/detail/block/block_exchange.hpp.
// Tests: tests/unit/block_ring_test.cpp, tests/stress/block_ring_test.cpp, tests/model/clients/block_ring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/ring/block_handles.hpp"

namespace tidegate {

template <plain_element T, block_options Options = block_options{}, class Sync = native_sync>
class block_ring : public block_push_calls<block_ring<T, Options, Sync>, T>,
                   public block_pop_calls<block_ring<T, Options, Sync>, T> {
  using core_type = detail::block_core<T, Options, Sync>;
  using side = detail::side;

 public:
  using value_type = T;
  using producer = block_producer<core_type, T>;
  using consumer = block_consumer<core_type, T>;

  static constexpr std::size_t max_capacity = core_type::capacity_limit;
  static constexpr std::size_t max_rows = core_type::most_rows;
  /// Elements that one exchange moves at most.
  static constexpr std::size_t longest_run = core_type::longest_run;

  /// Reserves all memory now. Throws std::invalid_argument (capacity 0 or above max_capacity, no rows or more than
  /// max_rows, unusable span), std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit block_ring(std::size_t capacity, memory_options memory = {}) : block_ring(capacity, ring_rows{}, memory) {}
  block_ring(std::size_t capacity, ring_rows rows, memory_options memory = {})
      : block_ring(prepare_or_fail(capacity, rows, memory)) {}

  /// Memory reserved for a ring that is not built yet: construction in two steps, of which only the first can fail.
  using prepared = typename core_type::prepared;
  explicit block_ring(prepared&& memory) noexcept : core_(std::move(require(memory))) {}

  block_ring(const block_ring&) = delete;
  block_ring& operator=(const block_ring&) = delete;

  /// No other thread may use the ring any more, and no handle may be left.
  ~block_ring() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<block_ring> make(std::size_t capacity, ring_rows rows,
                                                        const memory_options& memory, std::error_code& error) noexcept {
    prepared reserved = prepare(capacity, rows, memory, error);
    if (error) return nullptr;
    std::unique_ptr<block_ring> ring(new (std::nothrow) block_ring(std::move(reserved)));
    if (!ring) error = std::make_error_code(std::errc::not_enough_memory);
    return ring;
  }
  [[nodiscard]] static std::unique_ptr<block_ring> make(std::size_t capacity, const memory_options& memory,
                                                        std::error_code& error) noexcept {
    return make(capacity, ring_rows{}, memory, error);
  }

  /// The first step: checks the bounds, then reserves the memory. Nothing is reserved when `error` is set.
  [[nodiscard]] static prepared prepare(std::size_t capacity, ring_rows rows, const memory_options& memory,
                                        std::error_code& error) noexcept {
    return core_type::prepare(capacity, rows, memory, error);
  }

  // Handles. O(rows).

  /// A handle with a row of its own; throws std::system_error (resource_unavailable_try_again) when all are taken.
  [[nodiscard]] producer make_producer() { return made(try_make_producer(), "producer", core_.sizes().producers); }
  [[nodiscard]] consumer make_consumer() { return made(try_make_consumer(), "consumer", core_.sizes().consumers); }

  /// The same without exceptions: an empty handle when all rows are taken.
  [[nodiscard]] producer try_make_producer() noexcept { return {core_, core_.rows(side::push).take_for_handle()}; }
  [[nodiscard]] consumer try_make_consumer() noexcept { return {core_, core_.rows(side::pop).take_for_handle()}; }

  /// The calling thread's access for one call, for the queues of queue/.
  [[nodiscard]] block_port<core_type, side::push> push_port() noexcept {
    return {core_, core_.rows(side::push).of_this_thread()};
  }
  [[nodiscard]] block_port<core_type, side::pop> pop_port() noexcept {
    return {core_, core_.rows(side::pop).of_this_thread()};
  }

  // Any thread.

  /// No more pushes: from now on they answer `closed`; pops deliver what is inside, then answer `closed`. Only visible
  /// to threads that look.
  void close() noexcept { core_.close(); }

  /// True from the first close() on: no push that begins afterwards is accepted.
  [[nodiscard]] bool closed() const noexcept { return core_.closed(); }

  [[nodiscard]] std::size_t capacity() const noexcept { return core_.sizes().capacity; }
  [[nodiscard]] ring_rows rows() const noexcept { return {core_.sizes().producers, core_.sizes().consumers}; }

  /// Elements inside, a moment ago: within [0, capacity], exact when nothing moves.
  [[nodiscard]] std::size_t depth_hint() const noexcept { return core_.depth_hint(); }

  /// Free places, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// Elements ever pushed, and popped, a moment ago. O(rows).
  [[nodiscard]] std::uint64_t pushed_hint() const noexcept { return core_.exchanges_hint(side::push); }
  [[nodiscard]] std::uint64_t popped_hint() const noexcept { return core_.exchanges_hint(side::pop); }

  /// A mark behind everything that was pushed before the call, and whether all before it has left. Lock-free.
  using mark = detail::block_mark;
  [[nodiscard]] mark pushed_mark() const noexcept { return core_.pushed_mark(); }
  [[nodiscard]] bool has_left(const mark& until) const noexcept { return core_.has_left(until); }

  /// All memory this ring will ever use, in bytes: itself, its entries, rows and slots.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + core_.storage().committed_bytes(); }

  /// What was asked of memory with `attempt` and could not be had.
  [[nodiscard]] memory_notes notes() const noexcept { return core_.storage().notes(); }

 private:
  template <class Handle>
  [[nodiscard]] static Handle made(Handle&& handle, const char* role, std::size_t rows) {
    if (handle) return std::move(handle);
    fail_construction(std::make_error_code(std::errc::resource_unavailable_try_again),
                      std::string("block_ring: no ") + role + " handle to be had, all " + std::to_string(rows) +
                          " rows are taken (see ring_rows)");
  }

  [[nodiscard]] static prepared& require(prepared& memory) noexcept {
    if (memory.storage.data() == nullptr) abort_with("block_ring: built from memory that was not prepared");
    return memory;
  }

  [[nodiscard]] static prepared prepare_or_fail(std::size_t capacity, ring_rows rows, const memory_options& memory) {
    std::error_code error;
    prepared reserved = prepare(capacity, rows, memory, error);
    if (error) {
      fail_construction(error, "block_ring: cannot hold capacity " + std::to_string(capacity) + " with " +
                                   std::to_string(rows.producers) + " producer and " + std::to_string(rows.consumers) +
                                   " consumer rows (accepted: capacity 1 to " + std::to_string(max_capacity) +
                                   ", rows 1 to " + std::to_string(max_rows) + ", and what memory allows)");
    }
    return reserved;
  }

  core_type core_;
};

/// block_ring without exceptions: null and `error` set when it cannot be had.
template <plain_element T, block_options Options = block_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<block_ring<T, Options, Sync>> make_block_ring(std::size_t capacity, ring_rows rows,
                                                                            const memory_options& memory,
                                                                            std::error_code& error) noexcept {
  return block_ring<T, Options, Sync>::make(capacity, rows, memory, error);
}

}  // namespace tidegate
