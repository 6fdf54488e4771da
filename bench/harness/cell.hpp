// cell.hpp: a cell is one question ("u64, capacity 1024, bare retry"); its entries are the rivals that answer it.
//
// Entries of a cell are measured in the same rounds, one after the other in rotating order, and compared only with each
// other. Rivals enlist themselves at start-up, each from its own source file, so that a missing one is simply absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/harness/pin.hpp"

namespace tidegate::bench {

/// A reference is code of this repository that is no product: it is shown, and never the best of anybody.
enum class role : std::uint8_t { ours, peer, limit, reference };

/// True when the entrant competes; the others are measures, and always run.
[[nodiscard]] constexpr bool competes(role plays) noexcept { return plays == role::ours || plays == role::peer; }

struct entrant {
  std::string name;
  role plays = role::peer;
  std::string package = {};  ///< distribution package whose version belongs on the machine card
  std::string note = {};     ///< how it is used, where that is a choice
};

/// What a runner is told for one sample.
struct work {
  cpu_pair cpus;
  std::uint64_t count = 0;     ///< operations to do: elements, trips, pairs or wakes; or microseconds to watch
  std::vector<int> team = {};  ///< for more threads than two: begins with `cpus`
};

struct named_value {
  std::string name;
  double value = 0;
};

/// What a runner gives back: the figure of the cell, how long the counted work took, and further figures.
struct measurement {
  double value = 0;
  double elapsed_s = 0;
  std::vector<named_value> extras = {};
};

/// A timed run that moved the wrong elements: its figure is worth nothing.
struct wrong_result : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct entry {
  entrant who;
  std::function<measurement(const work&)> run;
  std::string (*smoke)() = nullptr;  ///< correctness test before any timing: empty when passed, else what is wrong
};

struct cell_info {
  std::string id;
  std::string regime;
  unsigned rank = 0;  ///< place in the report
  std::string title;
  std::string unit;
  bool higher_is_better = true;
  bool two_threads = true;           ///< needs the canary
  std::string reference = {};        ///< entrant that the second ratio column divides by
  std::string method = {};           ///< one sentence: what exactly was timed
  bool headline = false;             ///< belongs into a short run
  double cost = 1;                   ///< what a sample takes, in lengths of a sample
  std::uint64_t count = 0;           ///< of every sample; 0: as many as fill it
  std::uint64_t count_per_s = 0;     ///< of every sample, by its length: for cells that watch for a time
  std::uint64_t quick_count = 1024;  ///< of the one sample of a quick run
  std::uint64_t count_max = 0;       ///< of any sample; 0: no limit
};

/// Where the cells of a regime begin in the report; 100 cells each are plenty.
[[nodiscard]] constexpr unsigned regime_rank(std::span<const std::string_view> regimes, std::string_view regime) {
  unsigned rank = 0;
  for (const std::string_view name : regimes) {
    if (name == regime) return rank;
    rank += 100;
  }
  return rank;
}

struct cell {
  cell_info info;
  std::vector<entry> entries;
};

class registry {
 public:
  /// The one that rivals enlist in before main().
  static registry& global() {
    static registry all;
    return all;
  }

  void add(const cell_info& info, entry rival) {
    cell& place = cells_[{info.rank, info.id}];
    place.info = info;
    place.entries.push_back(std::move(rival));
  }

  /// All cells, in the order of the report.
  [[nodiscard]] std::vector<cell> cells() const {
    std::vector<cell> ordered;
    for (const auto& [key, value] : cells_) ordered.push_back(value);
    return ordered;
  }

 private:
  std::map<std::pair<unsigned, std::string>, cell> cells_;
};

}  // namespace tidegate::bench
