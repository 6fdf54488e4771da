#include "bench/harness/verdict.hpp"

#include <algorithm>

namespace tidegate::bench {
namespace {

std::vector<const sample*> samples_in(const entry_result& entry, distance mode) {
  std::vector<const sample*> found;
  for (const sample& taken : entry.samples) {
    if (taken.mode == mode) found.push_back(&taken);
  }
  return found;
}

std::vector<round_value> values_in(const entry_result& entry, distance mode) {
  std::vector<round_value> values;
  for (const sample* taken : samples_in(entry, mode)) values.push_back({taken->round, taken->result.value});
  return values;
}

summary value_summary(const entry_result& entry, distance mode) {
  std::vector<double> values;
  for (const round_value& one : values_in(entry, mode)) values.push_back(one.value);
  return summarize(std::move(values));
}

/// Medians over the samples of every further figure; all samples of one entry carry the same names.
std::vector<named_value> extra_medians(const std::vector<const sample*>& samples) {
  std::vector<named_value> medians;
  if (samples.empty()) return medians;
  for (std::size_t i = 0; i < samples.front()->result.extras.size(); ++i) {
    std::vector<double> values;
    for (const sample* taken : samples) values.push_back(taken->result.extras[i].value);
    medians.push_back({samples.front()->result.extras[i].name, summarize(std::move(values)).median});
  }
  return medians;
}

const entry_result* find(const cell_result& cell, const std::string& name) {
  for (const entry_result& entry : cell.entries) {
    if (entry.who.name == name) return &entry;
  }
  return nullptr;
}

const entry_result* best_peer(const cell_result& cell, distance mode) {
  const entry_result* best = nullptr;
  double best_median = 0;
  for (const entry_result& entry : cell.entries) {
    const summary values = value_summary(entry, mode);
    if (entry.who.plays != role::peer || values.count == 0) continue;
    const bool better = cell.info.higher_is_better ? values.median > best_median : values.median < best_median;
    if (best == nullptr || better) {
      best = &entry;
      best_median = values.median;
    }
  }
  return best;
}

summary canary_summary(const cell_result& cell, distance mode) {
  std::vector<double> readings_ns;
  for (const entry_result& entry : cell.entries) {
    for (const sample* taken : samples_in(entry, mode)) {
      readings_ns.push_back(taken->canary_before_ns);
      readings_ns.push_back(taken->canary_after_ns);
    }
  }
  return summarize(std::move(readings_ns));
}

mode_verdict judge_mode(const cell_result& cell, distance mode) {
  mode_verdict verdict{mode, canary_summary(cell, mode), {}, {}};
  const entry_result* best = best_peer(cell, mode);
  const entry_result* reference = find(cell, cell.info.reference);
  if (best != nullptr) verdict.best_peer = best->who.name;
  for (const entry_result& entry : cell.entries) {
    const std::vector<round_value> values = values_in(entry, mode);
    if (values.empty()) continue;
    standing place{entry.who, value_summary(entry, mode), {}, {}, extra_medians(samples_in(entry, mode))};
    if (best != nullptr) place.vs_best_peer = paired_ratio(values, values_in(*best, mode));
    if (reference != nullptr) place.vs_reference = paired_ratio(values, values_in(*reference, mode));
    verdict.standings.push_back(std::move(place));
  }
  std::sort(verdict.standings.begin(), verdict.standings.end(), [&](const standing& one, const standing& other) {
    if (one.value.median == other.value.median) return one.who.name < other.who.name;
    return cell.info.higher_is_better == (one.value.median > other.value.median);
  });
  return verdict;
}

}  // namespace

std::vector<mode_verdict> judge(const cell_result& cell) {
  std::vector<mode_verdict> verdicts;
  for (const distance mode : {distance::unknown, distance::near, distance::far}) {
    mode_verdict verdict = judge_mode(cell, mode);
    if (!verdict.standings.empty()) verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

disturbance disturbance_of(const cell_result& cell) noexcept {
  disturbance found;
  for (const entry_result& entry : cell.entries) {
    for (const sample& taken : entry.samples) {
      ++found.samples;
      found.dropped += taken.kept() ? 0U : 1U;
      found.preempted += taken.preemptions > 0 ? 1U : 0U;
      found.preemptions += taken.preemptions;
    }
  }
  return found;
}

}  // namespace tidegate::bench
