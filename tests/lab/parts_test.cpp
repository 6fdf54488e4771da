// The parts of the lab: theory against tables, formulas, scenario files.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "lab/calendar.hpp"
#include "lab/expression.hpp"
#include "lab/judge.hpp"
#include "lab/ledger.hpp"
#include "lab/random.hpp"
#include "lab/results.hpp"
#include "lab/scenario_file.hpp"
#include "lab/theory.hpp"
#include "pump/failure.hpp"

namespace tidegate::lab {
namespace {

TEST(erlang_b, agrees_with_tables) {
  EXPECT_NEAR(theory::erlang_b(4, 20) * 20, 20 - 3.7816, 1e-3) << "carries 3.78 servers";
  EXPECT_NEAR(theory::erlang_b(10, 5), 0.018385, 1e-6);
  EXPECT_EQ(theory::erlang_b(0, 5), 1);
}

TEST(mmck, agrees_with_the_design) {
  const auto expect = [](double lambda, double mu, std::size_t c, std::size_t k, double blocked, double inside,
                         double ms) {
    const theory::mmck found = theory::mmck_of(lambda, mu, c, k);
    EXPECT_NEAR(found.blocked, blocked, 1e-5);
    EXPECT_NEAR(found.inside, inside, 0.005);
    EXPECT_NEAR(found.sojourn_s * 1e3, ms, 0.0005);
  };
  expect(900, 1000, 1, 16, 0.02224, 5.60, 6.361);
  expect(900, 1000, 1, 64, 0.00012, 8.93, 9.924);
  expect(1900, 500, 4, 68, 0.00173, 18.53, 9.769);
  expect(2000, 500, 4, 68, 0.01488, 34.88, 17.706);
}

TEST(mmck, of_many_places_far_above_saturation_is_a_number) {
  const theory::mmck found = theory::mmck_of(2000, 1000, 1, 3000);  // weights up to 2^3000
  EXPECT_NEAR(found.blocked, 0.5, 1e-12);
  EXPECT_NEAR(found.inside, 2999, 1e-9) << "K - 1 / (rho - 1)";
}

TEST(least_squares, finds_a_line_and_its_error) {
  theory::least_squares exact;
  for (int x = 0; x < 10; ++x) exact.add(x, 3.0 * x - 7);
  EXPECT_NEAR(exact.fitted().slope, 3, 1e-12);
  EXPECT_NEAR(exact.fitted().error, 0, 1e-12);
  theory::least_squares scattered;  // by hand: 1/6 of squares is left about the line
  for (const auto& [x, y] : {std::pair{0.0, 0.0}, {1.0, 1.0}, {2.0, 1.0}}) scattered.add(x, y);
  EXPECT_NEAR(scattered.fitted().slope, 0.5, 1e-12);
  EXPECT_NEAR(scattered.fitted().error, std::sqrt((1.0 / 6) / 2), 1e-12);
}

TEST(model_random, is_the_sequence_of_the_model) {
  model_random random(1);  // random.seed(1); random.random() of CPython
  EXPECT_DOUBLE_EQ(random.unit(), 0.13436424411240122);
  EXPECT_DOUBLE_EQ(random.unit(), 0.8474337369372327);
}

double value_of(std::string_view formula) {
  return evaluate(formula, [](std::string_view name) {
    return name == "mu" ? std::optional(2000.0) : name == "measured.p50_ms" ? std::optional(7.0) : std::nullopt;
  });
}

TEST(formula, is_worked_out_by_the_usual_rules) {
  EXPECT_EQ(value_of("1 + 2 * 3 - 4 / 2"), 5);
  EXPECT_EQ(value_of("-(1 + 2) * 1e3"), -3000);
  EXPECT_EQ(value_of("100 / mu + measured.p50_ms"), 7.05);
  EXPECT_EQ(value_of("min(3, max(1, 2))"), 2);
  EXPECT_NEAR(value_of("10000 * (1 - erlang_b(4, 20))"), 1890.7, 0.1);
}

TEST(formula, says_what_is_wrong_with_it) {
  const auto complaint = [](std::string_view formula) -> std::string {
    try {
      static_cast<void>(value_of(formula));
    } catch (const formula_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(complaint("1 +"), "'1 +': it ends too early");
  EXPECT_EQ(complaint("nu * 2"), "'nu * 2': nothing is called 'nu' here");
  EXPECT_EQ(complaint("(1 + 2"), "'(1 + 2': ')' is missing before ''");
  EXPECT_EQ(complaint("1 2"), "'1 2': '2' is left over");
  EXPECT_EQ(complaint("erlang_b(1)"), "'erlang_b(1)': erlang_b() takes 2 arguments");
  EXPECT_NE(complaint("sqrt(4)").find("there is no function 'sqrt'; accepted: min"), std::string::npos);
  EXPECT_NE(complaint("erlang_b(1e12, 1)"), "") << "takes no hours";
  EXPECT_NE(complaint(std::string(1'000'000, '(')), "") << "and no stack";
  EXPECT_NE(complaint(std::string(1'000'000, '-')), "");
}

TEST(calendar, knows_stalls_that_come_again) {
  row of;
  of.stalls = {{.from_s = 1, .span_s = 0.2, .every_s = 2}};
  of.slowdowns = {{.from_s = 5, .to_s = 7, .factor = 4}};
  const calendar days(of);
  EXPECT_EQ(days.stalled_until(from_seconds(0.5)), nanoseconds{0});
  EXPECT_EQ(days.stalled_until(from_seconds(3.1)), from_seconds(3.2));
  EXPECT_EQ(days.stalled_until(from_seconds(3.2)), nanoseconds{0});
  EXPECT_EQ(days.next_stall(from_seconds(0.5)), from_seconds(1));
  EXPECT_EQ(days.next_stall(from_seconds(3.1)), from_seconds(5));
  EXPECT_EQ(days.slowness(from_seconds(6)), 4);
  EXPECT_EQ(days.slowness(from_seconds(7)), 1);
}

/// A scenario with one field changed.
std::string complaint(const std::string& text) {
  try {
    static_cast<void>(parse_scenario(text, "mine.json"));
  } catch (const pump::failure& error) {
    EXPECT_EQ(error.code(), pump::exit_code::unusable);
    return error.what();
  }
  return "";
}

std::string with_row(const std::string& fields, const std::string& policy = R"({"kind": "reject", "capacity": 10})") {
  return R"({"id": "X", "title": "t", "rows": [{"name": "r", "policy": )" + policy + fields +
         R"(, "flows": [{"name": "f", "phases": [{"span_s": 1, "per_second": 10}]}]}]})";
}

TEST(scenario_file, is_read_with_defaults) {
  const scenario read = parse_scenario(with_row(""), "mine.json");
  ASSERT_EQ(read.rows.size(), 1U);
  EXPECT_EQ(read.rows[0].workers, 4U);
  EXPECT_EQ(read.rows[0].window_to_s, 1) << "the load's end";
  EXPECT_EQ(read.rows[0].policy.capacity, 10U);
}

TEST(scenario_file, names_file_key_and_what_is_accepted) {
  EXPECT_EQ(complaint("{"), "mine.json:1: not JSON; accepted: see `tidegate lab show A`");
  EXPECT_EQ(complaint("[]"), "mine.json: not an object; accepted: { ... }");
  EXPECT_EQ(complaint(R"({"id": "X", "title": "t"})"),
            "mine.json.rows is missing; accepted: one or more rows, or not_yet with a reason");
  EXPECT_EQ(complaint(with_row(R"(, "workers": 0)")),
            "mine.json.rows[0].workers: 0 is not accepted; accepted: a whole number from 1 to 128");
  EXPECT_EQ(complaint(with_row(R"(, "workers": "four")")),
            "mine.json.rows[0].workers: \"four\" is not accepted; accepted: a whole number from 1 to 128");
  EXPECT_EQ(complaint(with_row(R"(, "service_s": -1)")),
            "mine.json.rows[0].service_s: -1 is not accepted; accepted: a number from 1e-06 to 60.0");
  EXPECT_EQ(complaint(with_row(R"(, "spacing": "even")")),
            "mine.json.rows[0].spacing: \"even\" is not accepted; accepted: poisson, fixed");
  EXPECT_EQ(complaint(with_row("", R"({"kind": "reject"})")),
            "mine.json.rows[0].policy.capacity is missing; accepted: a whole number from 1 to 16777216");
  EXPECT_EQ(complaint(with_row("", R"({"kind": "reject", "capacity": 10, "permits": 3})")),
            "mine.json.rows[0].policy: there is no key 'permits'; accepted: kind, capacity");
  EXPECT_EQ(complaint(with_row(R"(, "clients": {"retries": 1})")),
            "mine.json.rows[0].ends_s is missing; accepted: a number: clients never end");
  EXPECT_NE(complaint(with_row(R"(, "worker": 4)")).find("there is no key 'worker'; accepted: name, flows"),
            std::string::npos);
  EXPECT_NE(
      complaint(with_row("", R"({"kind": "best"})")).find("\"best\" is not accepted; accepted: unbounded, reject"),
      std::string::npos);
}

TEST(scenario_file, refuses_what_would_be_measured_wrongly) {
  const auto starts = [](const std::string& text, const std::string& with) {
    return complaint(text).rfind(with, 0) == 0;
  };
  const std::string one = R"({"name": "a", "phases": [{"span_s": 1, "per_second": 10}]})";
  const auto with_flows = [](const std::string& flows, const std::string& more = "") {
    return R"({"id": "X", "title": "t", "rows": [{"name": "r", "policy": {"kind": "unbounded"}, "flows": [)" + flows +
           "]" + more + "}]}";
  };
  EXPECT_TRUE(starts(with_flows(one + "," + one), "mine.json.rows[0].flows: 'a' is taken"));
  EXPECT_TRUE(starts(with_flows(R"({"name": "others", "phases": [{"span_s": 1, "per_second": 10}]})"),
                     "mine.json.rows[0].flows: 'others' is taken"));
  const std::string asks = R"(, "clients": {"retries": 1}, "ends_s": 1)";
  EXPECT_EQ(complaint(with_flows(one, asks)), "");
  EXPECT_TRUE(starts(with_flows(one + R"(, {"name": "b", "phases": [{"span_s": 1, "per_second": 10}]})", asks),
                     "mine.json.rows[0].flows: clients are of one flow"));
  EXPECT_TRUE(starts(with_flows(R"({"name": "a", "phases": [{"span_s": 1, "per_second": 0}]})", asks),
                     "mine.json.rows[0].flows: clients that stop do not come again"));
  EXPECT_TRUE(starts(with_row(R"(, "ends_s": 0.5)"), "mine.json.rows[0].window_to_s: the run ends before"));
  const std::string row = R"({"name": "r", "policy": {"kind": "unbounded"}, "flows": [)" + one + "]}";
  EXPECT_TRUE(starts(R"({"id": "X", "title": "t", "rows": [)" + row + "," + row + "]}",
                     "mine.json.rows[1].name: 'r' is taken"));
}

TEST(scenario_file, of_any_depth_and_size_ends_in_a_line) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(complaint(with_row(R"(, "workers": )" + deep)), "mine.json: nested deeper than 32; accepted: less");
  EXPECT_EQ(complaint(with_row(R"(, "service_s": 1e999)")),
            "mine.json: a number is too large for any; accepted: at most 1.7e308");
}

TEST(scenario_file, of_the_program_are_all_read) {
  std::string ids;
  for (const scenario& each : own_scenarios()) ids += each.id;
  EXPECT_EQ(ids, "ABCDEFGHIJKLMNOPQ");
  EXPECT_THROW(static_cast<void>(find_scenario("Z")), pump::failure);
  EXPECT_THROW(static_cast<void>(find_scenario("./none.json")), pump::failure);
}

TEST(judgement, of_an_unknown_measure_or_name_names_the_row) {
  row_result of{
      .what = parse_scenario(with_row(R"(, "expected": [{"measure": "p50_ms", "formula": "nu"}])"), "f").rows[0],
      .ran = {},
      .simulated = {},
      .findings = {}};
  of.ran.measured = {{"p50_ms", 1}, {"imbalance", 0}, {"left_inside", 0}, {"worst_imbalance_running", 0}};
  try {
    judge(of);
    FAIL() << "nu is known";
  } catch (const formula_error& error) {
    EXPECT_STREQ(error.what(), "row 'r': 'nu': nothing is called 'nu' here");
  }
  of.what.expected[0] = {.measure = "p50", .formula = "1"};
  EXPECT_THROW(judge(of), formula_error);
}

TEST(judgement, passes_within_the_tolerance_only) {
  row_result of{.what = parse_scenario(with_row(""), "f").rows[0], .ran = {}, .simulated = {}, .findings = {}};
  of.ran.measured = {{"p50_ms", 105}, {"imbalance", 0}, {"left_inside", 0}, {"worst_imbalance_running", 0}};
  const auto holds = [&of](relation which, const char* formula) {
    of.what.expected = {{.measure = "p50_ms", .holds = which, .formula = formula}};
    judge(of);
    return of.holds();
  };
  EXPECT_TRUE(holds(relation::about, "100"));
  EXPECT_FALSE(holds(relation::about, "99"));
  EXPECT_TRUE(holds(relation::at_most, "105"));
  EXPECT_FALSE(holds(relation::at_most, "104.9"));
  EXPECT_FALSE(holds(relation::at_least, "106"));
}

TEST(judgement, of_what_is_no_number_fails) {
  row_result of{.what = parse_scenario(with_row(""), "f").rows[0], .ran = {}, .simulated = {}, .findings = {}};
  of.ran.measured = {{"p50_ms", std::nan("")}, {"imbalance", 0}, {"left_inside", 0}, {"worst_imbalance_running", 0}};
  for (const char* const formula : {"0 / 0", "1 / 0", "measured.p50_ms"}) {
    for (const relation which : {relation::about, relation::at_most}) {
      of.what.expected = {{.measure = "p50_ms", .holds = which, .formula = formula}};
      judge(of);
      EXPECT_FALSE(of.holds()) << formula;
    }
  }
  of.ran.measured["p50_ms"] = 5;
  of.what.expected = {{.measure = "p50_ms", .holds = relation::about, .formula = "1 / 0"}};
  judge(of);
  EXPECT_FALSE(of.holds()) << "a twentieth of infinity is no tolerance";
}

TEST(judgement, of_a_formula_is_possible_before_the_run) {
  row of = parse_scenario(with_row(""), "f").rows[0];
  of.expected = {{.measure = "p50_ms", .formula = "1e3 * capacity / mu + measured.anything"}};
  check_formulas(of);
  of.expected[0].formula = "nu + 1";
  EXPECT_THROW(check_formulas(of), formula_error);
}

TEST(ledger, finds_an_offer_without_an_answer) {
  const std::unique_ptr<policy> empty = make_policy(parse_scenario(with_row(""), "f").rows[0]);
  ledger of;
  of.offered();
  of.offered();
  of.answered(push_status::full);
  EXPECT_EQ(imbalance_of(of.account(*empty)), 1U);
}

TEST(text, is_steered_by_no_name) {
  scenario_result of{.what = {.id = "X", .title = "\x1b[2J"}, .rows = {}};
  row_result one{.what = parse_scenario(with_row(""), "f").rows[0], .ran = {}, .simulated = {}, .findings = {}};
  one.what.name = "a\nb";
  of.rows.push_back(std::move(one));
  const std::string text = to_text(of);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("\na\\nb"), std::string::npos) << text;
}

TEST(csv, quotes_names_and_leaves_gaps_empty) {
  results all;
  all.scenarios.push_back({.what = {.id = "X"}, .rows = {}});
  row_result one{.what = parse_scenario(with_row(""), "f").rows[0], .ran = {}, .simulated = {}, .findings = {}};
  one.what.name = "a \"b\", c";
  one.ran.moments.push_back({.at_s = 0.1, .depth = 3, .p50_ms = std::nan("")});
  all.scenarios[0].rows.push_back(std::move(one));
  EXPECT_NE(to_csv(all).find("\nX,\"a \"\"b\"\", c\",0.1,3,0,0,0,0,,0,0,0\n"), std::string::npos) << to_csv(all);
  all.scenarios[0].what.id = "X, \"Y\"";
  EXPECT_NE(to_csv(all).find("\n\"X, \"\"Y\"\"\",\"a"), std::string::npos) << to_csv(all);
}

}  // namespace
}  // namespace tidegate::lab
