// progress.hpp: what the moving threads show of themselves while they run. Observations only; the ledger is exact.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::pump {

/// Written by one thread, read by any.
class gauge {
 public:
  void set(std::uint64_t value) noexcept { value_.store(value, order::relaxed); }            // guards no data
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(order::relaxed); }  // guards no data

 private:
  native_sync::atomic<std::uint64_t> value_{0};
};

/// Readers that run at the same time, at most.
inline constexpr std::size_t most_readers = 8;

/// Written by one reader.
struct alignas(cache_line_bytes) reader_progress {
  gauge offered_bytes, lost_records;
  gauge rejected, dropped, sampled, evicted, timed_out;  // records
};

struct progress {
  std::array<reader_progress, most_readers> readers;
  struct alignas(cache_line_bytes) {           // written by the sink thread
    gauge delivered_bytes, delivered_records;  // of the sink that is behind the others
    gauge full_disks;                          // logs that wait for room on their disk
  } sink;

  [[nodiscard]] std::uint64_t lost_records() const noexcept {
    std::uint64_t sum = 0;
    for (const reader_progress& each : readers) sum += each.lost_records.read();
    return sum;
  }
};

}  // namespace tidegate::pump
