#include "tidegate/observe/histogram_snapshot.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "observe/decimal.hpp"
#include "tidegate/flow/detail/require.hpp"

namespace tidegate {
namespace {

using detail::decimal;
using detail::padded_left;
using std::chrono::nanoseconds;

constexpr std::uint64_t nothing_shortest = std::numeric_limits<std::uint64_t>::max();

nanoseconds to_ns(std::uint64_t value) noexcept { return nanoseconds(static_cast<std::int64_t>(value)); }

double middle_of(const histogram_shape& shape, std::size_t cell) noexcept {
  return static_cast<double>(shape.begin_of(cell) + shape.width_of(cell) / 2);
}

std::uint64_t end_of(const histogram_shape& shape, std::size_t cell) noexcept {
  return shape.begin_of(cell) + shape.width_of(cell) - 1;
}

/// The levels of a percentile distribution: `ticks` equal steps for each halving of the distance to 100 %.
double next_level(double level, unsigned ticks) noexcept {
  const double halvings = std::floor(std::log2(100 / (100 - level))) + 1;
  // the least step that there is, where the steps become smaller: it must end at 100
  return std::max(level + 100 / (ticks * std::exp2(halvings)), std::nextafter(level, 100.0));
}

std::string hgrm_line(double value, double level, std::uint64_t total, unsigned digits) {
  std::string line = padded_left(decimal(value, digits), 12) + " " + decimal(level / 100, 12) + " " +
                     padded_left(std::to_string(total), 10);
  if (level < 100) line += " " + padded_left(decimal(1 / (1 - level / 100), 2), 14);
  return line += "\n";
}

}  // namespace

histogram_snapshot::histogram_snapshot(histogram_config config) : shape_(config), counts_(shape_.cells()) {}

void histogram_snapshot::record(nanoseconds duration, std::uint64_t times) noexcept {
  if (times == 0) return;
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  counts_[shape_.cell_of(std::min(value, shape_.limit()))] += times;
  count_ += times;
  longest_ = std::max(longest_, value);
  shortest_ = std::min(shortest_, value);
}

void histogram_snapshot::require_same_shape(const histogram_snapshot& other) const {
  detail::require(config() == other.config(), "histogram_snapshot: the other one has another shape");
}

void histogram_snapshot::add(const histogram_snapshot& other) {
  require_same_shape(other);
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  longest_ = std::max(longest_, other.longest_);
  shortest_ = std::min(shortest_, other.shortest_);
}

void histogram_snapshot::subtract(const histogram_snapshot& earlier) {
  require_same_shape(earlier);
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] -= std::min(counts_[i], earlier.counts_[i]);
  adopt(longest_, 0);
}

/// The longest and the shortest lie in the outermost cells that have a count, and are known no better than that, unless
/// what is given lies there, too.
void histogram_snapshot::adopt(std::uint64_t longest, std::uint64_t shortest) noexcept {
  count_ = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
  longest_ = 0;
  shortest_ = nothing_shortest;
  if (count_ == 0) return;
  const auto is_hit = [](std::uint64_t hits) { return hits != 0; };
  const auto first = static_cast<std::size_t>(std::ranges::find_if(counts_, is_hit) - counts_.begin());
  const auto last = counts_.size() - 1 -
                    static_cast<std::size_t>(std::find_if(counts_.rbegin(), counts_.rend(), is_hit) - counts_.rbegin());
  const auto cell = [this](std::uint64_t value) { return shape_.cell_of(std::min(value, shape_.limit())); };
  longest_ = cell(longest) == last ? longest : end_of(shape_, last);
  shortest_ = cell(shortest) == first ? shortest : shape_.begin_of(first);
}

nanoseconds histogram_snapshot::percentile(double percent) const noexcept {
  if (count_ == 0) return {};
  if (percent >= 100) return to_ns(longest_);
  const double wanted = (percent > 0 ? percent : 0) / 100 * static_cast<double>(count_);  // what is no number is 0
  // what is a whole number but for the last bit of the product must not be rounded up
  const double last_bit = std::nextafter(wanted, std::numeric_limits<double>::infinity()) - wanted;
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(wanted - last_bit)), 1);
  std::uint64_t below = 0;
  for (std::size_t cell = 0; cell < counts_.size(); ++cell) {
    below += counts_[cell];
    if (below >= rank) return to_ns(std::min(percent > 0 ? end_of(shape_, cell) : shape_.begin_of(cell), longest_));
  }
  return to_ns(longest_);
}

