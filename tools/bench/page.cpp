#include "bench/page.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "bench/charts.hpp"
#include "bench/judge.hpp"
#include "bench/layout.hpp"
#include "bench/measure.hpp"
#include "bench/summary.hpp"
#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

struct spoken_suite {
  std::string_view name;
  std::string_view told;
};
constexpr spoken_suite suites[] = {
    {"spsc", "One producer, one consumer"},
    {"mpmc", "Many producers, many consumers"},
    {"broadcast", "One publisher, every reader"},
    {"newest", "The newest value, and hand-offs"},
    {"bytes", "Records of bytes"},
    {"sink", "Records to sockets and files"},
};

std::string told(const std::string& suite) {
  for (const spoken_suite& one : suites) {
    if (one.name == suite) return std::string(one.told);
  }
  return suite;
}

report::verdict mark_of(outcome found) noexcept {
  switch (found) {
    case outcome::ahead: return report::verdict::pass;
    case outcome::behind: return report::verdict::fail;
    case outcome::level: return report::verdict::tie;
    default: return report::verdict::unknown;
  }
}

/// How one regime of a suite went.
struct regime_tally {
  std::string suite;
  std::string regime;
  tally counts = {};
  double worst = 0;  ///< ratio
  double best = 0;

  [[nodiscard]] std::size_t all() const noexcept {
    return counts.ahead + counts.level + counts.behind + counts.unknown;
  }
};

std::vector<regime_tally> tallies_of(const std::vector<duel>& duels) {
  std::vector<regime_tally> all;
  for (const duel& one : duels) {
    if (one.peer == nullptr || one.ratio.count == 0) continue;
    if (all.empty() || all.back().suite != one.of->name || all.back().regime != one.where->regime) {
      all.push_back({one.of->name, one.where->regime, {}, one.ratio.median, one.ratio.median});
    }
    regime_tally& into = all.back();
    into.worst = std::min(into.worst, one.ratio.median);
    into.best = std::max(into.best, one.ratio.median);
    if (one.verdict == outcome::ahead) ++into.counts.ahead;
    if (one.verdict == outcome::level) ++into.counts.level;
    if (one.verdict == outcome::behind) ++into.counts.behind;
    if (one.verdict == outcome::unknown) ++into.counts.unknown;
  }
  return all;
}

/// "Behind: spsc payload in 2 of 4 (at worst 0.81x), …".
std::string list_of(const std::vector<regime_tally>& all, std::string_view word, std::size_t tally::*count) {
  std::string list;
  for (const regime_tally& one : all) {
    if (one.counts.*count == 0) continue;
    list += concat(list.empty() ? "" : ", ", one.suite, " ", one.regime, " in ", std::to_string(one.counts.*count),
                   " of ", std::to_string(one.all()));
    if (count == &tally::behind) list += concat(" (at worst ", digits(one.worst), "x)");
    if (count == &tally::ahead) list += concat(" (at best ", digits(one.best), "x)");
  }
  return concat(word, ": ", list.empty() ? "nowhere" : list, ".");
}

report::table regime_table(const std::vector<regime_tally>& all) {
  using enum report::alignment;
  report::table made;
  made.title = "By regime";
  made.caption =
      "questions in which tidegate's best is ahead of, level with, behind the best peer; ratios of the medians";
  made.columns = {{"regime", {}, left},
                  {"ahead", {}, right},
                  {"level", {}, right},
                  {"behind", {}, right},
                  {"no claim", {}, right},
                  {"worst", report::unit::ratio, right},
                  {"best", report::unit::ratio, right}};
  for (const regime_tally& one : all) {
    made.rows.push_back({{report::cell(concat(one.suite, " ", one.regime)), report::cell(one.counts.ahead),
                          report::cell(one.counts.level), report::cell(one.counts.behind),
                          report::cell(one.counts.unknown), report::cell(one.worst), report::cell(one.best)}});
  }
  return made;
}

std::vector<std::string> summary_of(const results& found, const std::vector<duel>& duels) {
  std::vector<std::string> text{
      concat(sentence(tally_of(duels)), "."), list_of(tallies_of(duels), "Behind", &tally::behind),
      list_of(tallies_of(duels), "Level", &tally::level), list_of(tallies_of(duels), "Ahead", &tally::ahead),
      "How it is judged: figures are divided within a round only, best by best; ahead or behind is said where the "
      "interval of the median of these ratios (98 % with seven rounds) leaves out 1 and the difference is 5 % or more. "
      "With two cores nothing here says anything about scaling: more threads than cores measure the scheduler, too."};
  if (found.interrupted) text.emplace_back("This run was interrupted: what had been measured until then is here.");
  if (found.kind == "quick") text.emplace_back("A short run of the main questions; a whole one says more.");
  return text;
}

std::vector<report::badge> badges_of(const tally& counts) {
  const auto badge = [](outcome found, std::size_t count) {
    return report::badge{mark_of(found), std::string(to_string(found)), concat(std::to_string(count), " questions")};
  };
  return {badge(outcome::ahead, counts.ahead), badge(outcome::level, counts.level),
          badge(outcome::behind, counts.behind)};
}

