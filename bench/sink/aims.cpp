#include "bench/sink/aims.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "bench/harness/verdict.hpp"
#include "bench/sink/measure.hpp"

namespace tidegate::bench::sink_bench {
namespace {

const cell_result* find(const std::vector<cell_result>& cells, std::string_view id) {
  const auto found =
      std::find_if(cells.begin(), cells.end(), [&](const cell_result& one) { return one.info.id == id; });
  return found == cells.end() ? nullptr : &*found;
}

/// The verdict with most samples, if there is any.
std::optional<mode_verdict> main_verdict(const cell_result& cell) {
  std::optional<mode_verdict> best;
  std::size_t most = 0;
  for (mode_verdict& verdict : judge(cell)) {
    std::size_t samples = 0;
    for (const standing& place : verdict.standings) samples += place.value.count;
    if (samples <= most) continue;
    most = samples;
    best = std::move(verdict);
  }
  return best;
}

std::vector<round_value> values_of(const cell_result& cell, std::string_view name, distance mode) {
  std::vector<round_value> values;
  for (const entry_result& one : cell.entries) {
    if (one.who.name != name) continue;
    for (const sample& taken : one.samples) {
      if (taken.mode == mode) values.push_back({taken.round, taken.result.value});
    }
  }
  return values;
}

/// Ours with the best median; null when there is none.
const standing* our_best(const mode_verdict& verdict) {
  for (const standing& place : verdict.standings) {
    if (place.who.plays == role::ours) return &place;
  }
  return nullptr;
}

/// What the figure of our best is divided by: an entrant, the best peer, or nothing.
constexpr std::string_view best_peer = "*";
constexpr std::string_view nothing = "";

void fill(aim& one, const cell_result& cell, std::string_view divisor) {
  const std::optional<mode_verdict> verdict = main_verdict(cell);
  const standing* const ours = verdict ? our_best(*verdict) : nullptr;
  if (ours == nullptr) return;
  one.by = ours->who.name;
  if (divisor == nothing) {
    one.reached = ours->value.median;
    return;
  }
  const std::string other = divisor == best_peer ? verdict->best_peer : std::string(divisor);
  one.by += " against " + other;
  one.reached =
      paired_ratio(values_of(cell, ours->who.name, verdict->mode), values_of(cell, other, verdict->mode)).median;
}

}  // namespace

std::vector<aim> aims_of(const std::vector<cell_result>& cells) {
  struct asked_for {
    std::string_view cell;
    std::string_view divisor;
    aim one;
  };
  const std::string rate = "M records/s";
  std::vector<asked_for> questions{
      {"tcp-64", limit_name, {"tcp, 64 B: hand-coalesced blocking loop", 0.85, 0, "x"}},
      {"tcp-64", queued_limit_name, {"tcp, 64 B: the same loop behind a queue", 0.85, 0, "x"}},
      {"file-64", limit_name, {"file, 64 B: hand-coalesced blocking loop", 0.85, 0, "x"}},
      {"file-64", queued_limit_name, {"file, 64 B: the same loop behind a queue", 0.85, 0, "x"}},
      {"tcp-64", nothing, {"tcp, 64 B: end to end", 20, 0, rate}},
      {"file-64", nothing, {"file, 64 B: end to end", 20, 0, rate}},
      {"durable-64", nothing, {"durable, 64 B: group commit", 5, 0, rate}},
      {"tcp-64", best_peer, {"tcp, 64 B: best event loop with batching", 2.5, 0, "x"}},
      {"unix-64", best_peer, {"unix, 64 B: best event loop with batching", 2.5, 0, "x"}},
  };
  std::vector<aim> aims;
  for (asked_for& asked : questions) {
    if (const cell_result* const cell = find(cells, asked.cell)) fill(asked.one, *cell, asked.divisor);
    aims.push_back(std::move(asked.one));
  }
  return aims;
}

void print_aims(std::FILE* out, const std::vector<aim>& aims) {
  std::fprintf(out, "\nAims, and what was reached (our best entry)\n");
  for (const aim& one : aims) {
    std::fprintf(out, "  %-44s aim %6.2f %-12s ", one.what.c_str(), one.wanted, one.unit.c_str());
    if (!one.measured()) {
      std::fprintf(out, "not measured\n");
      continue;
    }
    std::fprintf(out, "reached %7.2f  %s  (%s)\n", one.reached, one.reached >= one.wanted ? "yes" : "NO ",
                 one.by.c_str());
  }
}

}  // namespace tidegate::bench::sink_bench
