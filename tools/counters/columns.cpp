#include "counters/columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cwchar>
#include <optional>

#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::counters {
namespace {

using pump::concat;

constexpr double warning_saturation = 0.70;
constexpr double bad_saturation = 0.95;
constexpr std::uint64_t soon_ns = 60'000'000'000;

cell absent() { return {"-", tone::dim}; }

cell span_cell(const std::optional<std::uint64_t>& ns) {
  return ns ? cell{span_text(*ns), *ns == 0 ? tone::dim : tone::plain} : absent();
}

cell rate_cell(const std::optional<double>& rate) {
  if (!rate) return absent();
  return {number_text(*rate), *rate == 0 ? tone::dim : tone::plain};
}

cell loss_cell(const std::optional<std::uint64_t>& count, tone when_any) {
  if (!count) return absent();
  return *count == 0 ? cell{"0", tone::dim} : cell{number_text(static_cast<double>(*count)), when_any};
}

cell name_of(const watched& one, const look&) { return {one.name, one.readable ? tone::bold : tone::bad}; }
cell kind_of(const watched& one, const look&) { return {one.kind, tone::dim}; }
cell policy_of(const watched& one, const look&) { return {one.policy.empty() ? "-" : one.policy, tone::dim}; }

cell full_of(const watched& one, const look&) {
  if (!one.saturation) return absent();
  const double percent = std::clamp(*one.saturation, 0.0, 9.99) * 100;
  const double shown = percent < 100 ? std::min(std::round(percent), 99.0) : std::round(percent);  // full is full
  return {concat(std::to_string(static_cast<int>(shown)), "%"), saturation_tone(*one.saturation)};
}

/// In the unit in which it is nearer to full.
cell depth_of(const watched& one, const look&) {
  const auto part = [](std::uint64_t inside, std::uint64_t limit, auto shown) {
    return concat(shown(static_cast<double>(inside)), "/", shown(static_cast<double>(limit)));
  };
  const bool has_weight = one.weight_bytes && one.weight_limit_bytes.value_or(0) > 0;
  const bool has_items = one.depth && one.capacity.value_or(0) > 0;
  const auto ratio = [](std::uint64_t inside, std::uint64_t limit) {
    return static_cast<double>(inside) / static_cast<double>(limit);
  };
  if (has_weight &&
      (!has_items || ratio(*one.weight_bytes, *one.weight_limit_bytes) > ratio(*one.depth, *one.capacity))) {
    return {part(*one.weight_bytes, *one.weight_limit_bytes, [](double bytes) {
      std::string text = pump::format_bytes(bytes);
      std::erase(text, ' ');
      return text;
    })};
  }
  if (has_items) {
    const auto exact = [](double count) {
      return count < 100'000 ? std::to_string(static_cast<std::uint64_t>(count)) : number_text(count);
    };
    return {part(*one.depth, *one.capacity, exact)};
  }
  return one.depth ? cell{number_text(static_cast<double>(*one.depth))} : absent();
}

cell arrivals_of(const watched& one, const look&) { return rate_cell(one.arrival_rate); }
cell drains_of(const watched& one, const look&) { return rate_cell(one.drain_rate); }
cell age_of(const watched& one, const look&) { return span_cell(one.oldest_age_ns); }
cell p99_of(const watched& one, const look&) { return span_cell(one.p99_ns); }

tone trend_tone(const watched& one) {
  if (!one.has_trend()) return tone::dim;
  if (*one.slope < 0) return tone::good;
  return one.time_to_full_ns && *one.time_to_full_ns < soon_ns ? tone::bad : tone::warn;
}

cell arrow_of(const watched& one, const look& how) {
  if (!one.slope) return {"", tone::dim};
  if (!one.has_trend()) return {how.unicode ? "→" : "=", tone::dim};
  if (*one.slope > 0) return {how.unicode ? "↗" : "^", trend_tone(one)};
  return {how.unicode ? "↘" : "v", trend_tone(one)};
}

cell slope_of(const watched& one, const look&) {
  if (!one.slope) return absent();
  if (!one.has_trend()) return {"steady", tone::dim};
  return {concat(*one.slope > 0 ? "+" : "", number_text(*one.slope), "/s"), trend_tone(one)};
}

cell full_in_of(const watched& one, const look&) {
  if (!one.time_to_full_ns) return absent();
  if (*one.time_to_full_ns == 0) return {"now", tone::bad};
  return {span_text(*one.time_to_full_ns), *one.time_to_full_ns < soon_ns ? tone::bad : tone::warn};
}

cell drops_of(const watched& one, const look&) { return loss_cell(one.dropped, tone::bad); }
cell refused_of(const watched& one, const look&) { return loss_cell(one.refused, tone::warn); }
cell times_full_of(const watched& one, const look&) { return loss_cell(one.full_events, tone::plain); }

constexpr std::array all_columns{
    column{"NAME", true, 8, 99, name_of},
    column{"FULL", false, 4, 98, full_of},
    column{"", true, 1, 90, arrow_of},
    column{"DEPTH", false, 9, 50, depth_of},
    column{"SLOPE", false, 9, 55, slope_of},
    column{"FULL IN", false, 7, 70, full_in_of},
    column{"IN/S", false, 6, 65, arrivals_of},
    column{"OUT/S", false, 6, 64, drains_of},
    column{"OLDEST", false, 7, 60, age_of},
    column{"P99", false, 7, 75, p99_of},
    column{"DROPS", false, 6, 80, drops_of},
    column{"REFUSED", false, 7, 62, refused_of},
    column{"FILLED", false, 6, 30, times_full_of},
    column{"KIND", true, 5, 35, kind_of},
    column{"POLICY", true, 6, 40, policy_of},
};

/// The next character of `text`: its bytes, its width, and whether it is one in this locale.
struct glyph {
  std::size_t bytes;
  std::size_t width;
  bool valid;
};

glyph next_glyph(std::string_view text) {
  std::mbstate_t fresh{};
  wchar_t letter = 0;
  const std::size_t bytes = std::mbrtowc(&letter, text.data(), text.size(), &fresh);
  if (bytes == 0 || bytes > text.size()) return {1, 1, false};
  const int width = ::wcwidth(letter);
  return {bytes, width < 0 ? 1 : static_cast<std::size_t>(width), width >= 0};
}

}  // namespace

std::span<const column> columns() { return all_columns; }

tone saturation_tone(double saturation) noexcept {
  return saturation >= bad_saturation ? tone::bad : saturation >= warning_saturation ? tone::warn : tone::good;
}

std::size_t columns_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const glyph next = next_glyph(text);
    width += next.width;
    text.remove_prefix(next.bytes);
  }
  return width;
}

std::string fit(std::string_view text, std::size_t width, bool left, const look& how) {
  const std::size_t wanted = columns_of(text);
  const bool cut = wanted > width;
  const std::size_t room = cut && width > 0 ? width - 1 : width;
  std::string shown;
  std::size_t used = 0;
  while (!text.empty()) {
    const glyph next = next_glyph(text);
    if (used + next.width > room) break;
    if (next.valid) {
      shown += text.substr(0, next.bytes);
    } else {
      shown += '?';
    }
    used += next.width;
    text.remove_prefix(next.bytes);
  }
  if (cut && width > 0) {
    shown += how.unicode ? "…" : "~";
    ++used;
  }
  const std::string blanks(width - used, ' ');
  return left ? shown + blanks : blanks + shown;
}

}  // namespace tidegate::counters
