#include "counters/watched.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"

namespace tidegate::counters {
namespace {

using pump::concat;

constexpr double significant_errors = 2;
constexpr std::array refusals{"rejected", "timed_out", "cancelled", "closed"};
constexpr std::array drops{"dropped", "sampled_out", "evicted", "expired", "lost"};
constexpr std::array elsewhere{"turned_away", "redirected", "spilled"};  // part of another one, or not lost

/// One row, asked by names.
class row_of {
 public:
  row_of(const counters_snapshot& seen, std::size_t row) : seen_(seen), row_(row) {}
  [[nodiscard]] std::optional<std::uint64_t> whole(std::string_view name) const {
    return seen_.whole(row_, seen_.field(name));
  }
  [[nodiscard]] std::optional<double> real(std::string_view name) const { return seen_.real(row_, seen_.field(name)); }
  [[nodiscard]] std::string text(std::string_view name) const {
    return pump::printable(seen_.text(row_, seen_.field(name)));
  }

 private:
  const counters_snapshot& seen_;
  std::size_t row_;
};

template <std::size_t Count>
std::optional<std::uint64_t> sum_of(const row_of& row, const std::array<const char*, Count>& names) {
  std::optional<std::uint64_t> sum;
  for (const char* const name : names) {
    if (const auto value = row.whole(name)) sum = sum.value_or(0) + *value;
  }
  return sum;
}

template <std::size_t Count>
void add_losses(const row_of& row, const std::array<const char*, Count>& names, std::vector<watched::loss>& losses) {
  for (const char* const name : names) {
    const auto value = row.whole(name);
    if (value.value_or(0) > 0) losses.push_back({name, *value});
  }
}

watched watched_in(const row_of& row) {
  watched one;
  one.name = row.text("name");
  one.kind = row.text("kind");
  one.policy = row.text("policy");
  one.capacity = row.whole("capacity");
  one.depth = row.whole("depth");
  one.peak_depth = row.whole("peak_depth");
  one.weight_bytes = row.whole("weight_bytes");
  one.weight_limit_bytes = row.whole("weight_limit_bytes");
  one.max_bytes = row.whole("max_bytes");
  one.entered = row.whole("entered");
  one.left = row.whole("left");
  one.saturation = row.real("saturation");
  one.arrival_rate = row.real("arrival_rate");
  one.drain_rate = row.real("drain_rate");
  one.slope = row.real("slope");
  one.slope_error = row.real("slope_error");
  one.time_to_full_ns = row.whole("time_to_full_ns");
  one.drain_time_ns = row.whole("drain_time_ns");
  one.oldest_age_ns = row.whole("oldest_age_ns");
  if (row.whole("sojourn_count").value_or(1) > 0) {  // 0: nothing has left yet
    one.p50_ns = row.whole("sojourn_p50_ns");
    one.p99_ns = row.whole("sojourn_p99_ns");
    one.p999_ns = row.whole("sojourn_p999_ns");
    one.longest_ns = row.whole("sojourn_longest_ns");
  }
  one.full_events = row.whole("full_events");
  one.full_time_ns = row.whole("full_time_ns");
  one.push_waits = row.whole("push_waits");
  one.push_waited_ns = row.whole("push_waited_ns");
  one.pop_waits = row.whole("pop_waits");
  one.pop_waited_ns = row.whole("pop_waited_ns");
  one.refused = sum_of(row, refusals);
  one.dropped = sum_of(row, drops);
  add_losses(row, refusals, one.losses);
  add_losses(row, drops, one.losses);
  add_losses(row, elsewhere, one.losses);
  return one;
}

}  // namespace

bool watched::has_trend() const noexcept {
  return slope && *slope != 0 && std::abs(*slope) > significant_errors * slope_error.value_or(0);
}

std::vector<watched> watched_of(const counters_snapshot& seen) {
  std::vector<watched> all(seen.rows);
  for (std::size_t row = 0; row < seen.rows; ++row) {
    all[row].readable = seen.readable(row);
    if (all[row].readable) {
      all[row] = watched_in(row_of(seen, row));
    } else {
      all[row].name = "(unreadable)";
    }
  }
  return all;
}

std::optional<std::uint64_t> total_max_bytes(const std::vector<watched>& all) {
  std::optional<std::uint64_t> sum;
  for (const watched& each : all) {
    if (each.max_bytes) sum = sum.value_or(0) + *each.max_bytes;
  }
  return sum;
}

std::string state_text(const counters_process& writer) {
  const std::string age = span_text(static_cast<std::uint64_t>(writer.sample_age.count()));
  switch (writer.state) {
    case writer_state::alive: return "alive";
    case writer_state::stalled: return concat("stalled: no sample for ", age);
    case writer_state::gone: return concat("gone: its last sample is ", age, " old");
  }
  return "?";
}

std::string span_text(std::uint64_t ns) {
  constexpr std::uint64_t second = 1'000'000'000;
  const std::uint64_t seconds = ns / second;
  if (seconds < 100) return pump::format_duration(std::chrono::nanoseconds(ns));
  std::array<char, 40> text{};
  const auto pair = [&](std::uint64_t great, char unit, std::uint64_t small, char smaller) {
    std::snprintf(text.data(), text.size(), "%llu%c%02llu%c", static_cast<unsigned long long>(great), unit,
                  static_cast<unsigned long long>(small), smaller);
    return std::string(text.data());
  };
  if (seconds < 3600) return pair(seconds / 60, 'm', seconds % 60, 's');
  if (seconds < 86'400) return pair(seconds / 3600, 'h', seconds / 60 % 60, 'm');
  return pair(seconds / 86'400, 'd', seconds / 3600 % 24, 'h');
}

std::string number_text(double value) {
  const double size = std::abs(value);
  std::string text = pump::format_count(size);
  std::erase(text, ' ');
  if (size < 99.95 && size != std::floor(size)) {  // "12.5", "0.05"
    std::array<char, 32> small{};
    std::snprintf(small.data(), small.size(), size < 0.995 ? "%.2f" : "%.1f", size);
    text = small.data();
  }
  if (value < 0) text.insert(0, 1, '-');
  return text;
}

}  // namespace tidegate::counters
