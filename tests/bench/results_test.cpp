// Lines of suites become results, and results survive their file.
#include "bench/results.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/collector.hpp"
#include "bench/layout.hpp"
#include "bench/measure.hpp"
#include "bench/page.hpp"
#include "bench/summary.hpp"
#include "pump/failure.hpp"
#include "tests/bench/made_up.hpp"

namespace tidegate::bench {
namespace {

constexpr const char* begin_line =
    R"({"event":"begin","suite":"spsc","started_at":"2026-12-01T10:00:00Z","machine":{"cpu":"made up"},)"
    R"("peers":{"libpeer-dev":"1.2"},"rounds":2,"rivals":{"ours":{"role":"ours"},)"
    R"("peer":{"role":"peer","package":"libpeer-dev","note":"as told"}}})";

std::string sample(unsigned round, double value, const char* mode, double p99) {
  return R"({"round":)" + std::to_string(round) + R"(,"value":)" + std::to_string(value) + R"(,"extras":{"p99 ns":)" +
         std::to_string(p99) + R"(},"preemptions":1,"mode":")" + mode + R"("})";
}

std::string cell_line(const std::string& samples) {
  return R"({"event":"cell","sample_s":0.1,"cell":{"id":"single/u64","regime":"single","title":"t","unit":"M/s",)"
         R"("higher_is_better":true,"method":"m","reference":"limit",)"
         R"("entries":[{"name":"ours","failure":"","samples":[)" +
         samples + "]}]}}";
}

TEST(Collector, TakesTheLastKeptSampleOfARound) {
  results found;
  collector into(found);
  EXPECT_EQ(into.take(begin_line).what, event::kind::begin);
  const event told = into.take(cell_line(sample(0, 1, "near", 10) + "," + sample(1, 7, "disturbed", 90) + "," +
                                         sample(1, 2, "near", 20) + "," + sample(2, 9, "far", 70) + "," +
                                         sample(3, 5, "disturbed", 1)));
  EXPECT_EQ(told.what, event::kind::cell);
  EXPECT_EQ(told.cell, "single/u64");
  ASSERT_EQ(found.suites.size(), 1U);
  const cell& made = found.suites[0].cells[0];
  const figures& taken = made.entries[0].taken;
  EXPECT_EQ(taken.modes, "nnf-");  // nothing was kept of the last round
  EXPECT_EQ((std::vector<double>{taken.values.begin(), taken.values.end() - 1}), (std::vector<double>{1, 2, 9}));
  EXPECT_TRUE(std::isnan(taken.values.back()));
  EXPECT_EQ(made.dropped, 2U);
  EXPECT_EQ(made.preempted, 5U);
  EXPECT_EQ(made.entries[0].extras, (named_values{{"p99 ns", 15}}));  // of the near ones
  EXPECT_EQ(found.suites[0].role_of("ours"), role::ours);
  EXPECT_EQ(found.peers, (facts{{"libpeer-dev", "1.2"}}));
}

TEST(Collector, AStartAgainIsTheSameSuiteAndTheGuiltyOneIsTold) {
  results found;
  collector into(found);
  into.take(begin_line);
  const event next = into.take(R"({"event":"next","cell":"single/u64","done":3,"all":9,"entrant":"peer"})");
  EXPECT_EQ(next.entrant, "peer");
  into.blame(next.cell, next.entrant, "no end");
  into.take(begin_line);
  into.take(cell_line(sample(0, 1, "near", 1)));
  ASSERT_EQ(found.suites.size(), 1U);
  EXPECT_EQ(found.suites[0].rivals.size(), 2U);
  EXPECT_EQ(failures_of(found), (std::vector<std::string>{"spsc single/u64: peer: no end"}));
}

TEST(Collector, WhatIsNoneOfOursIsSaidToBeOther) {
  results found;
  collector into(found);
  for (const char* line : {"", "tidegate bench: no end in sight", "{", "[1]", R"({"event":"cell"})"}) {
    EXPECT_EQ(into.take(line).what, event::kind::other) << line;
  }
}

TEST(Results, SurviveTheirFileWithFourDigits) {
  results before = made_results(made_cell({made_entry("ours", {1.23456, std::nan(""), 3}, "n-f"),
                                           made_entry("peer", {1, 2, 3}), made_entry("other", {4, 5, 6})}));
  before.suites[0].cells[0].entries[0].extras = {{"p99 ns", 12}};
  before.suites[0].cells[0].entries[0].failure = "why";
  const results after = parse_results(to_json(before), "made up");
  const entry& one = after.suites.at(0).cells.at(0).entries.at(0);
  EXPECT_DOUBLE_EQ(one.taken.values[0], 1.235);
  EXPECT_TRUE(std::isnan(one.taken.values[1]));
  EXPECT_EQ(one.taken.modes, "n-f");
  EXPECT_EQ(one.failure, "why");
  EXPECT_EQ(after.suites[0].cells[0].entries[1].taken.modes, "nnn");
  EXPECT_EQ(after.suites[0].cells[0].entries[2].taken.values, (std::vector<double>{4, 5, 6}));
  EXPECT_EQ(to_json(after), to_json(parse_results(to_json(after), "again")));
}

TEST(Results, WhatIsNoSuchFileIsRefused) {
  for (const char* text : {"", "{}", "[]", R"({"format": "tidegate-bench-run/1"})", R"({"format": 3})"}) {
    EXPECT_THROW(static_cast<void>(parse_results(text, "made up")), pump::failure) << text;
  }
  EXPECT_THROW(static_cast<void>(read_results("/nonexistent/file")), pump::failure);
}

TEST(Page, HoldsEveryQuestionAndItsVerdict) {
  results found =
      made_results(made_cell({made_entry("ours", {9, 9, 9, 9, 9}), made_entry("peer", {10, 11, 10, 12, 10})}));
  found.suites[0].cells[0].entries[1].failure = "";
  const report::page page = page_of(found);
  ASSERT_EQ(page.sections.size(), 3U);  // the whole, one regime, the entrants
  EXPECT_EQ(page.sections[1].heading, "One producer, one consumer: single");
  EXPECT_NE(page.summary[1].find("Behind: spsc single in 1 of 1 (at worst 0.90x)."), std::string::npos);
  EXPECT_EQ(page.badges[2].detail, "1 questions");
  EXPECT_NE(report::to_html(page, report::chart_kind::still).find("u64 one at a time"), std::string::npos);
}

TEST(Summary, TheTableOfReadmeHasWhatWasMeasuredOfIt) {
  results found = made_results(made_cell({made_entry("ours", {9, 9, 9, 9, 9}), made_entry("peer", {3, 3, 3, 3, 3})}));
  EXPECT_EQ(readme_table(found).find("3.00x"), std::string::npos);  // not one of its questions
  found.suites[0].cells[0].id = "single/u64/1024/pause1";
  EXPECT_NE(readme_table(found).find("| `ours` 9.00 M/s | `peer` 3.00 M/s | 3.00x [3.00..3.00] | ahead |"),
            std::string::npos);
}

TEST(Layout, DigitsAndColumns) {
  EXPECT_EQ(digits(1234.5), "1234");
  EXPECT_EQ(digits(12.345), "12.3");
  EXPECT_EQ(digits(1.2345), "1.23");
  EXPECT_EQ(digits(std::nan("")), "-");
  text_table table({"a", "b"}, 1);
  EXPECT_EQ(table.text(), "");
  table.add({"xx", "∞"});
  EXPECT_EQ(table.text(), "  a   b\n  xx  ∞\n");
  EXPECT_EQ(table.markdown(), "| a | b |\n| --- | ---: |\n| xx | ∞ |\n");
}

}  // namespace
}  // namespace tidegate::bench
