// spmc_ring: bounded queue between one producer thread and any number of consumer threads.
//
// As mpmc_ring, with one producer, whose pushes need no locked operation: it exchanges by a store. Each `full` is true
// on its own, but it may have no common order with an `empty` that another thread is told (store buffering);
// `exchange_options{.failures = failure_order::joint}` pays a locked operation for one.
// close(): by the producer's thread, everything accepted is popped before `closed` is answered. By another thread,
// pushes that have not seen it yet may still be accepted after a consumer was told `closed`; their elements stay for
// the destructor, as in spsc_ring (docs/decisions/0002); with failure_order::joint there are none.
#pragma once

#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate {

template <queue_element T, exchange_options Options = exchange_options{}, class Sync = native_sync>
using spmc_ring = exchange_ring<T, side_count::one_to_many, Options, Sync>;

/// spmc_ring without exceptions: null and `error` set when it cannot be had.
template <queue_element T, exchange_options Options = exchange_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<spmc_ring<T, Options, Sync>> make_spmc_ring(std::size_t capacity, ring_rows rows,
                                                                          const memory_options& memory,
                                                                          std::error_code& error) noexcept {
  return spmc_ring<T, Options, Sync>::make(capacity, rows, memory, error);
}

}  // namespace tidegate
