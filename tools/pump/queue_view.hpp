// queue_view.hpp: the pump's queue as a watched thing: its passage, its memory, and what readers lost in front of it.
//
// Threads: any.
#pragma once

#include <cstdint>

#include "pump/block_pool.hpp"
#include "pump/passage.hpp"
#include "pump/progress.hpp"
#include "tidegate/observe/observation.hpp"

namespace tidegate::pump {

class queue_view {
 public:
  queue_view(const passage& queue, const block_pool& memory, const progress& shown) noexcept
      : queue_(queue), memory_(memory), shown_(shown) {}

  [[nodiscard]] observation observe() const noexcept {
    const queue_stats stats = queue_.stats();
    observation seen;
    seen.kind = watched_kind::byte_queue;
    seen.max_bytes = queue_.max_bytes() + memory_.max_bytes();
    seen.capacity = queue_.capacity();
    seen.depth = stats.depth;
    seen.weight_limit = memory_.credit_bytes();
    seen.weight = static_cast<std::uint64_t>(memory_.saturation_hint() * static_cast<double>(seen.weight_limit));
    seen.entered = stats.pushed;
    seen.left = stats.popped + stats.evicted;
    seen.push_side = {.waits = stats.push_waits + memory_.waits(), .waited = stats.push_wait_time};
    seen.pop_side = {.waits = stats.pop_waits, .waited = stats.pop_wait_time};
    seen.lost_by(loss_kind::expired) = queue_.expired().records;
    for (const reader_progress& each : shown_.readers) {
      seen.lost_by(loss_kind::rejected) += each.rejected.read();
      seen.lost_by(loss_kind::dropped) += each.dropped.read();
      seen.lost_by(loss_kind::sampled_out) += each.sampled.read();
      seen.lost_by(loss_kind::evicted) += each.evicted.read();
      seen.lost_by(loss_kind::timed_out) += each.timed_out.read();
    }
    return seen;
  }

 private:
  const passage& queue_;
  const block_pool& memory_;
  const progress& shown_;
};

}  // namespace tidegate::pump
