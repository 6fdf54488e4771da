// mpsc_queue: mpsc_ring + waiting with deadlines + an overflow policy + counters.
//
// Between any number of producer threads and one consumer thread. Contract: queue/shared_queue.hpp and
// ring/mpsc_ring.hpp.
#pragma once

#include "tidegate/queue/shared_queue.hpp"

namespace tidegate {

template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
using mpsc_queue = shared_queue<T, side_count::many_to_one, Options, Sync>;

/// mpsc_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<mpsc_queue<T, Options, Sync>> make_mpsc_queue(queue_config config,
                                                                            std::error_code& error) noexcept {
  return mpsc_queue<T, Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
