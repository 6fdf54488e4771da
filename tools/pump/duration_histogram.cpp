#include "pump/duration_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace tidegate::pump {
namespace {

constexpr unsigned sub_bits = duration_histogram::sub_bits;
constexpr std::uint64_t sub_count = std::uint64_t{1} << sub_bits;
constexpr std::uint64_t largest = (std::uint64_t{1} << duration_histogram::value_bits) - 1;

/// The highest sub_bits + 1 bits of the value, and how far they were shifted down.
std::size_t bucket_of(std::uint64_t value) {
  const unsigned width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > sub_bits + 1 ? width - (sub_bits + 1) : 0;
  return static_cast<std::size_t>(shift * sub_count + (value >> shift));
}
static_assert((duration_histogram::value_bits - sub_bits - 1) * sub_count + 2 * sub_count ==
              duration_histogram::buckets);

/// The largest value that belongs to the bucket.
std::uint64_t end_of(std::size_t bucket) {
  const std::uint64_t shift = bucket < 2 * sub_count ? 0 : bucket / sub_count - 1;
  return ((bucket - shift * sub_count + 1) << shift) - 1;
}

}  // namespace

void duration_histogram::add(std::chrono::nanoseconds duration) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  gauge& hit = hits_[bucket_of(std::min(value, largest))];
  hit.set(hit.read() + 1);
}

duration_histogram::counts duration_histogram::snapshot() const noexcept {
  counts read{};
  std::ranges::transform(hits_, read.begin(), [](const gauge& each) { return static_cast<double>(each.read()); });
  return read;
}

double total(const duration_histogram::counts& of) noexcept { return std::accumulate(of.begin(), of.end(), 0.0); }

std::optional<std::chrono::nanoseconds> quantile(const duration_histogram::counts& of, double part) noexcept {
  const double all = total(of);
  if (all <= 0) return std::nullopt;
  double below = 0;
  std::size_t last = 0;
  for (std::size_t bucket = 0; bucket < of.size() && below < part * all; ++bucket) {
    if (of[bucket] > 0) last = bucket;  // rounding must not lead beyond the largest
    below += of[bucket];
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(end_of(last)));
}

const duration_histogram::counts& fading_counts::update(const duration_histogram::counts& all,
                                                        clock::time_point now) noexcept {
  constexpr double fading_s = 2;
  constexpr double forgotten = 1e-3;  // of a duration: without it, the last ones before a pause would stay for ever
  const double kept = std::exp(-std::chrono::duration<double>(now - last_).count() / fading_s);
  for (std::size_t i = 0; i < all.size(); ++i) {
    recent_[i] = recent_[i] * kept + (all[i] - seen_[i]);
    if (recent_[i] < forgotten) recent_[i] = 0;
  }
  seen_ = all;
  last_ = now;
  return recent_;
}

}  // namespace tidegate::pump
