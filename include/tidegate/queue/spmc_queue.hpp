// spmc_queue: spmc_ring + waiting with deadlines + an overflow policy + counters.
//
// Between one producer thread and any number of consumer threads. Contract: queue/shared_queue.hpp and
// ring/spmc_ring.hpp.
#pragma once

#include "tidegate/queue/shared_queue.hpp"

namespace tidegate {

template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
using spmc_queue = shared_queue<T, side_count::one_to_many, Options, Sync>;

/// spmc_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<spmc_queue<T, Options, Sync>> make_spmc_queue(queue_config config,
                                                                            std::error_code& error) noexcept {
  return spmc_queue<T, Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
