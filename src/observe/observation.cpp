#include "tidegate/observe/observation.hpp"

#include <algorithm>

namespace tidegate::detail {
namespace {

/// What queues of elements and of bytes count alike: calls that were refused, and calls that slept.
template <class Stats>
void fill_calls(observation& seen, const Stats& stats) noexcept {
  seen.lost_by(loss_kind::rejected) = stats.rejected;
  seen.lost_by(loss_kind::turned_away) = stats.turned_away;
  seen.lost_by(loss_kind::timed_out) = stats.timed_out;
  seen.lost_by(loss_kind::cancelled) = stats.cancelled;
  seen.lost_by(loss_kind::closed) = stats.closed;
  seen.lost_by(loss_kind::dropped) = stats.dropped;
  seen.push_side = {0, stats.push_waits, stats.push_wait_time};
  seen.pop_side = {0, stats.pop_waits, stats.pop_wait_time};
}

}  // namespace

/// What has left is what was popped and evicted; where evictions are not counted, what has entered and is not inside.
void fill(observation& seen, const queue_stats& stats, std::size_t depth, bool replaces_in_place) noexcept {
  const std::uint64_t replaced = replaces_in_place ? std::min(stats.evicted, stats.pushed) : 0;
  seen.kind = watched_kind::queue;
  seen.capacity = stats.capacity;
  seen.depth = depth;
  seen.entered = stats.pushed - replaced;
  seen.left = std::max(stats.popped + (replaces_in_place ? 0 : stats.evicted),
                       seen.entered - std::min(seen.depth, seen.entered));
  fill_calls(seen, stats);
  seen.lost_by(loss_kind::sampled_out) = stats.sampled_out;
  seen.lost_by(loss_kind::redirected) = stats.redirected;
  seen.lost_by(loss_kind::evicted) = stats.evicted;
  seen.lost_by(loss_kind::spilled) = stats.spilled;
}

/// Records are counted where they leave only; room is counted at both ends.
void fill(observation& seen, const byte_queue_stats& stats, std::size_t depth) noexcept {
  seen.kind = watched_kind::byte_queue;
  seen.capacity = seen.weight_limit = stats.capacity;
  seen.depth = seen.weight = depth;
  seen.entered = stats.room.claimed;
  seen.left = seen.entered - std::min(seen.depth, seen.entered);
  fill_calls(seen, stats);
}

void fill(observation& seen, const credit_stats& stats) noexcept {
  seen.kind = watched_kind::limiter;
  seen.flow = counted_flow::none;
  seen.capacity = stats.total;
  seen.depth = stats.in_use;
  seen.lost_by(loss_kind::rejected) = stats.refused;
  seen.lost_by(loss_kind::timed_out) = stats.timed_out;
  seen.lost_by(loss_kind::cancelled) = stats.cancelled;
  seen.push_side = {stats.waiting, stats.waits, stats.wait_time};
}

}  // namespace tidegate::detail
