#include "bench/summary.hpp"

#include <array>

#include "bench/layout.hpp"
#include "bench/measure.hpp"
#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

/// A question of README: suite and cell, and how it is told there.
struct question {
  std::string_view suite;
  std::string_view cell;
  std::string_view told;
};

constexpr std::array questions{
    question{"spsc", "single/u64/1024/pause1", "one producer, one consumer, 8 bytes one at a time"},
    question{"spsc", "payload/64B/1024/pause1", "the same, 64 bytes"},
    question{"spsc", "bulk/u64/1024/32", "the same, 8 bytes in calls of 32"},
    question{"spsc", "round-trip/u64/1024/pause1", "there and back through two queues"},
    question{"spsc", "uncontended/u64/1024/1", "push and pop on one thread"},
    question{"spsc", "blocking/u64/1024", "blocking push and pop"},
    question{"spsc", "wake/u64", "waking a parked consumer"},
    question{"mpmc", "single/u64/1x1/yield", "queues for many threads, 8 bytes, 1 producer and 1 consumer"},
    question{"mpmc", "single/u64/4x4/yield", "the same, 4 and 4"},
    question{"mpmc", "bulk/u64/4x4/32", "the same, 4 and 4, in calls of 32"},
    question{"mpmc", "uncontended/u64", "push and pop on one thread"},
    question{"mpmc", "blocking/u64/4x4", "blocking push and pop, 4 and 4"},
    question{"mpmc", "stall/push", "throughput kept while a third thread is stopped inside push"},
    question{"mpmc", "saturation/4x1/blocking", "consumer's pace kept while 4 producers are twice as fast"},
    question{"mpmc", "idle/4", "CPU that each waiting consumer takes"},
};

std::string figure(const interval& value, const std::string& unit) {
  return value.count == 0 ? "-" : concat(digits(value.median), " ", unit);
}

std::string name_of(const entry* one) { return one == nullptr ? "-" : one->name; }

std::string verdict_text(const duel& one) {
  if (one.peer == nullptr) return "no peer";
  return one.verdict == outcome::unknown ? "too few rounds" : std::string(to_string(one.verdict));
}

const duel* find(const std::vector<duel>& all, const question& asked) {
  for (const duel& one : all) {
    if (one.of->name == asked.suite && one.where->id == asked.cell) return &one;
  }
  return nullptr;
}

}  // namespace

tally tally_of(const std::vector<duel>& duels) noexcept {
  tally counts;
  for (const duel& one : duels) {
    if (one.peer == nullptr) continue;
    if (one.verdict == outcome::ahead) ++counts.ahead;
    if (one.verdict == outcome::level) ++counts.level;
    if (one.verdict == outcome::behind) ++counts.behind;
    if (one.verdict == outcome::unknown) ++counts.unknown;
  }
  return counts;
}

std::string sentence(const tally& counts) {
  const std::size_t all = counts.ahead + counts.level + counts.behind + counts.unknown;
  std::string text =
      concat("tidegate's best is ahead of the best peer in ", std::to_string(counts.ahead), " of ", std::to_string(all),
             " questions, level in ", std::to_string(counts.level), ", behind in ", std::to_string(counts.behind));
  if (counts.unknown != 0) text += concat("; ", std::to_string(counts.unknown), " have too few rounds for a claim");
  return text;
}

std::string ratio_text(const interval& ratio) {
  if (ratio.count == 0) return "-";
  return concat(digits(ratio.median), "x [", digits(ratio.low), "..", digits(ratio.high), "]");
}

std::string to_text(const results& found) {
  const std::vector<duel> duels = duels_of(found);
  text_table rows({"suite", "cell", "cores", "our best", "best peer", "", "ours", "peer", "ratio"}, 6);
  for (const duel& one : duels) {
    rows.add({one.of->name, one.where->id, std::string(spoken_mode(one.mode)), name_of(one.ours), name_of(one.peer),
              verdict_text(one), figure(one.ours_value, one.where->unit), figure(one.peer_value, one.where->unit),
              ratio_text(one.ratio)});
  }
  std::string text =
      concat(rows.text(), "\n", sentence(tally_of(duels)),
             ".\nRatio: how many times better, within the rounds; ahead or behind only where its interval "
             "leaves out 1 and it is 5 % or more.\n");
  for (const std::string& one : failures_of(found)) text += concat("NOT TIMED: ", one, "\n");
  return text;
}

std::string readme_table(const results& found) {
  const std::vector<duel> duels = duels_of(found);
  text_table rows({"question", "tidegate's best", "best peer", "times better", ""}, 1);
  for (const question& asked : questions) {
    const duel* const one = find(duels, asked);
    if (one == nullptr || one->peer == nullptr) continue;
    rows.add({std::string(asked.told), concat("`", name_of(one->ours), "` ", figure(one->ours_value, one->where->unit)),
              concat("`", name_of(one->peer), "` ", figure(one->peer_value, one->where->unit)), ratio_text(one->ratio),
              verdict_text(*one)});
  }
  return rows.markdown();
}

}  // namespace tidegate::bench
