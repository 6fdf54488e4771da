// mpsc_ring: bounded queue between any number of producer threads and one consumer thread.
//
// As mpmc_ring, with one consumer, whose pops need no locked operation: it exchanges by a store. Each `empty` is true
// on its own, but it may have no common order with a `full` that another thread is told (store buffering);
// `exchange_options{.failures = failure_order::joint}` pays a locked operation for one. close() from any thread.
// push_evict() needs `exchange_options{.evicts = true}`, because the consumer then has rivals and pops by a locked
// operation.
#pragma once

#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate {

template <queue_element T, exchange_options Options = exchange_options{}, class Sync = native_sync>
using mpsc_ring = exchange_ring<T, side_count::many_to_one, Options, Sync>;

/// mpsc_ring without exceptions: null and `error` set when it cannot be had.
template <queue_element T, exchange_options Options = exchange_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<mpsc_ring<T, Options, Sync>> make_mpsc_ring(std::size_t capacity, ring_rows rows,
                                                                          const memory_options& memory,
                                                                          std::error_code& error) noexcept {
  return mpsc_ring<T, Options, Sync>::make(capacity, rows, memory, error);
}

}  // namespace tidegate
