// mpmc_queue: mpmc_ring + waiting with deadlines + an overflow policy + counters.
//
// Between any number of producer and consumer threads. Contract: queue/shared_queue.hpp and ring/mpmc_ring.hpp.
#pragma once

#include "tidegate/queue/shared_queue.hpp"

namespace tidegate {

template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
using mpmc_queue = shared_queue<T, side_count::many_to_many, Options, Sync>;

/// mpmc_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<mpmc_queue<T, Options, Sync>> make_mpmc_queue(queue_config config,
                                                                            std::error_code& error) noexcept {
  return mpmc_queue<T, Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
