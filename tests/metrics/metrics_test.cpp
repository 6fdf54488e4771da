// What is exported of each kind of thing, and how it is written down.
#include "tidegate/observe/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/metrics/things.hpp"

namespace tidegate::metrics_test {
namespace {

using namespace std::chrono_literals;

metric_source everything(std::span<const pressure> watched) {
  return {.watched = watched,
          .readiness = readiness_state::degraded,
          .readiness_transitions = 3,
          .inventory_bytes = 327680,
          .sample_age = 50ms};
}

std::string text_of(const std::vector<pressure>& watched) {
  return to_prometheus(collect_metrics({.watched = watched}));
}

void expect_line(const std::string& text, const std::string& line) {
  EXPECT_NE(("\n" + text).find("\n" + line + "\n"), std::string::npos) << line << "\nin\n" << text;
}

std::string golden() {
  std::ifstream file(TIDEGATE_GOLDEN);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(metric_table, names_and_units_follow_the_rules) {
  std::set<std::string_view> names;
  for (const metric_family& each : metric_table) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name << " is there twice";
    EXPECT_EQ(each.name.ends_with("_total"), each.type == metric_type::counter) << each.name;
    EXPECT_EQ(each.unit == "seconds", each.name.find("_seconds") != std::string_view::npos) << each.name;
    EXPECT_TRUE(each.unit == "bytes" || each.name.find("_bytes") == std::string_view::npos) << each.name;
    EXPECT_EQ(each.unit == "0..1", each.name.ends_with("_ratio")) << each.name;
    EXPECT_TRUE(each.help.ends_with(".")) << each.name;
    EXPECT_EQ(std::ranges::count(each.labels, "quantile"), 0) << each.name << ": reserved";
  }
}

TEST(metrics, every_family_has_a_sample_and_those_in_the_order_of_the_table) {
  const std::vector<pressure> watched = all_kinds();
  const std::vector<metric_values> all = collect_metrics(everything(watched));
  ASSERT_EQ(all.size(), std::size(metric_table));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].family, &metric_table[i]);
    EXPECT_FALSE(all[i].samples.empty()) << metric_table[i].name;
    for (const metric_sample& each : all[i].samples) {
      const auto quantile = std::ranges::count(each.labels, "quantile", [](const auto& label) { return label.first; });
      const auto named = std::ranges::count_if(metric_table[i].labels, [](const auto& name) { return !name.empty(); });
      EXPECT_EQ(static_cast<std::ptrdiff_t>(each.labels.size()), named + quantile) << metric_table[i].name;
    }
  }
}

TEST(metrics, text_of_all_kinds) {
  const std::vector<pressure> watched = all_kinds();
  const std::string text = to_prometheus(collect_metrics(everything(watched)));
  EXPECT_EQ(text, golden()) << text;
  EXPECT_EQ(text, to_prometheus(collect_metrics(everything(watched)))) << "not the same twice";
}

TEST(metrics, what_is_not_there_is_left_out) {
  EXPECT_EQ(text_of({}), "");
  pressure young = thing(watched_kind::byte_queue, "young");
  young.capacity = 0;
  young.weight_limit = 0;
  young.sojourn = {};
  const std::string text = text_of({young});
  for (const char* const name : {"queue_capacity_items", "queue_weight", "queue_weight_limit", "queue_sojourn_seconds",
                                 "limiter_limit", "sink_info", "readiness_state", "inventory_bytes"}) {
    EXPECT_EQ(text.find(std::string("# TYPE tidegate_") + name + " "), std::string::npos) << name;
  }
  expect_line(text, "tidegate_queue_depth_items{queue=\"young\"} 250");
}

TEST(metrics, those_turned_away_are_not_counted_twice) {
  pressure of = thing(watched_kind::queue, "q");
  of.losses[static_cast<std::size_t>(loss_kind::rejected)] = 10;
  of.losses[static_cast<std::size_t>(loss_kind::turned_away)] = 4;
  expect_line(text_of({of}), "tidegate_queue_rejected_total{queue=\"q\",reason=\"full\"} 6");
  of.losses[static_cast<std::size_t>(loss_kind::turned_away)] = 11;  // counters are read one after another
  expect_line(text_of({of}), "tidegate_queue_rejected_total{queue=\"q\",reason=\"full\"} 0");
}

