#include "top/view.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"
#include "top/details.hpp"

namespace tidegate::top {
namespace {

using counters::cell;
using counters::column;
using counters::columns_of;
using counters::fit;
using counters::look;
using counters::tone;
using counters::watched;
using pump::concat;

constexpr std::size_t around_list = 3;  // head, headings, keys
constexpr std::size_t longest_name = 32;
constexpr std::size_t shortest_bar = 4;
constexpr std::size_t longest_bar = 24;
constexpr std::size_t name_share = 5;  // a fifth of the columns is the name's before anything else
constexpr std::size_t bar_share = 10;
constexpr std::size_t percent_width = 5;  // " 100%"

/// One line of the list: a process, or one of its rows.
struct entry {
  const process_view* process;
  const watched* row;  ///< nullptr: the process itself
};

double sorted_by(const watched& one, sort_key key) {
  switch (key) {
    case sort_key::saturation: return one.saturation.value_or(-1);
    case sort_key::arrivals: return one.arrival_rate.value_or(-1);
    case sort_key::drains: return one.drain_rate.value_or(-1);
    case sort_key::oldest: return static_cast<double>(one.oldest_age_ns.value_or(0));
    case sort_key::p99: return static_cast<double>(one.p99_ns.value_or(0));
    case sort_key::slope: return one.slope.value_or(0);
    case sort_key::drops: return static_cast<double>(one.dropped.value_or(0));
    case sort_key::added:
    case sort_key::name: break;
  }
  return 0;
}

std::vector<const watched*> sorted_rows(const process_view& process, const view_state& state) {
  std::vector<const watched*> rows;
  for (const watched& one : process.rows) rows.push_back(&one);
  std::ranges::sort(rows, [&](const watched* one, const watched* other) {
    const double first = sorted_by(*one, state.sort);
    const double second = sorted_by(*other, state.sort);
    if (first != second) return first > second;
    const int by_name = state.sort == sort_key::name ? one->name.compare(other->name) : 0;
    return by_name != 0 ? by_name < 0 : one < other;  // else as in the file
  });
  if (state.reverse) std::ranges::reverse(rows);
  return rows;
}

/// A process has a line of its own in the list when there are several.
std::vector<entry> list_of(const model& seen, const view_state& state) {
  std::vector<entry> list;
  for (const process_view& process : seen.processes) {
    if (seen.processes.size() > 1) list.push_back({&process, nullptr});
    for (const watched* const row : sorted_rows(process, state)) list.push_back({&process, row});
  }
  return list;
}

/// The selected line of the list: the one of that name, else the first row.
std::optional<std::size_t> selected_in(const std::vector<entry>& list, const view_state& state) {
  std::optional<std::size_t> first;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at].row == nullptr) continue;
    if (!first) first = at;
    if (list[at].process->path == state.selected_path && list[at].row->name == state.selected_name) return at;
  }
  return first;
}

void select(const std::vector<entry>& list, std::size_t at, view_state& state) {
  state.selected_path = list[at].process->path;
  state.selected_name = list[at].row->name;
}

/// So many rows further, up or down, over lines that are no rows.
void move_by(const model& seen, view_state& state, std::ptrdiff_t steps) {
  const std::vector<entry> list = list_of(seen, state);
  const auto now = selected_in(list, state);
  if (!now) return;
  std::vector<std::size_t> rows;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at].row != nullptr) rows.push_back(at);
  }
  const auto place = std::ranges::find(rows, *now) - rows.begin();
  const auto last = static_cast<std::ptrdiff_t>(rows.size()) - 1;
  select(list, rows[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(place + steps, 0, last))], state);
}

// --- lines

/// As many of `pieces` as fit, whole, two blanks between them; the first one is cut if it must be.
line joined(std::vector<piece> pieces, std::size_t width, const look& how) {
  line made;
  std::size_t used = 0;
  for (piece& each : pieces) {
    const std::size_t wide = columns_of(each.text);
    if (used == 0) {
      const std::size_t shown = std::min(wide, width);
      made.pieces.push_back({fit(each.text, shown, true, how), each.how});
      used = shown;
    } else if (used + 2 + wide <= width) {
      made.pieces.push_back({"  "});
      made.pieces.push_back(std::move(each));
      used += 2 + wide;
    }
  }
  return made;
}

