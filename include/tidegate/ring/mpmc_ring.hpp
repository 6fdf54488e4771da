// mpmc_ring: bounded queue between any number of producer and consumer threads.
//
// Progress: every call ends in a bounded number of its own steps, whatever others do (progress_kind::wait_free), or is
// lock-free (progress_kind::lock_free). A thread that is stopped or killed anywhere delays nobody: at most its row, its
// slot and its own element are gone. Order: FIFO; all answers of all threads, refusals included, have one common order
// that agrees with real time.
// Capacity: exact, any value from 1 to max_capacity (two million and more).  `full`: at that instant `capacity`
// elements were inside; `empty`: none was; `closed`: the ring was closed, and for a pop everything accepted had been
// taken out.
// Cost: one locked operation a push, one a pop, and one more for every 32nd; no system call and no allocation after
// construction, but for a thread's first call without a handle (ring/exchange_handles.hpp). Element: nothrow-movable,
// nothrow-destructible; no value is reserved.
// close(): any thread; an accepted push came before it and is delivered, to a pop or to the destructor.
// Calls: ring/exchange_handles.hpp.  Algorithm: docs/design/exchange-ring.md; origins:
// ring/detail/exchange/exchange.hpp.
// Tests: tests/contract, tests/model.
#pragma once

#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate {

template <queue_element T, exchange_options Options = exchange_options{}, class Sync = native_sync>
using mpmc_ring = exchange_ring<T, side_count::many_to_many, Options, Sync>;

/// mpmc_ring without exceptions: null and `error` set when it cannot be had.
template <queue_element T, exchange_options Options = exchange_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<mpmc_ring<T, Options, Sync>> make_mpmc_ring(std::size_t capacity, ring_rows rows,
                                                                          const memory_options& memory,
                                                                          std::error_code& error) noexcept {
  return mpmc_ring<T, Options, Sync>::make(capacity, rows, memory, error);
}

}  // namespace tidegate