report::table duel_table(const std::vector<duel>& duels) {
  using enum report::alignment;
  report::table made;
  made.title = "By question";
  made.caption =
      "tidegate's best beside the best peer; ratio: how many times better, median and interval in the rounds";
  made.columns = {{"question", {}, left}, {"verdict", {}, left},   {"ratio", {}, right}, {"tidegate's best", {}, left},
                  {"", {}, right},        {"best peer", {}, left}, {"", {}, right}};
  for (const duel& one : duels) {
    const scale shown = scale_of(one.where->unit);
    const auto figure = [&](const interval& of) {
      report::cell made_of;
      if (of.count != 0) made_of = report::cell(of.median * shown.factor, shown.in);
      return made_of;
    };
    report::table_row row;
    row.cells.emplace_back(concat(one.of->name, " ", one.where->id));
    row.cells.emplace_back();
    if (one.peer != nullptr) row.cells.back() = report::cell(std::string(to_string(one.verdict)), mark_of(one.verdict));
    row.cells.emplace_back(ratio_text(one.ratio));
    row.cells.emplace_back(one.ours->name);
    row.cells.push_back(figure(one.ours_value));
    row.cells.emplace_back(one.peer == nullptr ? std::string("none") : one.peer->name);
    row.cells.push_back(figure(one.peer_value));
    made.rows.push_back(std::move(row));
  }
  return made;
}

report::table rivals_table(const results& found) {
  using enum report::alignment;
  report::table made;
  made.title = "Who takes part, and how each is used";
  made.columns = {
      {"entrant", {}, left}, {"suite", {}, left}, {"role", {}, left}, {"package", {}, left}, {"note", {}, left}};
  constexpr std::string_view roles[] = {"ours", "peer", "limit", "reference"};
  for (const suite& one : found.suites) {
    for (const rival& each : one.rivals) {
      const auto role_name = std::string(roles[static_cast<std::size_t>(each.plays)]);
      made.rows.push_back({{report::cell(each.name), report::cell(one.name), report::cell(role_name),
                            report::cell(each.package), report::cell(each.note)},
                           each.plays == role::ours});
    }
  }
  return made;
}

void add_cell(report::section& into, const suite& of, const cell& where) {
  report::ranking_bars bars = ranking_of(of, where);
  if (!bars.bars.empty()) into.items.emplace_back(std::move(bars));
  report::percentile_curves curves = curves_of(of, where);
  if (!curves.curves.empty()) into.items.emplace_back(std::move(curves));
  report::table extras = extras_table(of, where);
  if (!extras.rows.empty()) into.items.emplace_back(std::move(extras));
  if (where.dropped + where.preempted == 0) return;
  into.items.emplace_back(report::paragraph{
      concat(std::to_string(where.dropped), " samples were dropped, because the distance of the cores changed; ",
             std::to_string(where.preempted), " shared their processors with something else.")});
}

/// One section a regime, in the order of the cells.
void add_suite(report::page& into, const suite& one) {
  std::vector<std::string> regimes;
  for (const cell& where : one.cells) {
    if (std::find(regimes.begin(), regimes.end(), where.regime) == regimes.end()) regimes.push_back(where.regime);
  }
  for (const std::string& regime : regimes) {
    report::section section{concat(told(one.name), ": ", regime), {}, {}};
    if (one.name == "mpmc" && regime == "single") {
      for (report::heat_map& map : maps_of(one)) section.items.emplace_back(std::move(map));
    }
    for (const cell& where : one.cells) {
      if (where.regime == regime) add_cell(section, one, where);
    }
    into.sections.push_back(std::move(section));
  }
}

facts card_of(const results& found) {
  facts card = found.machine;
  for (const auto& [name, version] : found.peers) card.emplace_back(name, version);
  for (const suite& one : found.suites) {
    card.emplace_back(concat("rounds of ", one.name), concat(std::to_string(one.rounds), ", in rotating order"));
  }
  return card;
}

}  // namespace

report::page page_of(const results& found) {
  const std::vector<duel> duels = duels_of(found);
  report::page page;
  page.title = "tidegate bench";
  page.subtitle = concat(found.started_at, ", ", found.kind, " run, ", pump::format_clock(found.elapsed_s));
  page.summary = summary_of(found, duels);
  page.badges = badges_of(tally_of(duels));
  page.machine = card_of(found);
  page.sections.push_back({"Against the best peer", {}, {regime_table(tallies_of(duels)), duel_table(duels)}});
  for (const suite& one : found.suites) add_suite(page, one);
  report::section rivals{"Entrants", {}, {rivals_table(found)}};
  const std::vector<std::string> failures = failures_of(found);
  if (!failures.empty()) rivals.text.emplace_back("Not timed, and why:");
  for (const std::string& one : failures) rivals.text.push_back(one);
  page.sections.push_back(std::move(rivals));
  page.attached_json = to_json(found);
  return page;
}

}  // namespace tidegate::bench