std::string plural(std::size_t count, std::string_view what, std::string_view ending) {
  return concat(std::to_string(count), " ", what, count == 1 ? "" : ending);
}

piece memory_of(const std::optional<std::uint64_t>& bound, const std::optional<std::uint64_t>& resident) {
  const auto bytes = [](std::uint64_t count) { return pump::format_bytes(static_cast<double>(count)); };
  std::string text = bound ? concat("memory: ", bytes(*bound), " at most") : "";
  if (resident) text += concat(bound ? ", " : "memory: ", bytes(*resident), " resident");
  return {std::move(text)};
}

piece state_of(const process_view& process) {
  if (!process.problem.empty()) return {process.problem, tone::bad};
  if (process.writer.state == writer_state::alive) return {"alive", tone::good};
  const tone how = process.writer.state == writer_state::gone ? tone::bad : tone::warn;
  return {counters::state_text(process.writer), how};
}

std::vector<piece> head_of(const process_view& process, const view_state& state) {
  const counters_process& writer = process.writer;
  std::vector<piece> pieces;
  pieces.push_back({pump::printable(writer.name), tone::bold});
  pieces.push_back({concat("pid ", std::to_string(writer.pid))});
  if (state.paused) pieces.push_back({"PAUSED", tone::warn});
  pieces.push_back(state_of(process));
  pieces.push_back({concat("up ", counters::span_text(static_cast<std::uint64_t>(writer.uptime.count())))});
  if (piece memory = memory_of(process.max_bytes, process.resident_bytes); !memory.text.empty()) {
    pieces.push_back(std::move(memory));
  }
  pieces.push_back({concat(std::to_string(process.rows.size()), " watched"), tone::dim});
  if (process.left_out > 0) pieces.push_back({concat(std::to_string(process.left_out), " left out"), tone::warn});
  return pieces;
}

std::vector<piece> head_of_all(const model& seen, const view_state& state) {
  std::optional<std::uint64_t> bound;
  std::optional<std::uint64_t> resident;
  std::size_t rows = 0;
  for (const process_view& process : seen.processes) {
    rows += process.rows.size();
    if (process.max_bytes) bound = bound.value_or(0) + *process.max_bytes;
    if (process.resident_bytes) resident = resident.value_or(0) + *process.resident_bytes;
  }
  std::vector<piece> pieces;
  pieces.push_back({plural(seen.processes.size(), "process", "es"), tone::bold});
  if (state.paused) pieces.push_back({"PAUSED", tone::warn});
  pieces.push_back({concat(std::to_string(rows), " watched")});
  if (piece memory = memory_of(bound, resident); !memory.text.empty()) pieces.push_back(std::move(memory));
  return pieces;
}

line keys_line(const view_state& state, std::size_t width, const look& how) {
  if (state.help) return joined({{"any key goes back", tone::dim}}, width, how);
  const std::string sort =
      concat("s sort: ", sort_names[static_cast<std::size_t>(state.sort)], state.reverse ? ", reversed" : "");
  std::vector<piece> pieces{{"q quit", tone::dim}, {sort, tone::dim}, {"h help", tone::dim}};
  for (const char* const key : {"d details", "p pause", "r reverse"}) pieces.push_back({key, tone::dim});
  pieces.push_back({how.unicode ? "↑↓ select" : "up/down select", tone::dim});
  return joined(std::move(pieces), width, how);
}

std::vector<line> help_lines(std::size_t width, const look& how) {
  constexpr std::string_view texts[] = {
      "q            quit",
      "s, S         next, last sort key",
      "r            reverse the order",
      "j, k, arrows select a row",
      "d, Enter     everything about that row",
      "p            pause",
      "",
      "FULL     depth over capacity, or bytes over their limit",
      "arrow    where the depth goes, if beyond chance",
      "SLOPE    how fast; 'steady' when it may be chance",
      "FULL IN  when it is full if that goes on",
      "OLDEST   age of what is at the front",
      "P99      time inside: 99 of 100 took no longer",
      "DROPS    dropped, sampled out, evicted, expired, lost",
      "REFUSED  given back to whoever offered it",
      "FILLED   how often it became full",
  };
  std::vector<line> lines;
  for (const std::string_view text : texts) lines.push_back(joined({{std::string(text)}}, width, how));
  return lines;
}

