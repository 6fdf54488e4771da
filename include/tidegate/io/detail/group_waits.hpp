// group_waits.hpp: how a fan_out sleeps in a sink_group: until a peer got on, something came to its queue or to its
// changes, or a stop was requested.
//
// Thread role: the group's owner; made by any thread before.
#pragma once

#include <optional>
#include <stop_token>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/detail/arrivals.hpp"
#include "tidegate/io/doorbell.hpp"
#include "tidegate/io/sink_group.hpp"

namespace tidegate::detail {

class group_waits {
 public:
  /// All must outlive it. Throws as doorbell.
  template <class Queue, class Changes>
  group_waits(sink_group& group, Queue& queue, Changes& changes)
      : group_(group), changed_(group, changes.pop_source()), stopped_(group) {
    if constexpr (wakes_its_consumer<Queue>) arrived_.emplace(group, queue.pop_source());
  }

  [[nodiscard]] sink_group& group() noexcept { return group_; }

  /// `interrupted`: it did not sleep, or a bell rang. `hears_queue`: what comes to the queue ends it.
  wait_status wait(deadline until, const std::stop_token& stop, bool hears_queue) noexcept {
    if (!changed_.arm() || !stopped_.arm()) return wait_status::interrupted;
    if (hears_queue && arrived_ && !arrived_->arm()) return wait_status::interrupted;
    const std::stop_callback wake(stop, [this]() noexcept { stopped_.ring(); });  // at once if it was requested
    return group_.wait(until);
  }

 private:
  sink_group& group_;
  doorbell changed_;
  doorbell stopped_;
  std::optional<doorbell> arrived_;
};

}  // namespace tidegate::detail
