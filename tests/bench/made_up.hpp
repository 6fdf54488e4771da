// made_up.hpp: results for tests, small enough to check by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/results.hpp"

namespace tidegate::bench {

/// `modes` shorter than the values: its last letter for the rest.
inline entry made_entry(std::string name, std::vector<double> values, std::string modes = "n") {
  modes.resize(values.size(), modes.back());
  entry one{.name = std::move(name)};
  one.taken = {std::move(values), std::move(modes)};
  return one;
}

inline cell made_cell(std::vector<entry> entries, bool higher_is_better = true) {
  cell made{.id = "single/u64"};
  made.regime = "single";
  made.title = "u64 one at a time";
  made.unit = higher_is_better ? "M/s" : "ns";
  made.higher_is_better = higher_is_better;
  made.reference = "limit";
  made.entries = std::move(entries);
  return made;
}

/// "ours" and "ours (other)" are ours, "limit" is a limit, everybody else is a peer.
inline results made_results(cell only) {
  suite one{.name = "spsc"};
  one.rounds = 7;
  for (const entry& each : only.entries) {
    const role plays = each.name.starts_with("ours") ? role::ours : each.name == "limit" ? role::limit : role::peer;
    one.rivals.push_back({each.name, plays, plays == role::peer ? "libpeer-dev" : "", ""});
  }
  one.cells.push_back(std::move(only));
  results made;
  made.started_at = "2026-12-01T10:00:00Z";
  made.kind = "whole";
  made.machine = {{"cpu", "made up"}};
  made.suites.push_back(std::move(one));
  return made;
}

}  // namespace tidegate::bench
