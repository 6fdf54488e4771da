// Lines at edges only, and not too many.
#include "tidegate/observe/pressure_log.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::metrics_test {
namespace {

using namespace std::chrono_literals;

struct PressureLog : testing::Test {
  std::vector<std::string> lines;
  pressure_log log = logging({});
  pressure now = calm();

  pressure_log logging(pressure_log_config config) {
    return {config, [this](std::string_view line) { lines.emplace_back(line); }};
  }
  static pressure calm() {
    pressure of;
    of.name = "orders";
    of.capacity = 100;
    of.at = std::chrono::steady_clock::time_point{} + 100s;
    return of;
  }
  void look(std::uint64_t depth) {
    now.depth = depth;
    look();
  }
  void look() {
    now.at += 100ms;
    log.look({&now, 1});
  }
  /// The events so far, and forgets them.
  std::vector<std::string> events() {
    std::vector<std::string> found;
    for (const std::string& line : lines) found.push_back(line.substr(6, line.find(' ') - 6));
    lines.clear();
    return found;
  }
};
using events_type = std::vector<std::string>;

TEST_F(PressureLog, tells_saturation_once_until_it_is_relieved) {
  look(89);
  EXPECT_EQ(events(), events_type{});
  for (const unsigned depth : {90U, 100U, 71U, 95U}) look(depth);
  EXPECT_EQ(events(), events_type{"saturated"});
  look(70);
  look(10);
  EXPECT_EQ(events(), events_type{"relieved"});
}

TEST_F(PressureLog, a_line_says_how_it_stands) {
  now.name = "to \"x\"\n";
  now.arrival_rate = 2500;
  now.drain_rate = 2000;
  now.oldest_age = 1500ms;
  look(95);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "event=saturated queue=\"to \\\"x\\\"\\x0a\" saturation=0.95 depth=95 capacity=100 arrivals=2500/s "
            "drain=2000/s age=1.5s");
}

TEST_F(PressureLog, tells_that_it_will_be_full) {
  now.slope = 10;
  now.slope_error = 4;  // may be chance
  now.time_to_full = 5s;
  look(50);
  EXPECT_EQ(events(), events_type{});
  now.slope_error = 1;
  look(51);
  now.time_to_full = 15s;  // not twice as long yet
  look(52);
  now.time_to_full = 5s;
  look(53);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].ends_with(" time_to_full=5s")) << lines[0];
  EXPECT_EQ(events(), events_type{"full_soon"});
  now.slope = -1;
  look(54);
  now.slope = 10;
  look(55);
  EXPECT_EQ(events(), events_type{"full_soon"});
  look(90);
  look(91);
  EXPECT_EQ(events(), events_type{"saturated"}) << "what is full is not told to be full soon";
  now.at += 10s;  // lines enough
  now.slope = -1;
  look(10);
  now.slope = 10;
  look(95);
  look(96);
  EXPECT_EQ(events(), (events_type{"relieved", "saturated"})) << "nor at once";
}

TEST_F(PressureLog, tells_the_first_loss_of_each_kind) {
  now.losses[static_cast<std::size_t>(loss_kind::closed)] = 2;  // before anybody looked
  look(1);
  EXPECT_EQ(events(), events_type{});
  now.losses[static_cast<std::size_t>(loss_kind::closed)] = 3;
  now.losses[static_cast<std::size_t>(loss_kind::evicted)] = 4;
  look(1);
  now.losses[static_cast<std::size_t>(loss_kind::evicted)] = 5;
  look(1);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].ends_with(" reason=evicted count=4")) << lines[0];
  now.losses[static_cast<std::size_t>(loss_kind::lost)] = 1;
  look(1);
  EXPECT_EQ(events(), (events_type{"first_loss", "first_loss"}));
}

TEST_F(PressureLog, tells_readiness) {
  log.look(readiness_state::ready, now.at);
  EXPECT_EQ(events(), events_type{});
  log.look(readiness_state::not_ready, now.at);
  log.look(readiness_state::not_ready, now.at + 1s);
  log.look(readiness_state::ready, now.at + 2s);
  EXPECT_EQ(lines, (std::vector<std::string>{"event=readiness state=not_ready before=ready",
                                             "event=readiness state=ready before=not_ready"}));
}

TEST_F(PressureLog, tells_so_much_about_one_thing_and_how_much_it_left_out) {
  pressure other = calm();
  other.name = "other";
  for (int i = 0; i < 4; ++i) {
    look(95);
    look(10);
  }
  EXPECT_EQ(lines.size(), 5U) << "5 lines in 10 s";
  EXPECT_EQ(log.suppressed(), 3U);
  EXPECT_EQ(lines.back().find("suppressed="), std::string::npos);
  lines.clear();
  other.depth = 100;
  const pressure both[] = {now, other};
  log.look(both);
  EXPECT_EQ(lines.size(), 1U) << "another thing has lines of its own";
  lines.clear();
  now.at += 10s;
  look(95);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].ends_with(" suppressed=3")) << lines[0];
  look(10);
  EXPECT_EQ(lines.back().find("suppressed="), std::string::npos) << "told once";
}

TEST_F(PressureLog, forgets_what_is_not_watched_any_more) {
  look(95);
  log.look(std::span<const pressure>{});
  look(95);
  EXPECT_EQ(events(), (events_type{"saturated", "saturated"}));
}

TEST_F(PressureLog, refuses_bounds_that_contradict_each_other) {
  EXPECT_THROW(logging({.high = 0.5, .low = 0.6}), std::invalid_argument);
  EXPECT_THROW(logging({.high = std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
  EXPECT_THROW(logging({.most_lines = 0}), std::invalid_argument);
  EXPECT_THROW(logging({.interval = -1s}), std::invalid_argument);
  EXPECT_THROW(pressure_log({}, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace tidegate::metrics_test
