// stretch_queue.hpp: the queue that readers put stretches in: spmc, mpmc or mpsc, by how many threads there are.
//
// It has a place for every record that record_credits lets in, so it is never full: a push always succeeds. One that
// evicts (overflow_kind::drop_oldest) needs no credits.
// Threads: each number of a reader or taker belongs to one thread, which has a handle of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "pump/stretch.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate::pump {

class stretch_queue {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  stretch_queue() = default;
  stretch_queue(const stretch_queue&) = delete;
  stretch_queue& operator=(const stretch_queue&) = delete;
  virtual ~stretch_queue() = default;

  /// Throws failure when it cannot hold so many. One reader: spmc_queue. One taker: mpsc_queue. Else mpmc_queue.
  [[nodiscard]] static std::unique_ptr<stretch_queue> make(std::size_t capacity, std::size_t readers,
                                                           std::size_t takers);
  /// One that evicts, for `readers` who may take the oldest, too: as takers 1 to `readers`. Taker 0 is the sink thread.
  [[nodiscard]] static std::unique_ptr<stretch_queue> make_evicting(std::size_t capacity, std::size_t readers);

  /// A lane_queue with one lane for each reader, which costs its bytes; one taker.
  [[nodiscard]] static std::unique_ptr<stretch_queue> make_lanes(std::span<const lane_config> lanes);

  virtual void push(std::size_t reader, const stretch& next) noexcept = 0;
  /// When it is full, the oldest stretch leaves in the same step. Only of a queue that evicts.
  [[nodiscard]] virtual std::optional<stretch> push_evicting(std::size_t reader, stretch next) noexcept = 0;
  [[nodiscard]] virtual pop_status try_pop(std::size_t taker, stretch& out) noexcept = 0;
  [[nodiscard]] virtual pop_status pop_until(std::size_t taker, stretch& out, time_point when,
                                             const std::stop_token& stop) noexcept = 0;
  virtual void close() noexcept = 0;
  [[nodiscard]] virtual bool closed() const noexcept = 0;
  [[nodiscard]] virtual queue_stats stats() const noexcept = 0;
  [[nodiscard]] virtual std::size_t max_bytes() const noexcept = 0;
};

}  // namespace tidegate::pump
