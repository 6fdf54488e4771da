#include <algorithm>

#include "bench/harness/report.hpp"
#include "bench/harness/verdict.hpp"

namespace tidegate::bench {
namespace {

/// printf into a string.
template <class... Args>
std::string print(const char* format, Args... args) {
  char text[160];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

/// Three significant digits where it matters, no more.
std::string number(double value) {
  if (value >= 100) return print("%.0f", value);
  return value >= 10 ? print("%.1f", value) : print("%.2f", value);
}

std::string median_and_range(const summary& values) {
  if (values.count == 0) return "-";
  return number(values.median) + " [" + number(values.min) + ".." + number(values.max) + "]";
}

std::string ratio(const summary& ratios) {
  if (ratios.count == 0) return "-";
  return print("%.2fx [%.2f..%.2f]", ratios.median, ratios.min, ratios.max);
}

using row = std::vector<std::string>;

/// The first `left` columns left-aligned, the others right-aligned, all as wide as their content.
void print_rows(std::FILE* out, const std::vector<row>& rows, std::size_t left = 1) {
  std::vector<std::size_t> widths;
  for (const row& cells : rows) {
    widths.resize(std::max(widths.size(), cells.size()), 0);
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  for (const row& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool ends_line = i + 1 == cells.size() && i < left;
      const int width = ends_line ? 0 : static_cast<int>(widths[i]);
      std::fprintf(out, "  %*s", i < left ? -width : width, cells[i].c_str());
    }
    std::fputc('\n', out);
  }
}

row header_of(const cell_result& cell, const mode_verdict& verdict) {
  row header{"", cell.info.unit, "samples"};
  for (const standing& place : verdict.standings) {
    if (!competes(place.who.plays) || place.extras.empty()) continue;
    for (const named_value& extra : place.extras) header.push_back(extra.name);
    break;
  }
  header.emplace_back("vs best peer");
  if (!cell.info.reference.empty()) header.push_back("vs " + cell.info.reference);
  return header;
}

row row_of(const cell_result& cell, const standing& place, std::size_t extras) {
  const char* mark = place.who.plays == role::ours ? "* " : "  ";
  row cells{mark + place.who.name, median_and_range(place.value), std::to_string(place.value.count)};
  for (std::size_t i = 0; i < extras; ++i) {
    cells.push_back(i < place.extras.size() ? number(place.extras[i].value) : "-");
  }
  cells.push_back(ratio(place.vs_best_peer));
  if (!cell.info.reference.empty()) cells.push_back(ratio(place.vs_reference));
  return cells;
}

void print_mode(std::FILE* out, const cell_result& cell, const mode_verdict& verdict) {
  if (verdict.mode == distance::unknown) {
    std::fprintf(out, "  one thread");
  } else {
    std::fprintf(out, "  cores %s, canary %s ns", std::string(to_string(verdict.mode)).c_str(),
                 median_and_range(verdict.canary_ns).c_str());
  }
  std::fprintf(out, "; %s\n", cell.info.higher_is_better ? "higher is better" : "lower is better");
  const std::size_t fixed_columns = cell.info.reference.empty() ? 4 : 5;
  std::vector<row> rows{header_of(cell, verdict)};
  const std::size_t extras = rows.front().size() - fixed_columns;
  for (const standing& place : verdict.standings) rows.push_back(row_of(cell, place, extras));
  print_rows(out, rows);
}

/// The best of our entries, or null.
const standing* our_best(const mode_verdict& verdict) {
  for (const standing& place : verdict.standings) {
    if (place.who.plays == role::ours && place.vs_best_peer.count != 0) return &place;
  }
  return nullptr;
}

/// "ahead" and "behind" only where all rounds agree.
std::string outcome(const cell_info& info, const summary& ratios) {
  const double worst = info.higher_is_better ? ratios.min : 1 / ratios.max;
  const double best = info.higher_is_better ? ratios.max : 1 / ratios.min;
  if (worst > 1) return "ahead";
  return best < 1 ? "behind" : "level";
}

/// Notes of entrants, by name, in order of appearance.
std::vector<std::pair<std::string, std::string>> notes_of(const std::vector<cell>& cells) {
  std::vector<std::pair<std::string, std::string>> notes;
  for (const cell& one : cells) {
    for (const entry& rival : one.entries) {
      const std::pair<std::string, std::string> note(rival.who.name, rival.who.note);
      if (!note.second.empty() && std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    }
  }
  return notes;
}

}  // namespace

void print_heading(std::FILE* out, const suite_result& suite, const std::vector<cell>& cells) {
  std::fprintf(out, "tidegate bench: %s, %s\n", suite.suite.c_str(), suite.started_at.c_str());
  std::vector<row> rows;
  for (const auto& [name, value] : suite.machine) rows.push_back({name, value});
  for (const auto& [name, value] : suite.peers) rows.push_back({"package", name + " " + value});
  for (const auto& [name, note] : notes_of(cells)) rows.push_back({"entrant", name + ": " + note});
  rows.push_back({"method", std::to_string(suite.how.rounds) + " rounds in rotating order, " +
                                number(suite.how.sample_s * 1e3) + " ms a sample; median [min..max]; * ours"});
  print_rows(out, rows, 2);
  if (suite.how.quick) std::fprintf(out, "  quick: shows that everything works; the figures are no measurement\n");
}

void print_cell(std::FILE* out, const cell_result& cell) {
  std::fprintf(out, "\n%s\n  %s\n", cell.info.title.c_str(), cell.info.method.c_str());
  for (const mode_verdict& verdict : judge(cell)) print_mode(out, cell, verdict);
  const disturbance found = disturbance_of(cell);
  if (found.dropped != 0) {
    std::fprintf(out, "  %zu of %zu samples dropped: the distance of the cores changed during them\n", found.dropped,
                 found.samples);
  }
  if (found.preempted != 0) {
    std::fprintf(out, "  %zu of %zu samples shared their CPUs with something else (preempted %ld times)\n",
                 found.preempted, found.samples, found.preemptions);
  }
  for (const entry_result& entry : cell.entries) {
    if (!entry.failure.empty())
      std::fprintf(out, "  NOT TIMED: %s: %s\n", entry.who.name.c_str(), entry.failure.c_str());
  }
}

void print_closing(std::FILE* out, const suite_result& suite) {
  std::vector<row> rows{{"cell", "cores", "our best", "best peer", "", "better is", "ratio"}};
  for (const cell_result& cell : suite.cells) {
    for (const mode_verdict& verdict : judge(cell)) {
      const standing* ours = our_best(verdict);
      if (ours == nullptr) continue;
      rows.push_back({cell.info.id, std::string(to_string(verdict.mode)), ours->who.name, verdict.best_peer,
                      outcome(cell.info, ours->vs_best_peer), cell.info.higher_is_better ? "higher" : "lower",
                      ratio(ours->vs_best_peer)});
    }
  }
  if (rows.size() > 1) {
    std::fprintf(out,
                 "\nOur best entry against the best peer, median of the ratios within each round; ahead or behind: in "
                 "all rounds\n");
    print_rows(out, rows, 6);
  }
  for (const std::string& failure : failures_of(suite)) std::fprintf(out, "FAILED: %s\n", failure.c_str());
}

std::vector<std::string> failures_of(const suite_result& suite) {
  std::vector<std::string> failures;
  for (const cell_result& cell : suite.cells) {
    for (const entry_result& entry : cell.entries) {
      if (!entry.failure.empty()) failures.push_back(cell.info.id + ": " + entry.who.name + ": " + entry.failure);
    }
  }
  return failures;
}

}  // namespace tidegate::bench
