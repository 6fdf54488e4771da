#include "pump/outlet.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>

#include "tidegate/io/file_sink.hpp"

namespace tidegate::pump {
namespace {

constexpr std::size_t block_bytes = 8192;
constexpr std::uint32_t credits = 4;

/// The sink thread's half without its thread: what was pushed is delivered into a file.
struct bench {
  void fill(std::uint32_t block, std::string_view text) { std::memcpy(blocks.data(block), text.data(), text.size()); }

  void push(std::uint32_t block, std::uint32_t offset, std::uint32_t length) {
    record one{block, offset, length};
    ASSERT_EQ(queue.try_push_n(&one, 1), 1u);
  }

  /// Runs the outlet to its end and returns what arrived.
  std::string deliver() {
    const unique_fd file(::memfd_create("outlet", MFD_CLOEXEC));
    output to{.to = std::make_unique<file_sink>(unique_fd(::dup(file.get()))), .socket = {}};
    queue.close();
    outlet out(wanted, std::move(to), queue, blocks, until, shown);
    out.run();
    outcome = out.outcome();
    std::string arrived(1 << 16, '\0');
    arrived.resize(static_cast<std::size_t>(::pread(file.get(), arrived.data(), arrived.size(), 0)));
    return arrived;
  }

  /// Takes every block that is free, and returns how many.
  std::uint32_t free_blocks() {
    std::uint32_t count = 0;
    for (; blocks.spare(); ++count) blocks.open_next();
    return count;
  }

  options wanted;
  control until;
  progress shown;
  block_pool blocks{block_bytes, credits};
  record_queue queue{{.capacity = 100}};
  delivery outcome;
};

TEST(outlet, neighbours_and_gaps_in_one_batch_arrive_as_they_are) {
  bench with;
  with.fill(0, "aaa\nbbb\nccc\nddd\n");
  with.push(0, 0, 4);
  with.push(0, 4, 4);
  with.push(0, 12, 4);  // "ccc" was dropped
  EXPECT_EQ(with.deliver(), "aaa\nbbb\nddd\n");
  EXPECT_EQ(with.outcome.delivered, (tally{3, 12}));
  EXPECT_EQ(with.outcome.undelivered, tally{});
}

TEST(outlet, records_without_bytes_count) {
  bench with;
  with.fill(0, "a");
  with.push(0, 0, 0);
  with.push(0, 0, 1);
  with.push(0, 1, 0);
  EXPECT_EQ(with.deliver(), "a");
  EXPECT_EQ(with.outcome.delivered, (tally{3, 1}));
}

TEST(outlet, a_block_goes_back_when_the_next_one_appears) {
  bench with;
  EXPECT_EQ(with.free_blocks(), credits);  // all are taken
  for (const std::uint32_t block : {2u, 0u, 1u}) {
    with.fill(block, std::string(3, static_cast<char>('a' + block)));
    with.push(block, 0, 1);
    with.push(block, 1, 2);
  }
  EXPECT_EQ(with.deliver(), "cccaaabbb");
  EXPECT_EQ(with.free_blocks(), 2u);  // block 1 may still be written to
}

TEST(outlet, after_giving_up_what_is_left_is_counted_and_nothing_arrives) {
  bench with;
  with.fill(0, "aaa\nbbb\n");
  with.push(0, 0, 4);
  with.push(0, 4, 4);
  with.until.give_up();
  EXPECT_EQ(with.deliver(), "");
  EXPECT_EQ(with.outcome.delivered, tally{});
  EXPECT_EQ(with.outcome.undelivered, (tally{2, 8}));
}

}  // namespace
}  // namespace tidegate::pump
