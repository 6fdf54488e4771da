#include "bench/compare.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "bench/layout.hpp"
#include "pump/concat.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

const suite* find(const results& in, const std::string& name) {
  for (const suite& one : in.suites) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

const cell* find_cell(const suite& in, const std::string& id) {
  for (const cell& one : in.cells) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

/// One cell in both files.
struct twin {
  const suite& before_suite;
  const cell& before;
  const cell& after;
  char mode;
};

bool was_timed(const cell& in, const std::string& name, char mode) {
  const entry* const one = in.find(name);
  return one != nullptr && figures_in(*one, mode).count != 0;
}

/// Whose figures the others are divided by.
std::string yardstick_of(const twin& both) {
  const auto in_both = [&](const std::string& name) {
    return was_timed(both.before, name, both.mode) && was_timed(both.after, name, both.mode);
  };
  if (in_both(both.before.reference)) return both.before.reference;
  std::string best;
  double best_value = 0;
  for (const entry& one : both.before.entries) {
    if (both.before_suite.role_of(one.name) != role::peer || !in_both(one.name)) continue;
    const double value = figures_in(one, both.mode).median;
    const bool better = both.before.higher_is_better ? value > best_value : value < best_value;
    if (best.empty() || better) {
      best = one.name;
      best_value = value;
    }
  }
  return best;
}

/// Figures by the yardstick, or as they are; more is better.
std::vector<double> measured(const cell& in, const entry& one, const std::string& yardstick, char mode) {
  const entry* const by = in.find(yardstick);
  if (by != nullptr && by != &one) return paired_ratios(one, *by, mode, in.higher_is_better);
  std::vector<double> found;
  for (std::size_t round = 0; round < one.taken.values.size(); ++round) {
    const double value = one.taken.values[round];
    if (one.taken.modes[round] == mode && value > 0) found.push_back(in.higher_is_better ? value : 1 / value);
  }
  return found;
}

outcome judge_change(const change& one, double least) {
  if (std::min(one.before.count, one.after.count) < fewest_rounds) return outcome::unknown;
  if (one.after.low > one.before.high && one.factor >= 1 + least) return outcome::ahead;
  if (one.after.high < one.before.low && one.factor <= 1 / (1 + least)) return outcome::behind;
  return outcome::level;
}

void compare_cell(const twin& both, bool all, double least, comparison& found) {
  const std::string yardstick = yardstick_of(both);
  for (const entry& before : both.before.entries) {
    const role plays = both.before_suite.role_of(before.name);
    const entry* const after = both.after.find(before.name);
    const bool wanted = plays == role::ours || (all && plays == role::peer);
    if (!wanted || after == nullptr || before.name == yardstick) continue;
    change one{both.before_suite.name, both.before.id, before.name, yardstick, both.mode, {}, {}, 1, {}};
    one.before = median_interval(measured(both.before, before, yardstick, both.mode));
    one.after = median_interval(measured(both.after, *after, yardstick, both.mode));
    if (one.before.count == 0 || one.after.count == 0 || one.before.median <= 0) continue;
    one.factor = one.after.median / one.before.median;
    one.verdict = judge_change(one, least);
    found.changes.push_back(std::move(one));
  }
}

void compare_suite(const suite& before, const suite& after, bool all, double least, comparison& found) {
  for (const cell& one : before.cells) {
    const cell* const other = find_cell(after, one.id);
    const std::string name = concat(before.name, " ", one.id);
    if (other == nullptr) {
      found.left_out.push_back(concat(name, ": only in the first file"));
    } else if (main_mode(one) != main_mode(*other)) {
      found.left_out.push_back(concat(name, ": the cores were ", spoken_mode(main_mode(one)), ", and then ",
                                      spoken_mode(main_mode(*other))));
    } else {
      compare_cell({before, one, *other, main_mode(one)}, all, least, found);
    }
  }
}

std::string_view spoken(outcome of) {
  switch (of) {
    case outcome::ahead: return "better";
    case outcome::behind: return "WORSE";
    case outcome::level: return "same";
    default: return "too few rounds";
  }
}

std::string spread(const interval& of) {
  return concat(digits(of.median), " [", digits(of.low), "..", digits(of.high), "]");
}

nlohmann::ordered_json to_object(const interval& of) {
  return {{"count", of.count}, {"median", of.median}, {"low", of.low}, {"high", of.high}};
}

}  // namespace

comparison compare(const results& before, const results& after, bool all, double least) {
  comparison found;
  for (const suite& one : before.suites) {
    const suite* const other = find(after, one.name);
    if (other == nullptr) {
      found.left_out.push_back(concat(one.name, ": only in the first file"));
    } else {
      compare_suite(one, *other, all, least, found);
    }
  }
  std::sort(found.changes.begin(), found.changes.end(), [](const change& one, const change& other) {
    return std::tie(one.factor, one.suite, one.cell, one.entrant, one.mode) <
           std::tie(other.factor, other.suite, other.cell, other.entrant, other.mode);
  });
  return found;
}

std::string to_text(const comparison& found, const results& before, const results& after) {
  text_table rows({"suite", "cell", "entrant", "cores", "before", "after", "factor", ""}, 4);
  std::size_t same = 0;
  for (const change& one : found.changes) {
    same += one.verdict == outcome::level ? 1 : 0;
    if (one.verdict == outcome::level) continue;
    rows.add({one.suite, one.cell, one.entrant, std::string(spoken_mode(one.mode)), spread(one.before),
              spread(one.after), concat(digits(one.factor), "x"), std::string(spoken(one.verdict))});
  }
  std::string text = concat("before: ", before.started_at, ", after: ", after.started_at,
                            "; figures by a measure of the same round, more is better\n", rows.text());
  text +=
      concat(std::to_string(same), " of ", std::to_string(found.changes.size()), " are the same within their spread\n");
  for (const std::string& line : found.left_out) text += concat("left out: ", line, "\n");
  return text;
}

std::string to_json(const comparison& found) {
  nlohmann::ordered_json document = {{"regression", has_regression(found)},
                                     {"changes", nlohmann::ordered_json::array()}};
  for (const change& one : found.changes) {
    document["changes"].push_back({{"suite", one.suite},
                                   {"cell", one.cell},
                                   {"entrant", one.entrant},
                                   {"yardstick", one.yardstick},
                                   {"cores", spoken_mode(one.mode)},
                                   {"before", to_object(one.before)},
                                   {"after", to_object(one.after)},
                                   {"factor", one.factor},
                                   {"verdict", spoken(one.verdict)}});
  }
  document["left_out"] = found.left_out;
  return document.dump(1) + "\n";
}

bool has_regression(const comparison& found) noexcept {
  return std::any_of(found.changes.begin(), found.changes.end(),
                     [](const change& one) { return one.verdict == outcome::behind; });
}

}  // namespace tidegate::bench
