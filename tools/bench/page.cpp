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

/// "Behind in 3: spsc payload/64B/1024/bare (0.81x, rte_ring), …", by regime.
std::string list_of(const std::vector<duel>& duels, outcome wanted, std::string_view word) {
  std::string list;
  std::size_t count = 0;
  for (const duel& one : duels) {
    if (one.peer == nullptr || one.verdict != wanted) continue;
    list += concat(count++ == 0 ? "" : ", ", one.of->name, " ", one.where->id, " (", digits(one.ratio.median), "x, ",
                   one.peer->name, ")");
  }
  return concat(word, " in ", std::to_string(count), count == 0 ? "." : ": ", list, count == 0 ? "" : ".");
}

std::vector<std::string> summary_of(const results& found, const std::vector<duel>& duels) {
  std::vector<std::string> text{
      concat(sentence(tally_of(duels)), "."), list_of(duels, outcome::behind, "Behind"),
      list_of(duels, outcome::level, "Level"), list_of(duels, outcome::ahead, "Ahead"),
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
  made.title = "tidegate's best beside the best peer";
  made.caption = "one line a question; ratio: how many times better, median and interval within the rounds";
  made.columns = {{"suite", {}, left},  {"question", {}, left},  {"tidegate's best", {}, left},
                  {"", {}, right},      {"best peer", {}, left}, {"", {}, right},
                  {"limit", {}, right}, {"ratio", {}, right},    {"verdict", {}, left}};
  for (const duel& one : duels) {
    const scale shown = scale_of(one.where->unit);
    const auto figure = [&](const interval& of) {
      report::cell made_of;
      if (of.count != 0) made_of = report::cell(of.median * shown.factor, shown.in);
      return made_of;
    };
    report::table_row row;
    row.cells = {report::cell(one.of->name),
                 report::cell(one.where->title),
                 report::cell(one.ours->name),
                 figure(one.ours_value),
                 report::cell(one.peer == nullptr ? "none" : one.peer->name),
                 figure(one.peer_value),
                 figure(one.limit_value),
                 report::cell(ratio_text(one.ratio)),
                 report::cell()};
    if (one.peer != nullptr) row.cells.back() = report::cell(std::string(to_string(one.verdict)), mark_of(one.verdict));
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
  page.sections.push_back({"Against the best peer", {}, {duel_table(duels)}});
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
