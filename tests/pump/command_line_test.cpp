#include "pump/command_line.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

options parse(std::vector<std::string> arguments) {
  CLI::App app;
  const command_line line(app);
  std::reverse(arguments.begin(), arguments.end());  // what CLI11 wants of a vector
  app.parse(arguments);
  return line.checked();
}

/// The line that refuses `arguments`.
std::string refusal(std::vector<std::string> arguments) {
  try {
    static_cast<void>(size_up(parse(std::move(arguments))));
  } catch (const failure& refused) {
    EXPECT_EQ(refused.code(), exit_code::unusable);
    return refused.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

void expect_refused(std::vector<std::string> arguments, const std::string& part) {
  const std::string line = refusal(std::move(arguments));
  EXPECT_NE(line.find(part), std::string::npos) << line;
  EXPECT_NE(line.find("accepted: "), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

TEST(command_line, defaults) {
  const options wanted = parse({"-", "null:"});
  EXPECT_EQ(wanted.records.kind, framing_kind::lines);
  EXPECT_EQ(wanted.records.max_content_bytes, 1u << 20);
  EXPECT_EQ(wanted.capacity, 65536u);
  EXPECT_EQ(wanted.capacity_bytes, 16u << 20);
  EXPECT_EQ(wanted.overflow, overflow_policy::block);
  EXPECT_EQ(wanted.high_bytes, 1u << 20);
  EXPECT_EQ(wanted.low_bytes, 256u << 10);
  EXPECT_EQ(wanted.drain_for, std::chrono::seconds(5));
  EXPECT_EQ(wanted.workers, 0u);
  EXPECT_FALSE(wanted.work.any());
  EXPECT_FALSE(wanted.throttle || wanted.rate_limit || wanted.stats || wanted.keep_listening);
}

TEST(command_line, a_sample) {
  const options wanted = parse({"--overflow", "sample:10", "-", "null:"});
  EXPECT_EQ(wanted.overflow, overflow_policy::sample);
  EXPECT_EQ(wanted.sample_every, 10u);
  for (const std::string text : {"sample:", "sample:0", "sample:1", "sample:x", "sample:1000000001", "sample:-2"}) {
    expect_refused({"--overflow", text, "-", "null:"}, "--overflow '" + text + "' is not accepted; accepted: sample:N");
  }
  expect_refused({"--overflow", "sample", "-", "null:"}, "drop-newest, drop-oldest, sample:N");
}

TEST(command_line, drop_oldest_with_and_without_workers) {
  EXPECT_EQ(parse({"--overflow", "drop-oldest", "-", "null:"}).overflow, overflow_policy::drop_oldest);
  const options wanted = parse({"--overflow", "drop-oldest", "--workers", "2", "-", "null:"});
  EXPECT_EQ(wanted.overflow, overflow_policy::drop_oldest);
  EXPECT_EQ(wanted.workers, 2u);
}

TEST(command_line, lanes) {
  EXPECT_TRUE(parse({"file:a", "file:b", "null:"}).lanes.empty());
  const options wanted = parse({"--lane", "8", "file:a", "--lane", "1", "file:b", "null:"});
  EXPECT_EQ(wanted.lanes, (std::vector<std::uint32_t>{8, 1}));
  EXPECT_EQ(wanted.sources.size(), 2u);
  for (const std::string text : {"0", "-1", "x", "1001"}) {
    expect_refused({"--lane=" + text, "-", "null:"}, "--lane '" + text + "' is not accepted");
  }
  const std::vector<std::string> two{"--lane=8", "--lane=1", "file:a", "file:b", "null:"};
  const auto with = [&two](std::vector<std::string> more) {
    more.insert(more.end(), two.begin(), two.end());
    return more;
  };
  expect_refused(with({"--lane=2"}), "--lane is given 3 times for 2 sources");
  expect_refused(with({"--capacity=1"}), "--lane is given 2 times; accepted: at most --capacity 1");
  expect_refused(with({"--rate-limit=1M"}), "--lane needs a thread for each source");
  expect_refused(with({"--workers=2"}), "--lane with --workers 2");
  expect_refused(with({"--overflow=drop-oldest"}), "--lane with --overflow drop-oldest");
  std::vector<std::string> many{"null:"};
  for (int i = 0; i < 9; ++i) many.insert(many.begin(), {"--lane=1", "file:a"});
  expect_refused(many, "--lane is given 9 times; accepted: at most 8");
  many = {"--lane=1", "--lane=1", "--lane=1", "file:a", "file:b", "file:c", "--capacity-bytes=3M", "null:"};
  expect_refused(many, "--capacity-bytes 3145728 cannot be shared by 3 lanes");
}

TEST(command_line, max_waiters) {
  EXPECT_EQ(parse({"-", "null:"}).max_waiters, queue_config::any_number);
  EXPECT_EQ(parse({"--max-waiters", "0", "-", "null:"}).max_waiters, 0u);
  EXPECT_EQ(parse({"--max-waiters", "3", "--overflow", "block", "-", "null:"}).max_waiters, 3u);
  for (const std::string text : {"-1", "x", "513", "1.5"}) {
    expect_refused({"--max-waiters=" + text, "-", "null:"}, "--max-waiters '" + text + "' is not accepted");
  }
  expect_refused({"--max-waiters", "1", "--overflow", "drop-newest", "-", "null:"},
                 "--max-waiters 1: nobody waits with --overflow drop-newest");
}

TEST(command_line, a_deadline_per_record) {
  EXPECT_FALSE(parse({"-", "null:"}).record_deadline);
  EXPECT_EQ(parse({"--deadline-per-record", "250ms", "-", "null:"}).record_deadline, std::chrono::milliseconds(250));
  for (const char* text : {"0", "0s", "-1s", "x", "1y"}) {
    expect_refused({std::string("--deadline-per-record=") + text, "-", "null:"},
                   std::string("--deadline-per-record '") + text + "' is not accepted");
  }
}

TEST(command_line, the_last_endpoint_is_the_sink) {
  const options wanted = parse({"file:a", "-", "tcp-listen::0", "file:b"});
  EXPECT_EQ(wanted.sources.size(), 3u);
  EXPECT_EQ(wanted.sinks.front().path, "b");
}

TEST(command_line, several_sinks) {
  const options wanted = parse({"--tee", "null:", "-", "file:a", "--tee", "tcp:h:1", "--tee", "tcp:h:1"});
  ASSERT_EQ(wanted.sinks.size(), 4u);
  EXPECT_EQ(wanted.sinks[0].path, "a");
  EXPECT_EQ(wanted.sinks[1].kind, endpoint_kind::null);
  EXPECT_EQ(wanted.sinks[3].port, "1");
  EXPECT_FALSE(wanted.evict_stuck);
  for (const std::string same : {"file:a", "log:a", "-"}) {
    expect_refused({"--tee", same, "file:b", same}, "'" + same + "' is given twice as a sink");
  }
  std::vector<std::string> many{"-", "null:"};
  for (std::size_t i = 0; i < most_sinks; ++i) many.insert(many.end(), {"--tee", "null:"});
  expect_refused(many, "--tee is given 16 times");
}

TEST(command_line, eviction) {
  const options wanted = parse({"--evict-stuck", "250ms", "-", "tcp:h:1"});
  EXPECT_EQ(wanted.evict_stuck, std::chrono::milliseconds(250));
  EXPECT_TRUE(size_up(wanted).sink.evict_stalled);
  EXPECT_EQ(size_up(wanted).sink.stall_after, std::chrono::milliseconds(250));
  EXPECT_FALSE(size_up(parse({"-", "tcp:h:1"})).sink.evict_stalled);
  expect_refused({"--evict-stuck", "0s", "-", "tcp:h:1"}, "--evict-stuck '0s' is not accepted");
  expect_refused({"--evict-stuck", "1s", "-", "log:a", "--tee", "null:"}, "no sink has a peer");
}

TEST(command_line, logs) {
  const options plain = parse({"-", "log:a"});
  EXPECT_EQ(plain.log.sync, sync_policy::each_batch());
  EXPECT_EQ(plain.log.on_disk_full, disk_full_policy::block);
  const options wanted = parse({"--sync", "interval:20", "--engine", "direct", "--on-disk-full", "drop", "--failover",
                                "b", "-", "file:c", "--tee", "log:a"});
  const log_config config = size_up(wanted).log;
  EXPECT_EQ(config.sync, sync_policy::interval(std::chrono::milliseconds(20)));
  EXPECT_EQ(config.engine, log_engine::direct);
  EXPECT_EQ(config.on_disk_full, disk_full_policy::drop_new);
  EXPECT_EQ(config.failover_directory, "b");
  EXPECT_EQ(parse({"--sync", "none", "-", "log:a"}).log.sync, sync_policy::none());
}

TEST(command_line, options_of_logs_that_make_no_sense) {
  for (const char* text : {"never", "interval", "interval:", "interval:0", "interval:1s", "interval:-1"}) {
    expect_refused({"--sync", text, "-", "log:a"}, std::string("--sync '") + text + "' is not accepted");
  }
  expect_refused({"--engine", "fast", "-", "log:a"}, "--engine 'fast' is not accepted");
  expect_refused({"--on-disk-full", "wait", "-", "log:a"}, "--on-disk-full 'wait' is not accepted");
  for (const std::vector<std::string>& option : std::vector<std::vector<std::string>>{
           {"--sync", "none"}, {"--engine", "auto"}, {"--failover", "b"}, {"--on-disk-full", "drop"}}) {
    expect_refused({option[0], option[1], "-", "file:a"}, option[0] + " " + option[1] + ": no sink is a log");
  }
  expect_refused({"--failover", "a", "-", "log:a"}, "is the log's own directory");
  expect_refused({"--failover", "c", "-", "log:a", "--tee", "log:b"}, "there are several");
  expect_refused({"--max-record", "256M", "--capacity-bytes", "8G", "-", "log:a"}, "does not fit a log");
}

TEST(sizing, a_log_holds_what_any_sink_may_have_in_flight) {
  const sizing sizes = size_up(parse({"--high", "400M", "-", "log:a"}));
  EXPECT_EQ(sizes.log.capacity_bytes, sizes.sink.capacity_bytes);
  EXPECT_GE(sizes.log.segment_bytes, 2 * sizes.log.capacity_bytes);
}

TEST(command_line, values) {
  const options wanted = parse({"--prefixed",
                                "--max-record",
                                "64K",
                                "--capacity",
                                "10",
                                "--capacity-bytes=1MB",
                                "--overflow",
                                "drop-newest",
                                "--high",
                                "2M",
                                "--low",
                                "1M",
                                "--backend",
                                "posix",
                                "--throttle",
                                "50MB/s",
                                "--rate-limit",
                                "1K",
                                "--deadline",
                                "250ms",
                                "--summary",
                                "json",
                                "--stats",
                                "--keep-listening",
                                "-",
                                "-"});
  EXPECT_EQ(wanted.records.kind, framing_kind::prefixed);
  EXPECT_EQ(wanted.records.max_content_bytes, 65536u);
  EXPECT_EQ(wanted.capacity, 10u);
  EXPECT_EQ(wanted.capacity_bytes, 1000000u);
  EXPECT_EQ(wanted.overflow, overflow_policy::drop_newest);
  EXPECT_EQ(wanted.high_bytes, 2u << 20);
  EXPECT_EQ(wanted.low_bytes, 1u << 20);
  EXPECT_EQ(wanted.backend, backend_kind::posix);
  EXPECT_EQ(wanted.throttle, 50000000u);
  EXPECT_EQ(wanted.rate_limit, 1024u);
  EXPECT_EQ(wanted.drain_for, std::chrono::milliseconds(250));
  EXPECT_EQ(wanted.summary, summary_format::json);
  EXPECT_TRUE(wanted.stats && wanted.keep_listening);
  EXPECT_EQ(parse({"--json", "-", "-"}).summary, summary_format::json);
  EXPECT_EQ(parse({"--json", "--summary", "json", "-", "-"}).summary, summary_format::json);
}

TEST(command_line, refusals_name_the_option_and_what_is_accepted) {
  expect_refused({}, "no endpoint");
  expect_refused({"-"}, "sink is missing");
  expect_refused({"-", "-", "null:"}, "2 times");
  expect_refused({"--capacity", "0", "-", "null:"}, "--capacity '0'");
  expect_refused({"--capacity", "1K", "-", "null:"}, "--capacity '1K'");
  expect_refused({"--capacity", "268435457", "-", "null:"}, "to 268435456");
  expect_refused({"--capacity-bytes", "0", "-", "null:"}, "--capacity-bytes '0'");
  expect_refused({"--capacity-bytes", "1P", "-", "null:"}, "--capacity-bytes '1P'");
  expect_refused({"--capacity-bytes", "65G", "-", "null:"}, "--capacity-bytes '65G'");
  expect_refused({"--capacity-bytes", "1M", "-", "null:"}, "two records");
  expect_refused({"--overflow", "spill", "-", "null:"}, "block, reject, drop-newest");
  expect_refused({"--backend", "epoll", "-", "null:"}, "auto, uring, posix");
  expect_refused({"--summary", "xml", "-", "null:"}, "text, json, none");
  expect_refused({"--summary", "xml", "--json", "-", "null:"}, "text, json, none");
  expect_refused({"--summary", "none", "--json", "-", "null:"}, "--json and --summary none exclude each other");
  expect_refused({"--json", "--summary", "text", "-", "null:"}, "--json and --summary text exclude each other");
  expect_refused({"--low", "1M", "--high", "1M", "-", "null:"}, "--low < --high");
  expect_refused({"--throttle", "0", "-", "null:"}, "--throttle '0'");
  expect_refused({"--deadline", "soon", "-", "null:"}, "500ms, 5s or 2min");
  expect_refused({"--fixed", "0", "-", "null:"}, "--fixed '0'");
  expect_refused({"--fixed", "8", "--raw", "-", "null:"}, "exclude each other");
  expect_refused({"--raw", "--split", "-", "null:"}, "--split cuts lines only");
  expect_refused({"--fixed", "8", "--max-record", "4", "-", "null:"}, "longer than --max-record");
}

TEST(command_line, workers) {
  EXPECT_EQ(parse({"--workers", "64", "-", "null:"}).workers, 64u);
  EXPECT_EQ(parse({"--workers", "0", "-", "null:"}).workers, 0u);
  EXPECT_EQ(parse({"--workers", "0", "--raw", "-", "null:"}).workers, 0u);
  EXPECT_EQ(parse({"--hash", "-", "null:"}).workers, 1u);
  const options wanted = parse({"--grep=-a+", "--invert", "--workers", "3", "--fixed", "8", "-", "null:"});
  EXPECT_EQ(wanted.workers, 3u);
  EXPECT_EQ(wanted.work.pattern, "-a+");
  EXPECT_TRUE(wanted.work.inverted);
  EXPECT_FALSE(wanted.work.hash);
  EXPECT_EQ(parse({"--grep", "", "-", "null:"}).work.pattern, "");
}

TEST(command_line, refusals_of_workers) {
  for (const std::string number : {"65", "-1", "two", "1.5"}) {
    expect_refused({"--workers=" + number, "-", "null:"}, "--workers '" + number + "'");
  }
  expect_refused({"--workers", "0", "--grep", "a", "-", "null:"}, "nobody for --grep");
  expect_refused({"--workers", "0", "--hash", "-", "null:"}, "nobody for --hash");
  expect_refused({"--grep", "a", "--raw", "-", "null:"}, "--grep needs records");
  expect_refused({"--hash", "--raw", "-", "null:"}, "--hash needs records");
  expect_refused({"--workers", "2", "--raw", "-", "null:"}, "--workers needs records");
  expect_refused({"--invert", "-", "null:"}, "--invert");
  expect_refused({"--grep", "(", "-", "null:"}, "--grep '('");
}

TEST(command_line, unknown_options_and_missing_values_do_not_parse) {
  EXPECT_THROW(static_cast<void>(parse({"--nonsense", "-", "null:"})), CLI::ParseError);
  EXPECT_THROW(static_cast<void>(parse({"-", "null:", "--capacity"})), CLI::ParseError);
}

TEST(sizing, the_blocks_fit_the_budget_and_every_record_fits_a_block) {
  for (const std::string capacity_bytes : {"16K", "64K", "1M", "2M", "16M", "1G"}) {
    for (const std::string max_record : {"1", "1K", "4K", "256K", "1M", "8M"}) {
      options wanted = parse({"--capacity-bytes", capacity_bytes, "--max-record", max_record, "-", "null:"});
      sizing sizes;
      try {
        sizes = size_up(wanted);
      } catch (const failure&) {
        EXPECT_LT(wanted.capacity_bytes, 2 * (wanted.records.max_content_bytes + 3 * 4096u))
            << capacity_bytes << max_record;
        continue;
      }
      EXPECT_GE(sizes.credits, 2u);
      EXPECT_LE(sizes.credits * sizes.block_bytes, wanted.capacity_bytes);
      EXPECT_GE(sizes.block_bytes, wanted.records.max_record_bytes() + 4096u);  // a read always has somewhere to go
      EXPECT_GE(sizes.sink.capacity_bytes, sizes.sink.high_bytes + wanted.records.max_record_bytes());
    }
  }
}

}  // namespace
}  // namespace tidegate::pump