TEST(metrics, what_never_ends_is_infinite) {
  pressure of = thing(watched_kind::queue, "q");
  of.time_to_full = of.drain_time = pressure::never;
  of.slope = std::numeric_limits<double>::quiet_NaN();
  of.slope_error = -std::numeric_limits<double>::infinity();
  const std::string text = text_of({of});
  expect_line(text, "tidegate_queue_time_to_full_seconds{queue=\"q\"} +Inf");
  expect_line(text, "tidegate_queue_drain_time_seconds{queue=\"q\"} +Inf");
  expect_line(text, "tidegate_queue_lag_slope{queue=\"q\"} NaN");
  expect_line(text, "tidegate_queue_lag_slope_stderr{queue=\"q\"} -Inf");
}

TEST(metrics, things_that_share_a_name_are_told_apart) {
  const std::vector<pressure> watched{thing(watched_kind::queue, "a"), thing(watched_kind::sink, "a"),
                                      thing(watched_kind::byte_queue, "a"), thing(watched_kind::queue, "a")};
  const std::string text = text_of(watched);
  for (const char* const line :
       {"tidegate_queue_depth_items{queue=\"a\"} 250", "tidegate_queue_depth_items{queue=\"a#2\"} 250",
        "tidegate_queue_depth_items{queue=\"a#3\"} 250", "tidegate_sink_buffered_bytes{sink=\"a\"} 11"}) {
    expect_line(text, line);
  }
}

TEST(metrics, a_name_that_another_was_given_is_told_apart_as_well) {
  const std::vector<pressure> watched{thing(watched_kind::queue, "a"), thing(watched_kind::queue, "a#2"),
                                      thing(watched_kind::queue, "a"), thing(watched_kind::queue, "")};
  const std::string text = text_of(watched);
  for (const char* const line :
       {"tidegate_queue_depth_items{queue=\"a\"} 250", "tidegate_queue_depth_items{queue=\"a#2\"} 250",
        "tidegate_queue_depth_items{queue=\"a#3\"} 250", "tidegate_queue_depth_items{queue=\"queue\"} 250"}) {
    expect_line(text, line);
  }
  const std::string second = "tidegate_queue_depth_items{queue=\"a#2\"}";
  EXPECT_EQ(text.find(second), text.rfind(second));
}

TEST(metrics, any_name_is_a_label) {
  const auto label = [](std::string name) {
    const std::string text = text_of({thing(watched_kind::queue, std::move(name))});
    const std::string before = "tidegate_queue_depth_items{queue=\"";
    const std::size_t at = text.find(before) + before.size();
    return text.substr(at, text.find("\"} 250", at) - at);
  };
  EXPECT_EQ(label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
  EXPECT_EQ(label("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x8C\x8A"),
            "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x8C\x8A");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(label("\xFF"
                  "a"),
            bad + "a");
  EXPECT_EQ(label("a\xC3"), "a" + bad);                                              // cut short
  EXPECT_EQ(label("\xC0\x80"), bad + bad);                                           // not the shortest form
  EXPECT_EQ(label("\xE0\x9F\xBF"), bad + bad + bad);                                 // likewise
  EXPECT_EQ(label("\xED\xA0\x80"), bad + bad + bad);                                 // a surrogate
  EXPECT_EQ(label("\xF4\x90\x80\x80"), bad + bad + bad + bad);                       // above U+10FFFF
  EXPECT_EQ(label("\xED\x9F\xBF\xF4\x8F\xBF\xBF"), "\xED\x9F\xBF\xF4\x8F\xBF\xBF");  // the last ones before
}

TEST(metrics, help_is_escaped) {
  const metric_family odd{"odd", metric_type::gauge, "1", {}, "back\\slash\nand \"newline\""};
  const metric_values values{&odd, {{"", {}, 0.1}}};
  EXPECT_EQ(to_prometheus({&values, 1}, ""), "# HELP odd back\\\\slash\\nand \"newline\"\n# TYPE odd gauge\nodd 0.1\n");
}

TEST(metrics, prefix) {
  const std::vector<pressure> watched{thing(watched_kind::queue, "q")};
  const std::vector<metric_values> all = collect_metrics({.watched = watched});
  expect_line(to_prometheus(all, "app:"), "app:queue_depth_items{queue=\"q\"} 250");
  expect_line(to_prometheus(all, ""), "queue_depth_items{queue=\"q\"} 250");
  for (const char* const bad : {"1a", "a-", "a b", "\xC3\xA4", "a{"}) {
    EXPECT_THROW(static_cast<void>(to_prometheus(all, bad)), std::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace tidegate::metrics_test
