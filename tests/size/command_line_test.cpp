// What may be asked, what is answered, and how each refusal reads.
#include "size/command_line.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "pump/failure.hpp"
#include "size/question.hpp"

namespace tidegate::size {
namespace {

using namespace std::chrono_literals;

question parse(std::vector<std::string> arguments) {
  CLI::App app;
  const command_line line(app);
  std::reverse(arguments.begin(), arguments.end());  // what CLI11 wants of a vector
  app.parse(arguments);
  return line.checked();
}

answer asked(std::vector<std::string> arguments) { return answer_to(parse(std::move(arguments))); }

void expect_refused(std::vector<std::string> arguments, const std::string& part) {
  std::string line;
  try {
    static_cast<void>(asked(std::move(arguments)));
  } catch (const pump::failure& refused) {
    EXPECT_EQ(refused.code(), pump::exit_code::unusable);
    line = refused.what();
  }
  EXPECT_NE(line.find(part), std::string::npos) << line;
  EXPECT_NE(line.find("accepted: "), std::string::npos) << line;
}

TEST(size, values) {
  const question all = parse({"--latency", "100ms", "--rate", "2.5k/s", "--service", "2ms", "--arrivals", "400",
                              "--pause", "200ms", "--memory", "1G", "--item-size", "16K", "--safety", "0.5", "--json"});
  EXPECT_EQ(all.latency, 100ms);
  EXPECT_EQ(all.drain_per_second, 2500);
  EXPECT_EQ(all.service, 2ms);
  EXPECT_EQ(all.arrivals_per_second, 400);
  EXPECT_EQ(all.pause, 200ms);
  EXPECT_EQ(all.memory_bytes, std::size_t{1} << 30);
  EXPECT_EQ(all.item_bytes, 16384U);
  EXPECT_EQ(all.safety, 0.5);
  EXPECT_TRUE(all.json);
  EXPECT_EQ(parse({"--pause", "1s", "--arrivals", "1M"}).arrivals_per_second, 1e6);
  EXPECT_EQ(parse({"--pause", "1s", "--arrivals", "0.5"}).arrivals_per_second, 0.5);
}

TEST(size, answers_what_was_asked_and_nothing_else) {
  const answer latency = asked({"--latency", "100ms", "--rate", "2000", "--service", "2ms"});
  EXPECT_EQ(latency.capacity, 196U);
  EXPECT_EQ(latency.wait, 98ms);
  EXPECT_EQ(latency.in_flight, 4U);
  EXPECT_FALSE(latency.burst || latency.permits || latency.capacity_bytes || latency.to_full);
  EXPECT_EQ(latency.code(), pump::exit_code::done);
  const answer pause = asked({"--pause", "200ms", "--arrivals", "400"});
  EXPECT_EQ(pause.burst, 80U);
  EXPECT_FALSE(pause.capacity || pause.in_flight);
  EXPECT_EQ(asked({"--memory", "1G", "--item-size", "16K", "--safety", "0.5"}).permits, 32768U);
  const answer bytes = asked({"--latency", "1s", "--rate", "100", "--item-size", "1K", "--arrivals", "300"});
  EXPECT_EQ(bytes.capacity_bytes, 102'400U);
  EXPECT_EQ(bytes.to_full, 500ms);
}

TEST(size, says_what_cannot_be_had) {
  const answer burst = asked({"--latency", "100ms", "--rate", "2000", "--arrivals", "1000", "--pause", "300ms"});
  EXPECT_EQ(burst.burst, 300U);
  EXPECT_NE(burst.problem.find("300"), std::string::npos);
  EXPECT_EQ(burst.code(), pump::exit_code::lost);
  EXPECT_TRUE(
      asked({"--latency", "100ms", "--rate", "2000", "--arrivals", "1000", "--pause", "200ms"}).problem.empty());
  const answer none = asked({"--latency", "50ms", "--rate", "20", "--service", "50ms"});
  EXPECT_EQ(none.capacity, 0U);
  EXPECT_NE(none.problem.find("rendezvous"), std::string::npos);
  const answer memory = asked({"--latency", "1s", "--rate", "1000", "--memory", "10K", "--item-size", "1K"});
  EXPECT_NE(memory.problem.find("10 elements"), std::string::npos) << memory.problem;
}

TEST(size, refusals_name_the_option_and_what_is_accepted) {
  expect_refused({}, "nothing was asked");
  expect_refused({"--rate", "5"}, "nothing was asked");
  expect_refused({"--latency", "1s"}, "--latency needs --rate");
  expect_refused({"--service", "1s"}, "--service needs --rate");
  expect_refused({"--pause", "1s"}, "--pause needs --arrivals");
  expect_refused({"--memory", "1G"}, "--memory needs --item-size");
  expect_refused({"--pause", "1s", "--arrivals", "1", "--safety", "1"}, "--safety needs --memory");
  expect_refused({"--latency", "-1s", "--rate", "1"}, "--latency '-1s'");
  for (const char* rate : {"0", "-5", "x", "1x", "inf", "nan", "", "k", "2e9", "1000001M", "1/m"}) {
    expect_refused({"--latency", "1s", "--rate", rate}, std::string("--rate '") + rate + "'");
  }
  for (const char* share : {"0", "1.1", "-1", "x", "nan"}) {
    expect_refused({"--memory", "1G", "--item-size", "1", "--safety", share}, "--safety '");
  }
  expect_refused({"--memory", "1G", "--item-size", "0"}, "--item-size '0'");
  expect_refused({"--latency", "1ms", "--rate", "1", "--service", "2ms"}, "longer than --latency");
  expect_refused({"--latency", "2000000h", "--rate", "1000000M"}, "too large");
  expect_refused({"--latency", "1h", "--rate", "1000000M", "--item-size", "1000000G"}, "too large");
}

TEST(size, text_and_json_say_the_same) {
  const question all = parse({"--latency", "100ms", "--rate", "2000", "--service", "2ms", "--arrivals", "400",
                              "--pause", "200ms", "--memory", "1M", "--item-size", "1K"});
  const answer found = answer_to(all);
  const std::string text = to_text(all, found);
  for (const char* part : {"capacity   196: at 2000/s the last one has waited 98.0 ms, and is done 2.00 ms later\n",
                           "burst      80: arrive in 200 ms at 400/s\n",
                           "in flight  4: ", "permits    1,024: ", "memory     196 KiB when it is full\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  const std::string json = to_json(all, found);
  for (const char* part : {R"("command":"size")", R"("capacity":196)", R"("wait_seconds":0.098)", R"("burst":80)",
                           R"("to_full_seconds":null)", R"("permits":1024)", R"("problem":"")"}) {
    EXPECT_NE(json.find(part), std::string::npos) << json;
  }
}

}  // namespace
}  // namespace tidegate::size