std::uint64_t histogram_snapshot::count_up_to(nanoseconds duration) const noexcept {
  if (duration.count() < 0) return 0;
  const std::size_t last = shape_.cell_of(std::min(static_cast<std::uint64_t>(duration.count()), shape_.limit()));
  const auto end = counts_.begin() + static_cast<std::ptrdiff_t>(last + 1);
  return std::accumulate(counts_.begin(), end, std::uint64_t{0});
}

nanoseconds histogram_snapshot::max() const noexcept { return to_ns(longest_); }
nanoseconds histogram_snapshot::min() const noexcept { return count_ == 0 ? nanoseconds(0) : to_ns(shortest_); }

double histogram_snapshot::mean_ns() const noexcept {
  double sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) sum += middle_of(shape_, i) * static_cast<double>(counts_[i]);
  }
  return count_ == 0 ? 0 : sum / static_cast<double>(count_);
}

double histogram_snapshot::deviation_ns() const noexcept {
  const double mean = mean_ns();
  double squares = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double apart = middle_of(shape_, i) - mean;
    squares += apart * apart * static_cast<double>(counts_[i]);
  }
  return count_ == 0 ? 0 : std::sqrt(squares / static_cast<double>(count_));
}

std::string histogram_snapshot::to_hgrm(unsigned ticks, nanoseconds unit) const {
  detail::require(ticks >= 1 && unit.count() >= 1,
                  "histogram_snapshot::to_hgrm: ticks and unit (accepted: 1 and more)");
  const unsigned digits = config().digits;
  const auto scale = static_cast<double>(unit.count());
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  std::uint64_t below = 0;
  double level = 0;
  for (std::size_t cell = 0; cell < counts_.size() && below < count_; ++cell) {
    if (counts_[cell] == 0) continue;
    below += counts_[cell];
    const double reached = 100 * static_cast<double>(below) / static_cast<double>(count_);
    const double value = static_cast<double>(end_of(shape_, cell)) / scale;
    while (level < 100 && reached >= level) {
      text += hgrm_line(value, level, below, digits);
      level = next_level(level, ticks);
      if (below == count_) break;
    }
    if (below == count_) text += hgrm_line(value, 100, count_, digits);
  }
  const auto number = [&](double value) { return padded_left(decimal(value / scale, digits), 12); };
  const auto whole = [](std::uint64_t value) { return padded_left(std::to_string(value), 12); };
  text += "#[Mean    = " + number(mean_ns()) + ", StdDeviation   = " + number(deviation_ns()) + "]\n";
  text += "#[Max     = " + number(static_cast<double>(longest_)) + ", Total count    = " + whole(count_) + "]\n";
  return text += "#[Buckets = " + whole(shape_.buckets()) + ", SubBuckets     = " + whole(shape_.sub_buckets()) + "]\n";
}

std::string histogram_snapshot::to_json() const {
  const auto ns = [](nanoseconds value) { return std::to_string(value.count()); };
  std::string text = "{\"count\":" + std::to_string(count_) + ",\"min_ns\":" + ns(min()) + ",\"max_ns\":" + ns(max()) +
                     ",\"mean_ns\":" + detail::json_number(mean_ns()) + ",\"percentiles_ns\":{";
  const char* separator = "";
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 99.99}) {
    text += separator + detail::json_string(detail::json_number(percent)) + ":" + ns(percentile(percent));
    separator = ",";
  }
  text +=
      "},\"highest_ns\":" + ns(config().highest) + ",\"digits\":" + std::to_string(config().digits) + ",\"cells\":[";
  separator = "";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    text += separator + ("[" + std::to_string(i)) + "," + std::to_string(counts_[i]) + "]";
    separator = ",";
  }
  return text += "]}";
}

}  // namespace tidegate
