// live_line.hpp: the line that --stats keeps on a terminal: rate, how full the queue is, how long records stay in it,
// losses, time left.
//
// Thread role: the main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "pump/ledger.hpp"

namespace tidegate::pump {

/// What the line shows, at one moment.
struct moment {
  std::chrono::steady_clock::time_point when;
  std::uint64_t delivered_bytes = 0;
  std::uint64_t delivered_records = 0;
  std::uint64_t lost_records = 0;
  std::optional<tally> filtered = {};  ///< when there is a filter
  double saturation = 0;               ///< of the queue, in records or in bytes, whichever is fuller: 0 to 1
  bool disk_full = false;              ///< a log waits for room
  std::optional<std::chrono::nanoseconds> residence_p99 = {};  ///< of the last records that left the queue, if any did
};

class live_line {
 public:
  /// `total_bytes`: how much there is to deliver, when that is known.
  live_line(std::chrono::steady_clock::time_point start, std::optional<std::uint64_t> total_bytes) noexcept
      : total_bytes_(total_bytes) {
    last_.when = start;
  }

  /// The line now, at most some 80 columns, what matters least last. Rates are smoothed over about two seconds.
  [[nodiscard]] std::string update(const moment& now);

 private:
  std::optional<std::uint64_t> total_bytes_;
  moment last_;
  double bytes_per_second_ = 0;
  double done_per_second_ = 0;  // bytes that are delivered or filtered
  double records_per_second_ = 0;
};

}  // namespace tidegate::pump
