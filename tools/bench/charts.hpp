// charts.hpp: one question of the benchmarks as charts and tables of a report.
#pragma once

#include <string>
#include <vector>

#include "bench/judge.hpp"
#include "bench/results.hpp"
#include "report/items.hpp"

namespace tidegate::bench {

/// How the unit of a cell is told: "M/s" is a rate, and a figure of 2 means 2,000,000.
struct scale {
  report::unit in = report::unit::number;
  double factor = 1;
};

[[nodiscard]] scale scale_of(const std::string& unit) noexcept;

/// Ranking, with the spread of the rounds and a line for each limit; marks beside the names: claimed better or worse
/// than the best peer.
[[nodiscard]] report::ranking_bars ranking_of(const suite& of, const cell& where);

/// The further figures of a cell, such as percentiles or the time blocked. Without rows when there are none.
[[nodiscard]] report::table extras_table(const suite& of, const cell& where);

/// Of cells whose further figures are percentiles ("p99 ns"). Without curves when there are none.
[[nodiscard]] report::percentile_curves curves_of(const suite& of, const cell& where);

/// Producers by consumers, of cells "single/u64/PxC/yield": our best figure, and that by the best peer's. Without rows
/// when there are fewer than two.
[[nodiscard]] std::vector<report::heat_map> maps_of(const suite& of);

}  // namespace tidegate::bench
