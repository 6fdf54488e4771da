// histogram.hpp: counts durations, from any number of threads, in bounded memory: for latencies and sojourn times.
//
// histogram: any thread records. own_histogram: one thread records, by plain loads and stores. Both: any thread takes a
// snapshot, which tells percentiles; see histogram_snapshot.hpp.
// Progress: record() is wait-free but for a new longest or shortest value, which is lock-free. A snapshot never waits.
// Cost: histogram one locked instruction, own_histogram none.  Memory: max_bytes(), fixed at construction.
// Errors: none after construction. A negative duration counts as 0, one above config.highest as that; max() is exact.
// Source: as histogram_shape.hpp.  Tests: tests/observe, with golden vectors of HdrHistogram.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "tidegate/base/order.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/observe/histogram_shape.hpp"
#include "tidegate/observe/histogram_snapshot.hpp"

namespace tidegate {

/// How many threads record.
enum class recorder_count : std::uint8_t { one, many };

template <recorder_count Recorders, class Sync = native_sync>
class basic_histogram {
 public:
  /// Throws as histogram_shape, and std::bad_alloc.
  explicit basic_histogram(histogram_config config = {})
      : shape_(config), cells_(std::make_unique<word[]>(shape_.cells())) {}

  basic_histogram(const basic_histogram&) = delete;
  basic_histogram& operator=(const basic_histogram&) = delete;

  /// Counts one duration, or `times` of the same.
  void record(std::chrono::nanoseconds duration, std::uint64_t times = 1) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    add(cells_[shape_.cell_of(std::min(value, shape_.limit()))], times);
    if (value > longest_.load(order::relaxed)) [[unlikely]]  // an observation that guards no data, here and below
      raise(longest_, value);
    if (~value > shortest_.load(order::relaxed)) [[unlikely]]  // as above
      raise(shortest_, ~value);
  }

  /// Any thread. What is recorded meanwhile may be in it or not.
  [[nodiscard]] histogram_snapshot snapshot() const {
    histogram_snapshot taken(shape_.config());
    for (std::size_t i = 0; i < shape_.cells(); ++i) taken.counts_[i] = cells_[i].load(order::relaxed);  // observations
    taken.adopt(longest_.load(order::relaxed), ~shortest_.load(order::relaxed));                         // observations
    return taken;
  }

  [[nodiscard]] const histogram_config& config() const noexcept { return shape_.config(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + shape_.cells() * sizeof(word); }

 private:
  using word = typename Sync::template atomic<std::uint64_t>;

  static void add(word& cell, std::uint64_t times) noexcept {
    if constexpr (Recorders == recorder_count::one) {
      cell.store(cell.load(order::relaxed) + times, order::relaxed);  // one writer: nothing is lost
    } else {
      cell.fetch_add(times, order::relaxed);  // guards no data
    }
  }
  static void raise(word& most, std::uint64_t value) noexcept {
    if constexpr (Recorders == recorder_count::one) {
      most.store(value, order::relaxed);  // one writer
    } else {
      std::uint64_t seen = most.load(order::relaxed);  // compared only
      // relaxed: guards no data
      while (seen < value && !most.compare_exchange_weak(seen, value, order::relaxed, order::relaxed)) continue;
    }
  }

  const histogram_shape shape_;
  std::unique_ptr<word[]> cells_;
  word longest_{0};
  word shortest_{0};  // its complement: the largest one wins, and nothing recorded is the largest value
};

using histogram = basic_histogram<recorder_count::many>;
using own_histogram = basic_histogram<recorder_count::one>;

}  // namespace tidegate
