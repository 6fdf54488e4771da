#include "pump/live_line.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

constexpr double smoothing_s = 2;
constexpr std::size_t bar_width = 8;

/// "[###     ]  37 %"
std::string bar(double saturation) {
  const double full = std::clamp(saturation, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(std::lround(full * static_cast<double>(bar_width)));
  std::array<char, 16> percent{};
  std::snprintf(percent.data(), percent.size(), "%3.0f %%", full * 100);
  return concat("[", std::string(filled, '#'), std::string(bar_width - filled, ' '), "] ", percent.data());
}

std::uint64_t done_bytes(const moment& of) { return of.delivered_bytes + of.filtered.value_or(tally{}).bytes; }

double smoothed(double before, double now, double seconds) {
  if (before == 0) return now;
  const double weight = 1 - std::exp(-seconds / smoothing_s);
  return before + weight * (now - before);
}

}  // namespace

std::string live_line::update(const moment& now) {
  const double seconds = std::max(std::chrono::duration<double>(now.when - last_.when).count(), 1e-6);
  const auto per_second = [seconds](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(to - from) / seconds;
  };
  bytes_per_second_ = smoothed(bytes_per_second_, per_second(last_.delivered_bytes, now.delivered_bytes), seconds);
  records_per_second_ =
      smoothed(records_per_second_, per_second(last_.delivered_records, now.delivered_records), seconds);
  const std::uint64_t done = done_bytes(now);
  done_per_second_ = smoothed(done_per_second_, per_second(done_bytes(last_), done), seconds);
  last_ = now;

  std::string line =
      concat(format_bytes(bytes_per_second_), "/s  ", format_count(records_per_second_), " rec/s  queue ",
             bar(now.saturation), "  p99 ", now.residence_p99 ? format_duration(*now.residence_p99) : "-", "  lost ",
             group_digits(now.lost_records));
  if (now.disk_full) line += "  disk full";
  if (now.filtered) line += concat("  filtered ", group_digits(now.filtered->records));
  if (total_bytes_ && done_per_second_ > 1 && *total_bytes_ >= done) {
    line += concat("  left ", format_clock(static_cast<double>(*total_bytes_ - done) / done_per_second_));
  }
  return concat(line, "  ", format_bytes(static_cast<double>(now.delivered_bytes)));
}

}  // namespace tidegate::pump
