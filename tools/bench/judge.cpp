#include "bench/judge.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::bench {
namespace {

/// What an interval from the `k`-th smallest to the `k`-th largest of `n` values covers of the median.
double coverage(std::size_t n, std::size_t k) noexcept {
  double tail = 0;
  double term = std::pow(0.5, static_cast<double>(n));
  for (std::size_t i = 0; i < k; ++i) {
    tail += term;
    term *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  }
  return 1 - 2 * tail;
}

double median_of(const std::vector<double>& sorted) noexcept {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 != 0 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/// The better of two by median; null is worse than anybody.
const entry* better(const entry* one, const entry& other, char mode, bool higher_is_better) {
  const interval found = figures_in(other, mode);
  if (found.count == 0) return one;
  if (one == nullptr) return &other;
  const double known = figures_in(*one, mode).median;
  return (higher_is_better ? found.median > known : found.median < known) ? &other : one;
}

}  // namespace

interval median_interval(std::vector<double> values) {
  if (values.empty()) return {};
  constexpr double wanted = 0.98;
  std::sort(values.begin(), values.end());
  std::size_t k = 1;
  while (2 * (k + 1) <= values.size() && coverage(values.size(), k + 1) >= wanted) ++k;
  return {values.size(), median_of(values), values[k - 1], values[values.size() - k]};
}

std::string_view to_string(outcome of) noexcept {
  constexpr std::string_view names[] = {"ahead", "level", "behind", "unknown"};
  return names[static_cast<std::size_t>(of)];
}

outcome judge(const interval& ratio, double least) noexcept {
  if (ratio.count < fewest_rounds) return outcome::unknown;
  if (ratio.low > 1 && ratio.median >= 1 + least) return outcome::ahead;
  if (ratio.high < 1 && ratio.median <= 1 / (1 + least)) return outcome::behind;
  return outcome::level;
}

interval figures_in(const entry& one, char mode) {
  std::vector<double> found;
  for (std::size_t round = 0; round < one.taken.values.size(); ++round) {
    if (one.taken.modes[round] == mode) found.push_back(one.taken.values[round]);
  }
  return median_interval(std::move(found));
}

std::vector<double> paired_ratios(const entry& one, const entry& other, char mode, bool higher_is_better) {
  std::vector<double> ratios;
  const std::size_t rounds = std::min(one.taken.values.size(), other.taken.values.size());
  for (std::size_t round = 0; round < rounds; ++round) {
    if (one.taken.modes[round] != mode || other.taken.modes[round] != mode) continue;
    const double above = higher_is_better ? one.taken.values[round] : other.taken.values[round];
    const double below = higher_is_better ? other.taken.values[round] : one.taken.values[round];
    if (below > 0) {
      ratios.push_back(above / below);
    } else {
      ratios.push_back(above > 0 ? HUGE_VAL : 1);
    }
  }
  return ratios;
}

duel duel_in(const suite& of, const cell& where) {
  duel found{.of = &of, .where = &where, .mode = main_mode(where)};
  for (const entry& one : where.entries) {
    const role plays = of.role_of(one.name);
    if (plays == role::ours) found.ours = better(found.ours, one, found.mode, where.higher_is_better);
    if (plays == role::peer) found.peer = better(found.peer, one, found.mode, where.higher_is_better);
  }
  found.limit = where.find(where.reference);
  if (found.ours != nullptr) found.ours_value = figures_in(*found.ours, found.mode);
  if (found.peer != nullptr) found.peer_value = figures_in(*found.peer, found.mode);
  if (found.limit != nullptr) found.limit_value = figures_in(*found.limit, found.mode);
  if (found.ours == nullptr || found.peer == nullptr) return found;
  found.ratio = median_interval(paired_ratios(*found.ours, *found.peer, found.mode, where.higher_is_better));
  found.verdict = judge(found.ratio);
  return found;
}

std::vector<duel> duels_of(const results& found) {
  std::vector<duel> all;
  for (const suite& one : found.suites) {
    for (const cell& where : one.cells) {
      duel each = duel_in(one, where);
      if (each.ours != nullptr) all.push_back(std::move(each));
    }
  }
  return all;
}

}  // namespace tidegate::bench
