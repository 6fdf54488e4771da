#include "pump/stretch_queue.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/progress.hpp"
#include "tidegate/queue/lane_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spmc_queue.hpp"

namespace tidegate::pump {
namespace {

constexpr queue_options small{.exchange = {.entries = entry_layout::packed}};  // there may be many places, mostly empty

constexpr queue_options evicting{.overflow = overflow_kind::drop_oldest, .exchange = {.entries = entry_layout::packed}};

/// `capacity`, if `Queue` can hold it.
template <class Queue>
std::size_t checked(std::size_t capacity) {
  if (capacity <= Queue::max_capacity) return capacity;
  refuse(
      concat("--capacity ", std::to_string(capacity),
             " is too much with several sources, workers, --deadline-per-record or --overflow drop-oldest; accepted: "
             "at most ",
             std::to_string(Queue::max_capacity)));
}

template <class Queue>
class typed_queue final : public stretch_queue {
 public:
  typed_queue(std::size_t capacity, std::size_t readers, std::size_t takers)
      : queue_({.capacity = checked<Queue>(capacity),
                .rows = {.producers = readers, .consumers = takers},
                .name = "pump"}) {
    for (std::size_t i = 0; i < readers; ++i) producers_.push_back(queue_.make_producer());
    for (std::size_t i = 0; i < takers; ++i) consumers_.push_back(queue_.make_consumer());
  }

  void push(std::size_t reader, const stretch& next) noexcept override {
    if (producers_[reader].try_push(next) != push_status::ok) abort_with("pump: more stretches than credits");
  }
  std::optional<stretch> push_evicting(std::size_t reader, stretch next) noexcept override {
    std::optional<stretch> victim;
    if constexpr (requires { producers_[reader].offer(std::move(next), [](stretch&&) noexcept {}); }) {
      const push_status status =
          producers_[reader].offer(std::move(next), [&victim](stretch&& oldest) noexcept { victim = oldest; });
      if (accepted(status)) return victim;
    }
    abort_with("pump: this queue does not evict, or is closed");
  }
  pop_status try_pop(std::size_t taker, stretch& out) noexcept override { return consumers_[taker].try_pop(out); }
  pop_status pop_until(std::size_t taker, stretch& out, time_point when,
                       const std::stop_token& stop) noexcept override {
    return consumers_[taker].pop_until(out, when, stop);
  }
  void close() noexcept override { queue_.close(); }
  bool closed() const noexcept override { return queue_.closed(); }
  queue_stats stats() const noexcept override { return queue_.stats(); }
  std::size_t max_bytes() const noexcept override { return queue_.max_bytes(); }

 private:
  Queue queue_;
  std::vector<typename Queue::producer> producers_;
  std::vector<typename Queue::consumer> consumers_;
};

/// The sink's work on a stretch.
struct cost_in_bytes {
  std::uint32_t operator()(const stretch& of) const noexcept { return of.bytes; }
};

class lanes final : public stretch_queue {
 public:
  explicit lanes(std::span<const lane_config> wanted) : queue_(config_for(wanted)) {}

  void push(std::size_t reader, const stretch& next) noexcept override {
    if (queue_.lane(reader).try_push(next) != push_status::ok) abort_with("pump: more stretches than credits");
  }
  std::optional<stretch> push_evicting(std::size_t, stretch) noexcept override {
    abort_with("pump: lanes do not evict");
  }
  pop_status try_pop(std::size_t, stretch& out) noexcept override { return queue_.try_pop(out); }
  pop_status pop_until(std::size_t, stretch& out, time_point when, const std::stop_token& stop) noexcept override {
    return queue_.pop_until(out, when, stop);
  }
  void close() noexcept override { queue_.close(); }
  bool closed() const noexcept override { return queue_.closed(); }
  queue_stats stats() const noexcept override { return queue_.stats(); }
  std::size_t max_bytes() const noexcept override { return queue_.max_bytes(); }

 private:
  // one reader a lane; a quantum of one byte: turns change with each stretch, however little a lane can hold
  using queue_type = lane_queue<stretch, most_readers, lane_options{.producers = lane_producers::one}, cost_in_bytes>;

  /// Lanes that nobody uses hold one stretch.
  static lane_queue_config<most_readers> config_for(std::span<const lane_config> wanted) {
    lane_queue_config<most_readers> config{};
    config.lanes.fill({.capacity = 1});
    std::ranges::copy(wanted, config.lanes.begin());
    config.all.name = "pump";
    return config;
  }

  queue_type queue_;
};

}  // namespace

std::unique_ptr<stretch_queue> stretch_queue::make_lanes(std::span<const lane_config> wanted) {
  return std::make_unique<lanes>(wanted);
}

std::unique_ptr<stretch_queue> stretch_queue::make(std::size_t capacity, std::size_t readers, std::size_t takers) {
  if (readers == 1) return std::make_unique<typed_queue<spmc_queue<stretch, small>>>(capacity, readers, takers);
  if (takers == 1) return std::make_unique<typed_queue<mpsc_queue<stretch, small>>>(capacity, readers, takers);
  return std::make_unique<typed_queue<mpmc_queue<stretch, small>>>(capacity, readers, takers);
}

std::unique_ptr<stretch_queue> stretch_queue::make_evicting(std::size_t capacity, std::size_t readers) {
  const std::size_t takers = readers + 1;
  if (readers == 1) return std::make_unique<typed_queue<spmc_queue<stretch, evicting>>>(capacity, readers, takers);
  return std::make_unique<typed_queue<mpmc_queue<stretch, evicting>>>(capacity, readers, takers);
}

}  // namespace tidegate::pump
