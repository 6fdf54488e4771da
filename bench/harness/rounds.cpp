#include "bench/harness/rounds.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <map>

#include "bench/harness/watchdog.hpp"

namespace tidegate::bench {
namespace {

constexpr unsigned retakes = 2;  // for a sample that fell on a change of distance

/// One entry while its cell is measured: how much work fills a sample, learned as it goes.
struct contender {
  const entry* rival;
  entry_result result;
  std::uint64_t count = 0;

  [[nodiscard]] bool out() const noexcept { return !result.failure.empty(); }
};

std::string label_of(const cell_info& info, const entry& rival) { return info.id + ": " + rival.who.name; }

/// Once for each test, however many cells it guards.
void smoke_test(const cell_info& info, contender& one, const plan& how) {
  static std::map<std::string (*)(), std::string> known;
  const auto test = one.rival->smoke;
  if (test == nullptr) return;
  if (const auto found = known.find(test); found != known.end()) {
    one.result.failure = found->second;
    return;
  }
  const watchdog watch("smoke test of " + label_of(info, *one.rival), how.watchdog_s);
  known[test] = one.result.failure = test();
}

/// The count that would have taken `wanted_s`, judged by a run that took `elapsed_s`, within the limits of the cell.
std::uint64_t scaled(const cell_info& info, std::uint64_t count, double elapsed_s, double wanted_s) noexcept {
  const double factor = std::clamp(wanted_s / std::max(elapsed_s, 1e-7), 0.05, 20.0);
  const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(static_cast<double>(count) * factor), 1);
  return info.count_max == 0 ? wanted : std::min(wanted, info.count_max);
}

/// Involuntary context switches of all threads of this process so far.
long preemptions_so_far() noexcept {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
}

bool run_once(const cell_info& info, contender& one, const plan& how, measurement& result) {
  const watchdog watch(label_of(info, *one.rival), how.watchdog_s);
  try {
    result = one.rival->run({how.cpus, one.count, how.team});
    return true;
  } catch (const wrong_result& wrong) {
    one.result.failure = wrong.what();
    return false;
  }
}

/// The count of every sample, where it does not depend on the rival; else 0.
std::uint64_t fixed_count(const cell_info& info, const plan& how) noexcept {
  if (how.quick) return info.quick_count;
  if (info.count_per_s == 0) return info.count;
  return static_cast<std::uint64_t>(how.sample_s * static_cast<double>(info.count_per_s));
}

/// Grows the count until it fills a good part of a sample.
void calibrate(const cell_info& info, contender& one, const plan& how) {
  constexpr unsigned attempts_max = 12;
  one.count = fixed_count(info, how);
  if (one.count != 0) return;
  one.count = 64;
  for (unsigned attempt = 0; attempt < attempts_max; ++attempt) {
    measurement tried;
    if (!run_once(info, one, how, tried)) return;
    one.count = scaled(info, one.count, tried.elapsed_s, how.sample_s);
    if (tried.elapsed_s > how.sample_s / 4) return;
  }
}

/// The latest reading serves the sample before it and the sample after it.
class canary_cage {
 public:
  canary_cage(const cell_info& info, const plan& how) : how_(how), in_use_(info.two_threads) {
    if (in_use_) latest_ns_ = read_canary(how_.cpus);
  }
  [[nodiscard]] double latest_ns() const noexcept { return latest_ns_; }

  /// Reads again and tags the sample taken since the last reading.
  void tag(sample& taken) {
    if (!in_use_) return;
    taken.canary_before_ns = latest_ns_;
    latest_ns_ = taken.canary_after_ns = read_canary(how_.cpus);
    taken.mode = mode_between(taken.canary_before_ns, taken.canary_after_ns, how_.limits);
  }

 private:
  const plan& how_;
  bool in_use_;
  double latest_ns_ = 0;
};

void take_sample(const cell_info& info, contender& one, unsigned round, const plan& how, canary_cage& canary) {
  for (unsigned take = 0; take <= retakes; ++take) {
    sample taken;
    taken.round = round;
    const long preemptions_before = preemptions_so_far();
    if (!run_once(info, one, how, taken.result)) return;
    taken.preemptions = preemptions_so_far() - preemptions_before;
    canary.tag(taken);
    one.result.samples.push_back(taken);
    const double ratio = taken.result.elapsed_s / how.sample_s;
    if (fixed_count(info, how) == 0 && (ratio < 0.5 || ratio > 2))
      one.count = scaled(info, one.count, taken.result.elapsed_s, how.sample_s);
    if (taken.kept()) return;
  }
}

}  // namespace

cell_result run_cell(const cell& asked, const plan& how, const progress_report& progress) {
  std::vector<contender> contenders;
  for (const entry& rival : asked.entries) contenders.push_back({&rival, {rival.who}});
  const std::size_t all = how.rounds * contenders.size();
  for (contender& one : contenders) {
    progress(0, all, one.rival->who.name);
    smoke_test(asked.info, one, how);
    if (!one.out()) calibrate(asked.info, one, how);
  }
  canary_cage canary(asked.info, how);
  for (unsigned round = 0; round < how.rounds; ++round) {
    for (std::size_t step = 0; step < contenders.size(); ++step) {
      contender& one = contenders[rotated(step, round, contenders.size())];
      progress(round * contenders.size() + step, all, one.rival->who.name);
      if (!one.out()) take_sample(asked.info, one, round, how, canary);
    }
  }
  progress(all, all, {});
  cell_result result{asked.info, {}};
  for (contender& one : contenders) result.entries.push_back(std::move(one.result));
  return result;
}

}  // namespace tidegate::bench
