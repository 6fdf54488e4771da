#include "pump/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pump/live_line.hpp"

namespace tidegate::pump {
namespace {

/// Thirteen records of ten bytes, of which every term of the identity got some.
report sample() {
  report of;
  of.account.offered = {13, 130};
  of.account.delivered = {4, 40};
  of.account.filtered = {1, 10};
  of.account.dropped = {2, 20};
  of.account.rejected = {1, 10};
  of.account.sampled = {1, 10};
  of.account.evicted = {1, 10};
  of.account.expired = {1, 10};
  of.account.timed_out = {1, 10};
  of.account.undelivered = {1, 10};
  of.read_bytes = 137;
  of.unfinished = {1, 7};
  of.seconds = 2;
  return of;
}

TEST(report, balances_when_every_record_and_byte_has_a_place) { EXPECT_TRUE(sample().balanced()); }

TEST(report, each_term_counts_in_records_and_in_bytes) {
  for (tally ledger::*term :
       {&ledger::offered, &ledger::delivered, &ledger::filtered, &ledger::dropped, &ledger::rejected, &ledger::sampled,
        &ledger::evicted, &ledger::expired, &ledger::timed_out, &ledger::undelivered}) {
    report of = sample();
    (of.account.*term).records += 1;
    EXPECT_FALSE(of.balanced());
    of = sample();
    (of.account.*term).bytes += 1;
    EXPECT_FALSE(of.balanced());
  }
}

TEST(report, each_sink_accounts_for_all_that_came_to_it) {
  report of = sample();
  of.taken = {5, 50};
  branch_report whole;
  whole.sink = "file:a";
  whole.delivered = {5, 50};
  branch_report part;
  part.sink = "log:b";
  part.end = branch_end::failed;
  part.delivered = {2, 20};
  part.dropped = {1, 10};
  part.undelivered = {2, 20};
  part.log = log_report{.durable_records = 2};
  of.sinks = {whole, part};
  EXPECT_TRUE(of.balanced());
  const std::string text = to_text(of, {});
  EXPECT_NE(text.find("sink     file:a complete: taken 5 = delivered 5 + dropped 0 + undelivered 0; "),
            std::string::npos);
  EXPECT_NE(text.find("sink     log:b failed: taken 5 = delivered 2 + dropped 1 + undelivered 2; "), std::string::npos);
  EXPECT_NE(text.find("durable 2, "), std::string::npos);
  const auto parsed = nlohmann::json::parse(to_json(of, {}));
  EXPECT_EQ(parsed["sink"]["sink"], "log:b");  // the one that delivered least
  EXPECT_EQ(parsed["sinks"][1]["records"]["dropped"], 1);
  EXPECT_EQ(parsed["sinks"][1]["log"]["durable_records"], 2);
  EXPECT_TRUE(parsed["sinks"][0]["log"].is_null());
  of.sinks[1].dropped.records = 0;
  EXPECT_FALSE(of.balanced());
}

TEST(report, bytes_read_are_offered_or_unfinished) {
  report of = sample();
  of.read_bytes += 1;
  EXPECT_FALSE(of.balanced());
}

TEST(report, json_carries_the_identity) {
  report of = sample();
  of.problem = "it said \"no\"\n";
  const auto parsed = nlohmann::json::parse(to_json(of, {}));
  EXPECT_EQ(parsed["records"]["offered"], 13);
  EXPECT_EQ(parsed["records"]["sampled"], 1);
  EXPECT_EQ(parsed["bytes"]["timed_out"], 10);
  EXPECT_EQ(parsed["records"]["filtered"], 1);
  EXPECT_EQ(parsed["records"]["dropped"], 2);
  EXPECT_EQ(parsed["bytes"]["undelivered"], 10);
  EXPECT_EQ(parsed["balanced"], true);
  EXPECT_EQ(parsed["unfinished"]["bytes"], 7);
  EXPECT_EQ(parsed["problem"], of.problem);
  EXPECT_EQ(parsed["queue"]["overflow"], "block");
}

TEST(report, tells_how_long_records_were_in_the_queue) {
  using namespace std::chrono_literals;
  report of = sample();
  EXPECT_NE(to_text(of, {}).find("stay     no record was in the queue\n"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(to_json(of, {}))["queue"]["residence_p99_seconds"].is_null());
  of.residence_p99 = 1500us;
  of.residence_samples = 1234;
  EXPECT_NE(to_text(of, {}).find("stay     p99 1.50 ms in the queue, from 1,234 records sampled\n"), std::string::npos);
  const auto queue = nlohmann::json::parse(to_json(of, {}))["queue"];
  EXPECT_DOUBLE_EQ(queue["residence_p99_seconds"], 0.0015);
  EXPECT_EQ(queue["residence_samples"], 1234);
  EXPECT_TRUE(queue["deadline_per_record_seconds"].is_null());
}

TEST(report, tells_what_a_sample_stands_for) {
  options wanted;
  EXPECT_TRUE(nlohmann::json::parse(to_json(sample(), wanted))["sampling"].is_null());
  EXPECT_EQ(to_text(sample(), wanted).find("sample "), std::string::npos);
  wanted.overflow = overflow_policy::sample;
  wanted.sample_every = 10;
  report of = sample();
  of.kept_weight = 1234;
  of.unrepresented = 5;
  const std::string text = to_text(of, wanted);
  EXPECT_NE(text.find(", sample:10; "), std::string::npos);
  EXPECT_NE(text.find("sample   12 records kept, which stand for 1,234; 5 at the end have none that stands for them\n"),
            std::string::npos);
  const auto parsed = nlohmann::json::parse(to_json(of, wanted));
  EXPECT_EQ(parsed["queue"]["overflow"], "sample");
  EXPECT_EQ(parsed["sampling"]["every"], 10);
  EXPECT_EQ(parsed["sampling"]["kept_weight"], 1234);
  EXPECT_EQ(parsed["sampling"]["unrepresented"], 5);
}

TEST(report, tells_how_many_may_wait) {
  options wanted;
  EXPECT_TRUE(nlohmann::json::parse(to_json(sample(), wanted))["queue"]["max_waiters"].is_null());
  wanted.max_waiters = 2;
  EXPECT_EQ(nlohmann::json::parse(to_json(sample(), wanted))["queue"]["max_waiters"], 2);
}

TEST(report, tells_the_deadline_of_records) {
  using namespace std::chrono_literals;
  report of = sample();
  of.residence_p99 = 1500us;
  of.residence_samples = 1;
  options wanted;
  wanted.record_deadline = 250ms;
  EXPECT_NE(to_text(of, wanted).find("from 1 record sampled; at most 250 ms\n"), std::string::npos);
  EXPECT_DOUBLE_EQ(nlohmann::json::parse(to_json(of, wanted))["queue"]["deadline_per_record_seconds"], 0.25);
}

TEST(report, text_says_when_it_does_not_balance) {
  report of = sample();
  EXPECT_NE(to_text(of, {}).find(
                "offered 13 = delivered 4 + filtered 1 + dropped 2 + rejected 1 + sampled 1 + evicted 1 + expired 1 + "
                "timed_out 1 + undelivered 1\n"),
            std::string::npos);
  EXPECT_NE(to_text(of, {}).find("account  balanced; 7 bytes"), std::string::npos);
  of.account.delivered.records -= 1;
  EXPECT_NE(to_text(of, {}).find("does NOT balance"), std::string::npos);
}

TEST(report, tells_what_workers_did) {
  options wanted;
  EXPECT_EQ(to_text(sample(), wanted).find("workers"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(to_json(sample(), wanted))["workers"]["count"], 0);
  wanted.workers = 3;
  wanted.work = {.pattern = "a.c", .inverted = true, .hash = true};
  report of = sample();
  of.added_bytes = 6800;
  EXPECT_NE(to_text(of, wanted).find("workers  3; --grep took 1 of 13 records out; --hash added 6,800 bytes\n"),
            std::string::npos);
  const auto workers = nlohmann::json::parse(to_json(of, wanted))["workers"];
  EXPECT_EQ(workers["count"], 3);
  EXPECT_EQ(workers["grep"], "a.c");
  EXPECT_EQ(workers["inverted"], true);
  EXPECT_EQ(workers["hash"], true);
  EXPECT_EQ(workers["added_bytes"], 6800);
}

TEST(ledger, sums_term_by_term) {
  ledger sum = sample().account;
  sum += sample().account;
  EXPECT_EQ(sum.offered, (tally{26, 260}));
  EXPECT_EQ(sum.filtered, (tally{2, 20}));
  EXPECT_TRUE(sum.balanced());
}

TEST(live_line, tells_what_is_left_to_do_with_a_filter) {
  using namespace std::chrono_literals;
  const std::chrono::steady_clock::time_point start{100s};
  live_line line(start, 300u << 20);
  const std::string text = line.update(
      {.when = start + 1s, .delivered_bytes = 10u << 20, .delivered_records = 100, .filtered = tally{1900, 90u << 20}});
  EXPECT_EQ(text, "10.0 MiB/s  100 rec/s  queue [        ]   0 %  p99 -  lost 0  filtered 1,900  left 0:02  10.0 MiB");
}

TEST(live_line, shows_rate_queue_stay_losses_and_time_left) {
  using namespace std::chrono_literals;
  const std::chrono::steady_clock::time_point start{100s};
  live_line line(start, 300u << 20);
  const std::string text = line.update({.when = start + 1s,
                                        .delivered_bytes = 100u << 20,
                                        .delivered_records = 2000000,
                                        .lost_records = 1234,
                                        .saturation = 0.5,
                                        .residence_p99 = 1234us});
  EXPECT_EQ(text, "100 MiB/s  2.00 M rec/s  queue [####    ]  50 %  p99 1.23 ms  lost 1,234  left 0:02  100 MiB");
  live_line full(start, std::nullopt);
  EXPECT_NE(full.update({.when = start + 1s, .disk_full = true}).find("  disk full"), std::string::npos);
  live_line endless(start, std::nullopt);
  const std::string without = endless.update({.when = start + 1s, .delivered_bytes = 1 << 20});
  EXPECT_EQ(without.find("left"), std::string::npos);
  EXPECT_NE(without.find("  p99 -  "), std::string::npos);
}

}  // namespace
}  // namespace tidegate::pump