// --- the table

/// The columns that there is room for, and how wide they are.
struct layout {
  struct placed {
    const column* which;
    std::size_t width;
  };
  std::vector<placed> columns;
  std::size_t bar_width = 0;
};

std::size_t needed(const column& each, const std::vector<entry>& list, const look& how) {
  std::size_t width = std::max(each.width, columns_of(each.heading));
  for (const entry& of : list) {
    if (of.row != nullptr) width = std::max(width, columns_of(each.of(*of.row, how).text));
  }
  return width;
}

/// What each column wants; the name and the bar may get more.
std::vector<std::size_t> wanted_widths(const std::vector<entry>& list, std::size_t width, const look& how) {
  std::vector<std::size_t> wanted;
  for (const column& each : counters::columns()) wanted.push_back(needed(each, list, how));
  wanted[0] = std::clamp(width / name_share, counters::columns()[0].width, std::min(wanted[0], longest_name));
  wanted[1] = std::clamp(width / bar_share, shortest_bar, longest_bar) + percent_width;
  return wanted;
}

/// What is worth most first; then the room that is left over to the name and to the bar.
layout lay_out(const std::vector<entry>& list, std::size_t width, const look& how) {
  const std::span<const column> all = counters::columns();
  const std::vector<std::size_t> wanted = wanted_widths(list, width, how);
  std::vector<std::size_t> by_worth(all.size());
  std::iota(by_worth.begin(), by_worth.end(), std::size_t{0});
  std::ranges::sort(by_worth, std::ranges::greater{}, [&](std::size_t at) { return all[at].worth; });
  std::vector<std::size_t> widths(all.size(), 0);
  std::size_t left_over = width;
  for (const std::size_t at : by_worth) {
    const std::size_t taken = wanted[at] + (left_over == width ? 0 : 1);
    if (taken > left_over) continue;
    widths[at] = wanted[at];
    left_over -= taken;
  }
  const auto widen = [&](std::size_t at, std::size_t most) {
    if (widths[at] == 0 || widths[at] >= most) return;
    const std::size_t more = std::min(left_over, most - widths[at]);
    widths[at] += more;
    left_over -= more;
  };
  widen(0, std::min(longest_name, needed(all[0], list, how)));
  widen(1, longest_bar + percent_width);
  layout made;
  made.bar_width = widths[1] < percent_width ? 0 : widths[1] - percent_width;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (widths[at] > 0) made.columns.push_back({&all[at], widths[at]});
  }
  return made;
}

line headings(const layout& table, const look& how) {
  line made;
  for (const auto& [which, width] : table.columns) {
    if (!made.pieces.empty()) made.pieces.push_back({" "});
    const bool bar_column = which == &counters::columns()[1];
    made.pieces.push_back({fit(which->heading, width, which->left || bar_column, how), tone::dim});
  }
  return made;
}

line row_line(const watched& one, const layout& table, const look& how) {
  line made;
  for (const auto& [which, width] : table.columns) {
    if (!made.pieces.empty()) made.pieces.push_back({" "});
    const cell shown = one.readable || which == &counters::columns()[0] ? which->of(one, how) : cell{"-", tone::dim};
    if (which != &counters::columns()[1]) {
      made.pieces.push_back({fit(shown.text, width, which->left, how), shown.how});
      continue;
    }
    made.pieces.push_back({bar(one.saturation.value_or(0), table.bar_width, how), shown.how});
    made.pieces.push_back({fit(shown.text, percent_width, false, how), shown.how});
  }
  return made;
}

