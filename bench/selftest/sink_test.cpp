// The checks that guard every figure of the sink benchmarks must catch what is lost, doubled, changed or reordered, and
// every sender must pass them.
#include <gtest/gtest.h>

#include <filesystem>

#include "bench/sink/aims.hpp"
#include "bench/sink/measure.hpp"
#include "bench/sink/plain_write.hpp"
#include "bench/sink/record.hpp"
#include "bench/sink/target.hpp"

namespace tidegate::bench::sink_bench {
namespace {

std::vector<std::byte> stream_of(std::uint64_t records) {
  record_source<64> source;
  std::vector<std::byte> bytes;
  for (std::uint64_t i = 0; i < records; ++i) {
    const auto& record = source.next().bytes;
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  return bytes;
}

std::string problem_of(const std::vector<std::byte>& bytes, std::uint64_t expected, check_depth depth,
                       std::size_t piece = 1 << 20) {
  record_checker checker(64, depth);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    checker.take(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
  }
  return checker.problem_after(expected);
}

TEST(RecordChecker, PassesAStreamInPiecesOfAnySize) {
  const auto bytes = stream_of(50);
  for (const std::size_t piece : {1U, 7U, 63U, 64U, 65U, 200U, 3200U}) {
    EXPECT_EQ(problem_of(bytes, 50, check_depth::ends, piece), "") << piece;
    EXPECT_EQ(problem_of(bytes, 50, check_depth::whole, piece), "") << piece;
  }
}

TEST(RecordChecker, CatchesLoss) {
  auto bytes = stream_of(50);
  EXPECT_EQ(problem_of(bytes, 51, check_depth::ends), "50 of 51 records arrived");
  bytes.erase(bytes.begin() + 64 * 20, bytes.begin() + 64 * 21);
  EXPECT_EQ(problem_of(bytes, 49, check_depth::ends), "record 21 is not what was sent");
}

TEST(RecordChecker, CatchesChangedOrder) {
  auto bytes = stream_of(50);
  std::swap_ranges(bytes.begin(), bytes.begin() + 64, bytes.begin() + 64);
  EXPECT_EQ(problem_of(bytes, 50, check_depth::ends), "record 1 is not what was sent");
}

TEST(RecordChecker, CatchesATornRecord) {
  auto bytes = stream_of(50);
  bytes[64 * 7 + 60] ^= std::byte{1};
  EXPECT_EQ(problem_of(bytes, 50, check_depth::ends), "record 8 is not what was sent");
}

TEST(RecordChecker, CatchesAByteInTheMiddleWhenItLooksAtAll) {
  auto bytes = stream_of(50);
  bytes[64 * 7 + 30] ^= std::byte{1};
  EXPECT_EQ(problem_of(bytes, 50, check_depth::whole), "record 8 is not what was sent");
}

TEST(RecordChecker, CatchesBytesBehindTheLastRecord) {
  auto bytes = stream_of(50);
  bytes.resize(bytes.size() + 3);
  EXPECT_EQ(problem_of(bytes, 50, check_depth::ends), "3 bytes too many arrived");
}

/// Sends all but the last record, and the one before it twice.
std::uint64_t send_wrongly(const job& todo) {
  const unique_fd fd = open_target(todo);
  const auto bytes = stream_of(todo.records - 1);
  write_all(fd.get(), bytes);
  write_all(fd.get(), std::span(bytes).last(64));
  return 0;
}

TEST(Senders, OneThatDoublesARecordIsNotTimed) {
  const std::vector<transport> anywhere{transport::tcp, transport::unix_socket, transport::file, transport::durable};
  const sender faulty{.who = {.name = "faulty"}, .goes_to = anywhere, .send = send_wrongly};
  for (const transport via : anywhere) {
    EXPECT_THROW(
        static_cast<void>(run_once(faulty, {via, 64, false}, 100, false, std::filesystem::temp_directory_path())),
        wrong_result)
        << to_string(via);
  }
}

TEST(Senders, EachDeliversEveryRecordWholeAndInOrder) {
  ASSERT_GE(senders().size(), 7U);  // ours and the loops, whatever else is installed
  for (const sender& one : senders()) {
    for (const transport via : one.goes_to) {
      for (const std::size_t bytes : {64U, 256U}) {
        for (const std::uint64_t records : {1U, 64U, 1001U}) {
          SCOPED_TRACE(one.who.name + " " + std::string(to_string(via)) + " " + std::to_string(records));
          const outcome got = run_once(one, {via, bytes, false}, records, true, std::filesystem::temp_directory_path());
          EXPECT_GT(got.seconds, 0);
          EXPECT_GT(got.cpu_ns_per_record, 0);
        }
      }
    }
  }
}

TEST(Senders, APacedRunTellsTheLatencyOfEachRecord) {
  for (const sender& one : senders()) {
    if (!one.paces || !one.reaches(transport::tcp)) continue;
    SCOPED_TRACE(one.who.name);
    const outcome got = run_once(one, {transport::tcp, 64, true}, 5, false, std::filesystem::temp_directory_path());
    EXPECT_EQ(got.latencies_us.size(), 5U);
    EXPECT_GE(got.seconds, 0.004);  // the pauses were made
  }
}

TEST(Cells, HaveOursAndTheLimitInEveryThroughputCell) {
  registry list;
  enlist_cells(list, std::filesystem::temp_directory_path());
  for (const cell& one : list.cells()) {
    if (one.info.regime == "durable") continue;  // ours from the day the library has a log_sink
    std::size_t ours = 0;
    std::size_t references = 0;
    for (const entry& rival : one.entries) {
      ours += rival.who.plays == role::ours ? 1U : 0U;
      references += rival.who.name == one.info.reference ? 1U : 0U;
    }
    EXPECT_GE(ours, 2U) << one.info.id;
    EXPECT_EQ(references, 1U) << one.info.id;
  }
}

TEST(Cells, AFileIsNeverLargerThanItsLimit) {
  registry list;
  std::uint64_t most = 0;
  const auto run = [&](const work& todo) {
    most = std::max(most, todo.count);
    return measurement{1, 1e-6 * static_cast<double>(todo.count)};
  };
  cell_info info;
  info.id = "bounded";
  info.two_threads = false;
  info.count_max = 1000;
  list.add(info, {{.name = "anybody"}, run});
  plan how;
  how.rounds = 5;
  how.sample_s = 1;
  const cell_result got = run_cell(list.cells().front(), how, [](std::size_t, std::size_t, const std::string&) {});
  EXPECT_EQ(got.entries.front().samples.size(), 5U);
  EXPECT_EQ(most, 1000U);
}

entry_result entry_with(const std::string& name, role plays, std::initializer_list<double> values) {
  entry_result one{{.name = name, .plays = plays}};
  for (const double value : values) {
    one.samples.push_back({.round = static_cast<unsigned>(one.samples.size()), .result = {value, 1}});
    one.samples.back().mode = distance::far;
  }
  return one;
}

TEST(Aims, DivideWithinTheRound) {
  cell_result cell;
  cell.info.id = "tcp-64";
  cell.entries = {entry_with("ours", role::ours, {30, 10, 60}), entry_with("peer", role::peer, {10, 5, 40}),
                  entry_with(std::string(limit_name), role::limit, {60, 20, 40})};
  const std::vector<aim> aims = aims_of({cell});
  EXPECT_DOUBLE_EQ(aims.at(0).reached, 0.5);
  EXPECT_FALSE(aims.at(1).measured());  // nobody by that name
  EXPECT_DOUBLE_EQ(aims.at(4).reached, 30);
  EXPECT_DOUBLE_EQ(aims.at(7).reached, 2);
  EXPECT_EQ(aims.at(7).by, "ours against peer");
  EXPECT_FALSE(aims.at(6).measured());
}

}  // namespace
}  // namespace tidegate::bench::sink_bench
