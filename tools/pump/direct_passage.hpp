// direct_passage.hpp: one reader, no worker: one queue with one thread at each end, which is the fastest that there is.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "pump/passage.hpp"
#include "pump/record_queue.hpp"

namespace tidegate::pump {

class direct_passage final : public passage, private record_entrance, private record_exit {
 public:
  explicit direct_passage(queue_config config)
      : queue_(std::move(config)), batch_(std::clamp<std::size_t>(queue_.capacity() / 4, 1, most_in_batch)) {}

  [[nodiscard]] record_entrance& entrance(std::size_t) noexcept override { return *this; }
  [[nodiscard]] record_exit& exit() noexcept override { return *this; }

  [[nodiscard]] std::size_t capacity() const noexcept override { return queue_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept override { return queue_.depth_hint(); }
  [[nodiscard]] queue_stats stats() const noexcept override { return queue_.stats(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept override {
    return queue_.max_bytes() + batch_.capacity() * sizeof(record);
  }
  [[nodiscard]] const own_histogram& residence() const noexcept override { return queue_.residence(); }

 private:
  /// Records taken out in one go: enough to make a wake-up cheap, and a small part of what the queue holds.
  static constexpr std::size_t most_in_batch = 4096;

  [[nodiscard]] std::size_t try_push_n(record* first, std::size_t count) noexcept override {
    return queue_.try_push_n(first, count);
  }
  [[nodiscard]] std::size_t push_n_until(record* first, std::size_t, record_entrance::time_point when,
                                         const std::stop_token& stop) noexcept override {
    return accepted(queue_.push_until(*first, when, stop)) ? 1 : 0;
  }
  void close() noexcept override { queue_.close(); }

  [[nodiscard]] portion try_take() noexcept override { return first(queue_.try_pop_n(batch_.data(), batch_.size())); }
  [[nodiscard]] portion take_until(record_exit::time_point when, const std::stop_token& stop) noexcept override {
    return first(queue_.pop_n_until(batch_.data(), batch_.size(), when, stop));
  }
  [[nodiscard]] bool closed() const noexcept override { return queue_.closed(); }

  [[nodiscard]] portion first(std::size_t count) const noexcept { return {std::span(batch_).first(count)}; }

  record_queue queue_;
  std::vector<record> batch_;  // the sink thread's
};

}  // namespace tidegate::pump