/// The list from state.first on, the selected row among it.
void add_list(const std::vector<entry>& list, view_state& state, const screen_size& size, std::size_t height,
              const layout& table, const look& how, std::vector<line>& lines) {
  const auto selected = selected_in(list, state);
  if (selected) {
    if (*selected < state.first) state.first = *selected == 1 && list[0].row == nullptr ? 0 : *selected;
    if (*selected >= state.first + height) state.first = *selected + 1 - height;
  }
  if (state.first + height > list.size()) state.first = list.size() > height ? list.size() - height : 0;
  for (std::size_t at = state.first; at < list.size() && at < state.first + height; ++at) {
    if (list[at].row == nullptr) {
      lines.push_back(joined(head_of(*list[at].process, {}), size.columns, how));
    } else {
      lines.push_back(row_line(*list[at].row, table, how));
      lines.back().selected = selected == at;
    }
  }
}

}  // namespace

void apply(command what, const model& seen, view_state& state, const screen_size& size) {
  constexpr std::ptrdiff_t far = 1'000'000;
  const auto page = static_cast<std::ptrdiff_t>(size.rows > around_list + 1 ? size.rows - around_list - 1 : 1);
  const auto turn_sort = [&](std::size_t by) {
    state.sort = static_cast<sort_key>((static_cast<std::size_t>(state.sort) + by) % sort_names.size());
  };
  if (std::exchange(state.help, false)) return;
  switch (what) {
    case command::next_sort: return turn_sort(1);
    case command::last_sort: return turn_sort(sort_names.size() - 1);
    case command::reverse: state.reverse = !state.reverse; return;
    case command::up: return move_by(seen, state, -1);
    case command::down: return move_by(seen, state, 1);
    case command::page_up: return move_by(seen, state, -page);
    case command::page_down: return move_by(seen, state, page);
    case command::first: return move_by(seen, state, -far);
    case command::last: return move_by(seen, state, far);
    case command::details: state.details = !state.details; return;
    case command::help: state.help = true; return;
    case command::pause: state.paused = !state.paused; return;
    case command::none:
    case command::quit: return;
  }
}

std::string bar(double saturation, std::size_t width, const look& how) {
  const double full = std::clamp(saturation, 0.0, 1.0);
  std::string text;
  if (!how.unicode) {
    if (width < 3) return std::string(width, full >= 0.5 ? '#' : ' ');
    const std::size_t inside = width - 2;
    const auto filled = static_cast<std::size_t>(std::lround(full * static_cast<double>(inside)));
    return concat("[", std::string(filled, '#'), std::string(inside - filled, ' '), "]");
  }
  const auto halves = static_cast<std::size_t>(std::lround(full * static_cast<double>(2 * width)));
  for (std::size_t at = 0; at < width; ++at) text += 2 * at + 2 <= halves ? "█" : 2 * at + 1 == halves ? "▌" : "░";
  return text;
}

std::vector<line> draw(const model& seen, view_state& state, const screen_size& size, const look& how) {
  std::vector<line> lines;
  const bool one = seen.processes.size() == 1;
  lines.push_back(joined(one ? head_of(seen.processes.front(), state) : head_of_all(seen, state), size.columns, how));
  std::size_t body = size.rows > around_list ? size.rows - around_list : 0;
  if (state.help) {
    for (line& each : help_lines(size.columns, how)) lines.push_back(std::move(each));
  } else {
    const std::vector<entry> list = list_of(seen, state);
    const layout table = lay_out(list, size.columns, how);
    lines.push_back(headings(table, how));
    std::vector<line> below;
    if (const auto selected = selected_in(list, state); selected && state.details) {
      below = detail_lines(*list[*selected].row, size.columns, how);
      const std::size_t least = std::min<std::size_t>(list.size(), 3);
      if (below.size() + least > body) below.resize(body > least ? body - least : 0);
    }
    add_list(list, state, size, body - below.size(), table, how, lines);
    if (list.empty()) lines.push_back(joined({{"Nothing is watched.", tone::dim}}, size.columns, how));
    if (!below.empty()) {
      while (lines.size() + below.size() + 1 < size.rows) lines.emplace_back();
      std::ranges::move(below, std::back_inserter(lines));
    }
  }
  if (size.rows < 2) {
    lines.resize(std::min(lines.size(), size.rows));
    return lines;
  }
  lines.resize(size.rows - 1);
  lines.push_back(keys_line(state, size.columns, how));
  return lines;
}

}  // namespace tidegate::top
