// exchange_ring: the class behind mpmc_ring, mpsc_ring and spmc_ring, which name their contract and their sides.
//
// Threads may call it directly, each with a row that it keeps until it ends, or through handles. The calls are in
// ring/exchange_handles.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/ring/exchange_handles.hpp"

namespace tidegate {

template <queue_element T, side_count Sides, exchange_options Options, class Sync>
class exchange_ring : public exchange_push_calls<exchange_ring<T, Sides, Options, Sync>, T,
                                                 Sides != side_count::many_to_one || Options.evicts>,
                      public exchange_pop_calls<exchange_ring<T, Sides, Options, Sync>, T> {
  using core_type = detail::exchange_core<T, Sides, Options, Sync>;
  using side = detail::side;

 public:
  using value_type = T;

  /// True when push_evict() may be called.
  static constexpr bool can_evict = Sides != side_count::many_to_one || Options.evicts;

  /// `full` and `empty` are always true.
  static constexpr bool may_fail_falsely = false;

  using producer = exchange_producer<core_type, T, can_evict>;
  using consumer = exchange_consumer<core_type, T>;

  static constexpr std::size_t max_capacity = core_type::capacity_limit;
  static constexpr std::size_t max_rows = core_type::most_rows;

  /// Reserves all memory now. Throws std::invalid_argument (capacity 0 or above max_capacity, no rows or more than
  /// max_rows, unusable span), std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit exchange_ring(std::size_t capacity, memory_options memory = {})
      : exchange_ring(capacity, ring_rows{}, memory) {}
  exchange_ring(std::size_t capacity, ring_rows rows, memory_options memory = {})
      : exchange_ring(prepare_or_fail(capacity, rows, memory)) {}

  /// Memory reserved for a ring that is not built yet: construction in two steps, of which only the first can fail.
  using prepared = typename core_type::prepared;
  explicit exchange_ring(prepared&& memory) noexcept : core_(std::move(require(memory))) {}

  exchange_ring(const exchange_ring&) = delete;
  exchange_ring& operator=(const exchange_ring&) = delete;

  /// Destroys the elements that are left. No other thread may use the ring any more, and no handle may be left.
  ~exchange_ring() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<exchange_ring> make(std::size_t capacity, ring_rows rows,
                                                           const memory_options& memory,
                                                           std::error_code& error) noexcept {
    prepared reserved = prepare(capacity, rows, memory, error);
    if (error) return nullptr;
    std::unique_ptr<exchange_ring> ring(new (std::nothrow) exchange_ring(std::move(reserved)));
    if (!ring) error = std::make_error_code(std::errc::not_enough_memory);
    return ring;
  }
  [[nodiscard]] static std::unique_ptr<exchange_ring> make(std::size_t capacity, const memory_options& memory,
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
  [[nodiscard]] exchange_port<core_type, side::push> push_port() noexcept { return {core_, push_row()}; }
  [[nodiscard]] exchange_port<core_type, side::pop> pop_port() noexcept { return {core_, pop_row()}; }

  // Any thread.

  /// No more pushes: from now on they answer `closed`; pops deliver what is inside, then answer `closed`. Bounded as a
  /// push. Only visible to threads that look: sleepers are woken by the queues of queue/.
  void close() noexcept { core_.close(); }

  /// True from the first close() on: no push that begins afterwards is accepted.
  [[nodiscard]] bool closed() const noexcept { return core_.closed(); }

  [[nodiscard]] std::size_t capacity() const noexcept { return core_.sizes().capacity; }
  [[nodiscard]] ring_rows rows() const noexcept { return {core_.sizes().producers, core_.sizes().consumers}; }

  /// Elements inside, a moment ago: within [0, capacity], exact when nothing moves.
  [[nodiscard]] std::size_t depth_hint() const noexcept { return core_.depth_hint(); }

  /// Free places, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// Elements ever pushed, and taken out by pops (not by evictions), a moment ago. O(rows).
  [[nodiscard]] std::uint64_t pushed_hint() const noexcept { return core_.exchanges_hint(side::push); }
  [[nodiscard]] std::uint64_t popped_hint() const noexcept { return core_.exchanges_hint(side::pop); }

  /// A mark behind everything that was pushed before the call, and whether all before it has left, or never will
  /// (spmc_ring, closed by another thread than the producer's). Bounded. A mark is good for 2^29 laps.
  using mark = detail::place;
  [[nodiscard]] mark pushed_mark() const noexcept { return core_.template frontier_hint<side::push>(); }
  [[nodiscard]] bool has_left(mark until) const noexcept {
    return !detail::is_later(until, core_.template frontier_hint<side::pop>()) || core_.has_ended();
  }

  /// All memory this ring will ever use, in bytes: itself, its entries, rows and slots.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + core_.storage().committed_bytes(); }

  /// What was asked of memory with `attempt` and could not be had.
  [[nodiscard]] memory_notes notes() const noexcept { return core_.storage().notes(); }

  /// Lets another thread take the role of a side that has one thread only (checked builds remember who plays it). The
  /// caller orders the hand-over.
  void rebind_producer() noexcept { producer_.rebind(); }
  void rebind_consumer() noexcept { consumer_.rebind(); }

 private:
  static constexpr bool one_producer = Sides == side_count::one_to_many;
  static constexpr bool one_consumer = Sides == side_count::many_to_one;

  /// The row of the calling thread; a side with one thread has one row.
  [[nodiscard]] unsigned push_row() noexcept {
    if constexpr (!one_producer) return core_.rows(side::push).of_this_thread();
    producer_.check("spmc_ring: two producer threads on a single-producer ring");
    return 0;
  }
  [[nodiscard]] unsigned pop_row() noexcept {
    if constexpr (!one_consumer) return core_.rows(side::pop).of_this_thread();
    consumer_.check("mpsc_ring: two consumer threads on a single-consumer ring");
    return 0;
  }

  template <class Handle>
  [[nodiscard]] static Handle made(Handle&& handle, const char* role, std::size_t rows) {
    if (handle) return std::move(handle);
    fail_construction(std::make_error_code(std::errc::resource_unavailable_try_again),
                      std::string("exchange_ring: no ") + role + " handle to be had, all " + std::to_string(rows) +
                          " rows are taken (see ring_rows)");
  }

  [[nodiscard]] static prepared& require(prepared& memory) noexcept {
    if (memory.storage.data() == nullptr) abort_with("exchange_ring: built from memory that was not prepared");
    return memory;
  }

  [[nodiscard]] static prepared prepare_or_fail(std::size_t capacity, ring_rows rows, const memory_options& memory) {
    std::error_code error;
    prepared reserved = prepare(capacity, rows, memory, error);
    if (error) {
      fail_construction(error, "exchange_ring: cannot hold capacity " + std::to_string(capacity) + " with " +
                                   std::to_string(rows.producers) + " producer and " + std::to_string(rows.consumers) +
                                   " consumer rows (accepted: capacity 1 to " + std::to_string(max_capacity) +
                                   ", rows 1 to " + std::to_string(max_rows) + ", and what memory allows)");
    }
    return reserved;
  }

  core_type core_;
  [[no_unique_address]] role_guard<Options.check_roles && one_producer, struct one_producer_role, Sync> producer_;
  [[no_unique_address]] role_guard<Options.check_roles && one_consumer, struct one_consumer_role, Sync> consumer_;
};

}  // namespace tidegate
