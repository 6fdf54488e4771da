// results.hpp: what a run of the benchmarks found, as plain values, and the file it is kept in.
//
// A file has one figure for each entrant and round, and with it how far the cores were from each other: enough to pair
// figures within a round again. Numbers are kept with four digits, and what is the same for most entrants of a cell is
// said once: a whole run stays below 200 kB.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::bench {

enum class role { ours, peer, limit, reference };  ///< a reference is our code, and no product

/// What a letter in `figures::modes` says about the cores: how far apart, that one thread ran, or that there is none.
inline constexpr char near_mode = 'n';
inline constexpr char far_mode = 'f';
inline constexpr char one_thread_mode = '1';
inline constexpr char no_mode = '-';

[[nodiscard]] std::string_view spoken_mode(char mode) noexcept;

/// One figure a round; NaN where the mode is `no_mode`.
struct figures {
  std::vector<double> values = {};
  std::string modes = {};
};

using named_values = std::vector<std::pair<std::string, double>>;
using facts = std::vector<std::pair<std::string, std::string>>;

struct entry {
  std::string name;
  figures taken = {};
  named_values extras = {};  ///< medians, in the mode of its cell
  std::string failure = {};  ///< why it was not, or no longer, timed
};

struct cell {
  std::string id;
  std::string regime = {};
  std::string title = {};
  std::string unit = {};
  bool higher_is_better = true;
  std::string method = {};
  std::string reference = {};  ///< the entrant that is a measure for the others; may be nobody
  double sample_s = 0;
  std::size_t dropped = 0;    ///< samples that fell on a change of distance
  std::size_t preempted = 0;  ///< samples that shared their processors
  std::vector<entry> entries = {};

  [[nodiscard]] const entry* find(std::string_view name) const noexcept;
};

struct rival {
  std::string name;
  role plays = role::peer;
  std::string package = {};
  std::string note = {};
};

struct suite {
  std::string name;
  unsigned rounds = 0;
  std::vector<rival> rivals = {};
  std::vector<cell> cells = {};

  /// Of the entrant of that name; a peer when nobody knows it.
  [[nodiscard]] role role_of(std::string_view of) const noexcept;
};

struct results {
  std::string started_at = {};  ///< UTC, ISO 8601
  std::string kind = {};        ///< "whole", "quick" or "chosen"
  double elapsed_s = 0;
  bool interrupted = false;
  facts machine = {};
  facts peers = {};  ///< packages and their versions
  std::vector<suite> suites = {};
};

/// The mode in which most of the cell's figures were taken; `no_mode` when there are none.
[[nodiscard]] char main_mode(const cell& of) noexcept;

/// Compact: one line a cell.
[[nodiscard]] std::string to_json(const results& found);

/// Throws pump::failure, which names `path`, when it is not such a file.
[[nodiscard]] results parse_results(const std::string& text, const std::string& path);
[[nodiscard]] results read_results(const std::string& path);

/// Whole or not at all. Throws pump::failure.
void write_file(const std::string& path, const std::string& text);

}  // namespace tidegate::bench
