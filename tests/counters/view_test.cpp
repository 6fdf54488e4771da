// What `tidegate top` draws, without a terminal: which columns, how wide, in which order, which row is selected.
#include "top/view.hpp"

#include <algorithm>
#include <clocale>

#include "counters/columns.hpp"
#include "counters/watched.hpp"
#include "gtest/gtest.h"

namespace tidegate::top {
namespace {

using counters::look;
using counters::watched;

constexpr look unicode{.unicode = true, .colour = true};
constexpr look ascii{};

watched row(const std::string& name, double saturation, std::uint64_t dropped = 0) {
  watched one;
  one.name = name;
  one.kind = "queue";
  one.policy = "block";
  one.capacity = 1000;
  one.depth = static_cast<std::uint64_t>(saturation * 1000);
  one.saturation = saturation;
  one.arrival_rate = 1000 * saturation;
  one.slope = 10 * saturation;
  one.slope_error = 1;
  one.p99_ns = 8'220'000;
  one.dropped = dropped;
  one.refused = 0;
  one.losses = {{"evicted", 12}};
  return one;
}

process_view process(const std::string& path, std::vector<watched> rows) {
  process_view one{.path = path};
  one.writer.name = "feed";
  one.writer.pid = 77;
  one.writer.state = writer_state::alive;
  one.writer.uptime = std::chrono::seconds(125);
  one.rows = std::move(rows);
  one.max_bytes = std::uint64_t{2} << 20;
  return one;
}

model three_rows() { return {{process("a", {row("beta", 0.5, 3), row("alpha", 0.99, 0), row("gamma", 0.1, 9)})}}; }

std::string text_of(const line& from) {
  std::string text;
  for (const piece& each : from.pieces) text += each.text;
  return text;
}

std::vector<std::string> texts(const model& seen, view_state& state, const screen_size& size, const look& how = ascii) {
  std::vector<std::string> lines;
  for (const line& each : draw(seen, state, size, how)) lines.push_back(text_of(each));
  return lines;
}

/// The first words of the rows, in their order.
std::string order(const model& seen, view_state state) {
  std::string names;
  const auto lines = texts(seen, state, {80, 3 + 3});
  for (std::size_t at = 2; at < 5; ++at) names += lines[at].substr(0, lines[at].find(' ')) + " ";
  return names;
}

std::string selected(const model& seen, view_state& state, const screen_size& size) {
  for (const line& each : draw(seen, state, size, ascii)) {
    if (each.selected) return text_of(each).substr(0, text_of(each).find(' '));
  }
  return "none";
}

TEST(top_view, no_line_is_wider_and_no_screen_is_higher_than_the_terminal) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  model many{{process("a", {row("βήτα-with-a-long-name-that-nobody-reads", 0.5), row("b", 1.7)}), process("b", {}),
              process("c", std::vector<watched>(30, row("c", 0.9)))}};
  many.processes[1].problem = "ended";
  many.processes[2].rows[3] = {};
  many.processes[2].rows[3].readable = false;
  const model none{{process("a", {})}};
  for (const model& seen : {many, none, three_rows()}) {
    for (std::size_t columns = 1; columns < 180; columns += columns < 44 ? 1 : 13) {
      for (const std::size_t rows : {1u, 2u, 3u, 5u, 10u, 24u}) {
        for (const unsigned choice : {0u, 1u, 2u}) {
          for (const look& how : {unicode, ascii}) {
            view_state state;
            state.details = choice == 1;
            state.help = choice == 2;
            const auto lines = texts(seen, state, {columns, rows}, how);
            ASSERT_LE(lines.size(), rows) << columns;
            for (const std::string& each : lines) ASSERT_LE(counters::columns_of(each), columns) << each;
          }
        }
      }
    }
  }
  std::setlocale(LC_CTYPE, "C");
}

TEST(top_view, what_is_worth_most_stays_when_there_is_little_room) {
  view_state state;
  const auto headings = [&](std::size_t width) { return texts(three_rows(), state, {width, 10})[1]; };
  for (const char* const heading : {"NAME", "FULL", "P99", "DROPS"}) {
    EXPECT_NE(headings(40).find(heading), std::string::npos) << heading;
  }
  EXPECT_EQ(headings(40).find("POLICY"), std::string::npos);
  for (const counters::column& each : counters::columns()) {
    EXPECT_NE(headings(160).find(each.heading), std::string::npos) << each.heading;
  }
  EXPECT_NE(headings(80).find("REFUSED"), std::string::npos);
}

TEST(top_view, the_right_numbers_are_in_the_row) {
  view_state state;
  const std::string beta = texts(three_rows(), state, {160, 10})[2];
  for (const char* const part : {"beta ", "50%", "500/1000", "+5/s", "8.22 ms", " 3 ", "queue", "block"}) {
    EXPECT_NE(beta.find(part), std::string::npos) << part << " is not in " << beta;
  }
  EXPECT_NE(texts(three_rows(), state, {160, 10})[0].find("memory: 2.00 MiB at most"), std::string::npos);
}

TEST(top_view, a_slope_within_chance_is_no_slope) {
  watched one = row("a", 0.5);
  one.slope = 3;
  one.slope_error = 1.4;
  EXPECT_TRUE(one.has_trend());
  one.slope_error = 1.6;
  EXPECT_FALSE(one.has_trend());
  view_state state;
  EXPECT_NE(texts({{process("a", {one})}}, state, {120, 10})[2].find("steady"), std::string::npos);
  one.slope = -4;
  EXPECT_NE(texts({{process("a", {one})}}, state, {120, 10})[2].find("-4/s"), std::string::npos);
  one.time_to_full_ns = 0;
  EXPECT_NE(texts({{process("a", {one})}}, state, {120, 10})[2].find(" now "), std::string::npos);
}

TEST(top_view, tones_follow_saturation) {
  EXPECT_EQ(counters::saturation_tone(0.69), counters::tone::good);
  EXPECT_EQ(counters::saturation_tone(0.70), counters::tone::warn);
  EXPECT_EQ(counters::saturation_tone(0.95), counters::tone::bad);
}

TEST(top_view, bars) {
  EXPECT_EQ(bar(0, 6, ascii), "[    ]");
  EXPECT_EQ(bar(0.5, 6, ascii), "[##  ]");
  EXPECT_EQ(bar(7.0, 6, ascii), "[####]");
  EXPECT_EQ(bar(-1, 2, ascii), "  ");
  EXPECT_EQ(bar(0.5, 4, unicode), "██░░");
  EXPECT_EQ(bar(0.63, 4, unicode), "██▌░");
  EXPECT_EQ(bar(1, 4, unicode), "████");
}

TEST(top_view, sorting) {
  const model seen = three_rows();
  view_state state;
  EXPECT_EQ(order(seen, state), "beta alpha gamma ");
  state.sort = sort_key::name;
  EXPECT_EQ(order(seen, state), "alpha beta gamma ");
  state.sort = sort_key::saturation;
  EXPECT_EQ(order(seen, state), "alpha beta gamma ");
  state.sort = sort_key::drops;
  EXPECT_EQ(order(seen, state), "gamma beta alpha ");
  apply(command::reverse, seen, state, {});
  EXPECT_EQ(order(seen, state), "alpha beta gamma ");
  apply(command::next_sort, seen, state, {});
  EXPECT_EQ(state.sort, sort_key::added) << "once round";
  apply(command::last_sort, seen, state, {});
  EXPECT_EQ(state.sort, sort_key::drops);
}

TEST(top_view, the_selected_row_stays_selected_when_rows_move) {
  const model seen = three_rows();
  view_state state;
  const screen_size size{80, 10};
  EXPECT_EQ(selected(seen, state, size), "beta") << "the first one";
  apply(command::down, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "alpha");
  state.sort = sort_key::drops;
  EXPECT_EQ(selected(seen, state, size), "alpha");
  apply(command::down, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "alpha") << "it is the last one now";
  apply(command::first, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "gamma");
  apply(command::page_down, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "alpha");
  apply(command::details, seen, state, {80, 30});
  const auto lines = texts(seen, state, {80, 30});
  EXPECT_EQ(std::ranges::count_if(lines, [](const std::string& each) { return each.starts_with("-- alpha ---"); }), 1);
}

TEST(top_view, a_list_that_is_too_long_scrolls_with_the_selection) {
  std::vector<watched> rows;
  for (int number = 0; number < 50; ++number) rows.push_back(row("q" + std::to_string(number), 0.5));
  const model seen{{process("a", rows)}};
  view_state state;
  const screen_size size{60, 10};
  for (int step = 0; step < 20; ++step) apply(command::down, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "q20");
  apply(command::last, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "q49");
  EXPECT_EQ(texts(seen, state, size)[2].substr(0, 3), "q43") << "the last line is filled";
  apply(command::first, seen, state, size);
  EXPECT_EQ(selected(seen, state, size), "q0");
}

TEST(top_view, several_processes_have_a_line_each) {
  model seen{{process("a", {row("one", 0.1)}), process("b", {row("two", 0.2)})}};
  seen.processes[1].writer.state = writer_state::stalled;
  seen.processes[1].writer.sample_age = std::chrono::milliseconds(7200);
  view_state state;
  const auto lines = texts(seen, state, {100, 12});
  EXPECT_EQ(lines[0].find("2 processes"), 0u);
  EXPECT_NE(lines[0].find("4.00 MiB at most"), std::string::npos) << "of both";
  EXPECT_EQ(lines[2].find("feed  pid 77  alive"), 0u);
  EXPECT_NE(lines[4].find("stalled: no sample for 7.20 s"), std::string::npos);
  apply(command::down, seen, state, {100, 12});
  EXPECT_EQ(selected(seen, state, {100, 12}), "two");
}

TEST(top_view, text_is_cut_with_a_mark_and_filled_up) {
  EXPECT_EQ(counters::fit("abc", 5, true, ascii), "abc  ");
  EXPECT_EQ(counters::fit("abc", 5, false, ascii), "  abc");
  EXPECT_EQ(counters::fit("abcdef", 4, true, ascii), "abc~");
  EXPECT_EQ(counters::fit("abcdef", 4, true, unicode), "abc…");
  EXPECT_EQ(counters::fit("abc", 0, true, ascii), "");
  EXPECT_EQ(counters::fit("a\xff z", 4, true, ascii), "a? z");
}

TEST(top_view, numbers_and_spans) {
  EXPECT_EQ(counters::number_text(0), "0");
  EXPECT_EQ(counters::number_text(0.05), "0.05");
  EXPECT_EQ(counters::number_text(12.5), "12.5");
  EXPECT_EQ(counters::number_text(-900), "-900");
  EXPECT_EQ(counters::number_text(21'834.2), "21.8k");
  EXPECT_EQ(counters::span_text(18'400'000'000), "18.4 s");
  EXPECT_EQ(counters::span_text(125'000'000'000), "2m05s");
  EXPECT_EQ(counters::span_text(3'725'000'000'000), "1h02m");
  EXPECT_EQ(counters::span_text(273'600'000'000'000), "3d04h");
}

}  // namespace
}  // namespace tidegate::top
