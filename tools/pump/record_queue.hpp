// record_queue.hpp: the queue between reader and sink thread. It also measures how long records stay in it.
//
// About one record in 251 (in a slow stream: one every 10 ms) is stamped: its number and the time go into a small ring
// beside the queue, before the record goes into the queue. The sink thread counts what it takes out, and so knows when
// a stamped record was among it. So records stay as small as they are, and only one of many costs a clock reading.
// A record that met a full queue counts from when the reader began to wait with it.
// Thread roles: reader: pushes, close(). Sink thread: pops. Any: the rest.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "pump/record.hpp"
#include "pump/residence.hpp"
#include "tidegate/base/cache_line.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::pump {

class record_queue {
 public:
  using clock = std::chrono::steady_clock;

  explicit record_queue(queue_config config);

  /// Pushes as many as there is room for; returns their number.
  [[nodiscard]] std::size_t try_push_n(record* first, std::size_t count) noexcept;
  [[nodiscard]] push_status push_until(record next, clock::time_point when, const std::stop_token& stop) noexcept;
  void close() noexcept { queue_.close(); }

  /// Pops as many as there are; returns their number.
  [[nodiscard]] std::size_t try_pop_n(record* out, std::size_t count) noexcept;
  [[nodiscard]] std::size_t pop_n_until(record* out, std::size_t count, clock::time_point when,
                                        const std::stop_token& stop = {}) noexcept;

  [[nodiscard]] bool closed() const noexcept { return queue_.closed(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return queue_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return queue_.depth_hint(); }
  [[nodiscard]] queue_stats stats() const noexcept { return queue_.stats(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept;

  /// How long the sampled records stayed.
  [[nodiscard]] const own_histogram& residence() const noexcept { return residence_; }

 private:
  struct stamp {
    std::uint64_t number;  // of the record, from 0
    clock::time_point when;
  };

  [[nodiscard]] bool due(clock::time_point now) const noexcept;
  [[nodiscard]] std::size_t until_due() const noexcept;
  void put_stamp(clock::time_point now) noexcept;
  [[nodiscard]] bool next_stamp() noexcept;
  std::size_t took(std::size_t count) noexcept;

  spsc_queue<record> queue_;
  spsc_ring<stamp> stamps_;  // reader → sink thread
  own_histogram residence_{residence_config};
  struct alignas(cache_line_bytes) {
    std::uint64_t pushed = 0;
    std::uint64_t due = 0;  // number of the record to stamp, if none is before
    clock::time_point stamped_at{};
    bool met_full = false;
  } reader_;
  struct alignas(cache_line_bytes) {
    std::uint64_t popped = 0;
    std::optional<stamp> next;  // taken out of the ring; its record is still in the queue
  } sink_;
};

}  // namespace tidegate::pump
