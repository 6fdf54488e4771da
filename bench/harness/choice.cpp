#include "bench/harness/choice.hpp"

#include <algorithm>

namespace tidegate::bench {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool name_matches(const std::string& name, const std::vector<std::string>& parts) {
  return parts.empty() || std::any_of(parts.begin(), parts.end(),
                                      [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

bool is_wanted(const cell_info& info, const choice& wanted) {
  if (wanted.headlines && !info.headline) return false;
  if (!wanted.cells.empty() && !contains(wanted.cells, info.id)) return false;
  return wanted.regimes.empty() || contains(wanted.regimes, info.regime);
}

bool is_out(const cell_info& info, const entrant& who, const choice& wanted) {
  if (contains(wanted.without, info.id + ": " + who.name) || contains(wanted.without, "*: " + who.name)) return true;
  return competes(who.plays) && !name_matches(who.name, wanted.queues);
}

}  // namespace

std::vector<cell> chosen(std::vector<cell> cells, const choice& wanted) {
  std::erase_if(cells, [&](const cell& one) { return !is_wanted(one.info, wanted); });
  for (cell& one : cells) {
    std::erase_if(one.entries, [&](const entry& rival) { return is_out(one.info, rival.who, wanted); });
  }
  std::erase_if(cells, [](const cell& one) {
    return std::none_of(one.entries.begin(), one.entries.end(),
                        [](const entry& rival) { return competes(rival.who.plays); });
  });
  return cells;
}

}  // namespace tidegate::bench
