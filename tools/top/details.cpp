#include "top/details.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::top {
namespace {

using counters::fit;
using counters::look;
using counters::tone;
using counters::watched;
using pump::concat;

constexpr std::size_t label_width = 15;
constexpr std::size_t value_width = 21;
constexpr std::size_t item_width = label_width + 1 + value_width;

struct item {
  std::string label;
  std::string value;
  tone how = tone::plain;
};

std::string count_or_none(const std::optional<std::uint64_t>& count) {
  return count ? pump::group_digits(*count) : "-";
}

std::string span_or_none(const std::optional<std::uint64_t>& ns) { return ns ? counters::span_text(*ns) : "-"; }

std::string bytes_or_none(const std::optional<std::uint64_t>& bytes) {
  return bytes ? pump::format_bytes(static_cast<double>(*bytes)) : "-";
}

std::string rate_or_none(const std::optional<double>& rate) { return rate ? counters::number_text(*rate) + "/s" : "-"; }

std::string waits(const std::optional<std::uint64_t>& count, const std::optional<std::uint64_t>& ns) {
  if (!count || *count == 0) return count_or_none(count);
  const std::string times = counters::number_text(static_cast<double>(*count)) + "x";
  return ns ? concat(times, ", ", counters::span_text(*ns)) : times;
}

std::string slope(const watched& one) {
  if (!one.slope) return "-";
  return concat(counters::number_text(*one.slope), "/s +-", counters::number_text(one.slope_error.value_or(0)));
}

std::vector<item> items_of(const watched& one) {
  std::vector<item> items{
      {"kind", one.policy.empty() ? one.kind : concat(one.kind, ", ", one.policy)},
      {"depth", concat(count_or_none(one.depth), " of ", count_or_none(one.capacity))},
      {"peak depth", count_or_none(one.peak_depth)},
      {"memory at most", bytes_or_none(one.max_bytes)},
  };
  if (one.weight_limit_bytes.value_or(0) > 0) {
    items.push_back({"bytes", concat(bytes_or_none(one.weight_bytes), " of ", bytes_or_none(one.weight_limit_bytes))});
  }
  const item more[] = {
      {"entered", count_or_none(one.entered)},
      {"left", count_or_none(one.left)},
      {"arrivals", rate_or_none(one.arrival_rate)},
      {"drains", rate_or_none(one.drain_rate)},
      {"slope", slope(one)},
      {"full in", span_or_none(one.time_to_full_ns)},
      {"drained in", span_or_none(one.drain_time_ns)},
      {"oldest", span_or_none(one.oldest_age_ns)},
      {"inside, p50", span_or_none(one.p50_ns)},
      {"inside, p99", span_or_none(one.p99_ns)},
      {"inside, p99.9", span_or_none(one.p999_ns)},
      {"inside, longest", span_or_none(one.longest_ns)},
      {"was full", waits(one.full_events, one.full_time_ns)},
      {"pushes waited", waits(one.push_waits, one.push_waited_ns)},
      {"pops waited", waits(one.pop_waits, one.pop_waited_ns)},
  };
  items.insert(items.end(), std::begin(more), std::end(more));
  for (const watched::loss& each : one.losses) {
    items.push_back({each.reason, pump::group_digits(each.count), tone::bad});
  }
  return items;
}

}  // namespace

std::vector<line> detail_lines(const watched& one, std::size_t width, const look& how) {
  std::vector<line> lines(1);
  const std::string rule = how.unicode ? "─" : "-";
  std::string title =
      concat(rule, rule, " ", fit(one.name, std::min(counters::columns_of(one.name), width / 2), true, how), " ");
  while (counters::columns_of(title) < width) title += rule;
  lines.front().pieces.push_back({fit(title, width, true, how), tone::dim});
  if (!one.readable) return lines;
  const std::vector<item> items = items_of(one);
  const std::size_t abreast = std::max<std::size_t>(1, (width + 2) / (item_width + 2));
  const std::size_t high = (items.size() + abreast - 1) / abreast;
  for (std::size_t row = 0; row < high; ++row) {
    line& made = lines.emplace_back();
    for (std::size_t at = row; at < items.size(); at += high) {  // down, then across
      if (!made.pieces.empty()) made.pieces.push_back({"  "});
      const std::size_t room = std::min(item_width, width);
      const std::size_t label = std::min(label_width, room);
      made.pieces.push_back({fit(items[at].label, label, true, how), tone::dim});
      if (room <= label) continue;
      made.pieces.push_back({" " + fit(items[at].value, room - label - 1, true, how), items[at].how});
    }
  }
  return lines;
}

}  // namespace tidegate::top
