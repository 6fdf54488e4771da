#include "pump/outlet.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pump/direct_passage.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::pump {
namespace {

constexpr std::size_t block_bytes = 8192;
constexpr std::uint32_t credits = 4;

/// An end from which one portion comes.
class one_portion final : public record_exit {
 public:
  explicit one_portion(portion some) : some_(some) {}
  portion try_take() noexcept override { return std::exchange(some_, {}); }
  portion take_until(time_point, const std::stop_token&) noexcept override { return try_take(); }
  bool closed() const noexcept override { return true; }

 private:
  portion some_;
};

/// The sink thread's half without its thread: what was pushed is delivered into a file.
struct bench {
  void fill(std::uint32_t block, std::string_view text) { std::memcpy(blocks.data(block), text.data(), text.size()); }

  void push(std::uint32_t block, std::uint32_t offset, std::uint32_t length) {
    record one{block, offset, length};
    ASSERT_EQ(way.entrance(0).try_push_n(&one, 1), 1u);
    if (block == reading.open()) reading.admitted(1);
  }

  /// Runs the outlet to its end and returns what arrived.
  std::string deliver() {
    way.entrance(0).close();
    return deliver(way.exit());
  }

  /// The same with one portion as it comes from a worker.
  void push_hashed(std::vector<record> records, std::vector<std::uint64_t> hashes, bool unworked = false) {
    reading.admitted(records.size());
    one_portion from(portion{records, hashes, unworked});
    arrived = deliver(from);
  }

  std::string deliver(record_exit& from) {
    const unique_fd file(::memfd_create("outlet", MFD_CLOEXEC));
    outputs to;
    to.all.push_back({.to = std::make_unique<file_sink>(unique_fd(::dup(file.get())))});
    for (std::unique_ptr<sink>& each : more) to.all.push_back({.to = std::move(each)});
    outlet out(wanted, std::move(to), from, blocks, until, shown, [this](const std::string& line) { said = line; });
    out.run();
    outcome = out.outcome();
    std::string content(1 << 16, '\0');
    content.resize(static_cast<std::size_t>(::pread(file.get(), content.data(), content.size(), 0)));
    return content;
  }

  options wanted;
  control until;
  progress shown;
  block_pool blocks{block_bytes, credits};
  block_share reading{blocks};
  direct_passage way{{.capacity = 100}};
  std::vector<std::unique_ptr<sink>> more;  // beside the file
  std::string said;
  delivery outcome;
  std::string arrived;

  [[nodiscard]] const branch_report& first() const { return outcome.sinks.front(); }
};

TEST(outlet, neighbours_and_gaps_in_one_batch_arrive_as_they_are) {
  bench with;
  with.fill(0, "aaa\nbbb\nccc\nddd\n");
  with.push(0, 0, 4);
  with.push(0, 4, 4);
  with.push(0, 12, 4);  // "ccc" was dropped
  EXPECT_EQ(with.deliver(), "aaa\nbbb\nddd\n");
  EXPECT_EQ(with.first().delivered, (tally{3, 12}));
  EXPECT_EQ(with.first().undelivered, tally{});
}

TEST(outlet, records_without_bytes_count) {
  bench with;
  with.fill(0, "a");
  with.push(0, 0, 0);
  with.push(0, 0, 1);
  with.push(0, 1, 0);
  EXPECT_EQ(with.deliver(), "a");
  EXPECT_EQ(with.first().delivered, (tally{3, 1}));
}

TEST(outlet, a_block_goes_back_when_all_of_it_is_copied_and_its_reader_has_left_it) {
  bench with;
  std::string expected;
  for (char each = 'a'; each < 'd'; ++each) {  // three blocks are left, the fourth is read into
    const std::uint32_t block = with.reading.open();
    with.fill(block, std::string(3, each));
    with.push(block, 0, 1);
    with.push(block, 1, 2);
    ASSERT_TRUE(with.reading.spare());
    with.reading.open_next();
    expected += std::string(3, each);
  }
  with.fill(with.reading.open(), "ddd");
  with.push(with.reading.open(), 0, 3);
  EXPECT_DOUBLE_EQ(with.blocks.saturation_hint(), 0.75);
  EXPECT_EQ(with.deliver(), expected + "ddd");
  EXPECT_DOUBLE_EQ(with.blocks.saturation_hint(), 0);  // all are back, but for the one that is open
}

TEST(outlet, hashes_come_before_the_records_and_are_not_counted_as_theirs) {
  bench with;
  with.wanted.work.hash = true;
  with.fill(0, "a\nfoobar\n");
  with.push_hashed({{0, 0, 2}, {0, 2, 7}}, {0xaf63dc4c8601ec8c, 0x85944171f73967e8});
  EXPECT_EQ(with.arrived, "af63dc4c8601ec8c a\n85944171f73967e8 foobar\n");
  EXPECT_EQ(with.first().delivered, (tally{2, 9}));
  EXPECT_EQ(with.first().added_bytes, 2 * hash_text_bytes);
}

TEST(outlet, what_no_worker_touched_any_more_is_undelivered) {
  bench with;
  with.fill(0, "a\n");
  with.push_hashed({{0, 0, 2}}, {}, true);
  EXPECT_EQ(with.arrived, "");
  EXPECT_EQ(with.first().undelivered, (tally{1, 2}));
}

TEST(outlet, each_sink_accounts_for_all_and_one_that_fails_does_not_end_the_others) {
  bench with;
  with.more.push_back(std::make_unique<stream_sink>(unique_fd(::open("/dev/full", O_WRONLY | O_CLOEXEC))));
  with.more.push_back(std::make_unique<stream_sink>(unique_fd(::open("/dev/null", O_WRONLY | O_CLOEXEC))));
  with.fill(0, "aaa\nbbb\n");
  with.push(0, 0, 4);
  with.push(0, 4, 4);
  EXPECT_EQ(with.deliver(), "aaa\nbbb\n");
  const std::vector<branch_report>& sinks = with.outcome.sinks;
  ASSERT_EQ(sinks.size(), 3u);
  EXPECT_EQ(with.outcome.taken, (tally{2, 8}));
  for (const branch_report& each : sinks) EXPECT_EQ(each.accounted(), with.outcome.taken);
  EXPECT_EQ(sinks[0].end, branch_end::complete);
  EXPECT_EQ(sinks[1].end, branch_end::failed);
  EXPECT_EQ(sinks[1].undelivered, (tally{2, 8}));
  EXPECT_EQ(sinks[2].end, branch_end::complete);
  EXPECT_EQ(sinks[2].delivered, (tally{2, 8}));
  EXPECT_NE(with.said.find("; the other sinks go on"), std::string::npos) << with.said;
}

TEST(outlet, after_giving_up_what_is_left_is_counted_and_nothing_arrives) {
  bench with;
  with.fill(0, "aaa\nbbb\n");
  with.push(0, 0, 4);
  with.push(0, 4, 4);
  with.until.give_up();
  EXPECT_EQ(with.deliver(), "");
  EXPECT_EQ(with.first().delivered, tally{});
  EXPECT_EQ(with.first().undelivered, (tally{2, 8}));
}

}  // namespace
}  // namespace tidegate::pump
