// A reader beside a writer that never stops, and beside writers that are killed wherever they are.
#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "support.hpp"
#include "tidegate/observe/counters_file.hpp"

namespace tidegate {
namespace {

using namespace test;

class counters_crash : public in_a_folder {};

constexpr std::size_t many = 40;

/// Samples without end, each row with the sample's number everywhere.
[[noreturn]] void publish_for_ever(counters_file& file) {
  for (std::uint64_t number = 1;; ++number) file.publish(std::vector<pressure>(many, numbered("a", number)));
}

/// Whatever can be read is of one sample: every number of every row is that sample's. A writer without a pause may
/// write both samples while one is read; then rows, or all, are unreadable. False: so it was.
bool is_one_sample(const counters_snapshot& seen) {
  if (seen.error == counters_errc::half_written) return false;
  EXPECT_FALSE(seen.error) << seen.problem;
  EXPECT_TRUE(seen.rows == many || seen.sequence == 1) << seen.rows;
  bool all = true;
  for (std::size_t row = 0; row < seen.rows; ++row) {
    all &= seen.readable(row);
    if (!seen.readable(row)) continue;
    for (const char* const field :
         {"capacity", "depth", "entered", "left", "push_waits", "stalls", "rejected", "lost", "time_to_full_ns"}) {
      EXPECT_EQ(whole(seen, row, field), seen.sequence - 1) << field << " of row " << row;
    }
  }
  return all;
}

TEST_F(counters_crash, killed_anywhere_it_leaves_one_whole_sample) {
  std::mt19937 random(7);
  for (int turn = 0; turn < 25; ++turn) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      counters_file file({.path = path_});
      (void)!::write(ready[1], "!", 1);
      publish_for_ever(file);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    std::uint64_t before = 0;
    for (auto looks = random() % 20; looks > 0; --looks) {
      const counters_snapshot seen = read_counters(path_);
      if (!is_one_sample(seen)) continue;
      EXPECT_EQ(seen.writer.state, writer_state::alive);
      EXPECT_GE(seen.sequence, before) << "time runs backwards";
      before = seen.sequence;
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const counters_snapshot last = read_counters(path_);
    EXPECT_TRUE(is_one_sample(last)) << last.problem;
    EXPECT_EQ(last.writer.state, writer_state::gone);
    EXPECT_EQ(last.writer.pid, static_cast<std::uint32_t>(child));
    ::close(ready[0]);
    ::close(ready[1]);
  }
}

TEST_F(counters_crash, reader_and_writer_in_one_process) {
  counters_file file({.path = path_});
  std::atomic<bool> enough{false};
  std::thread writer([&] {
    for (std::uint64_t number = 1; !enough.load(); ++number) {
      file.publish(std::vector<pressure>(many, numbered("a", number)));
    }
  });
  int whole_samples = 0;
  for (int look = 0; look < 300; ++look) {
    if (is_one_sample(read_counters(path_))) ++whole_samples;
    EXPECT_FALSE(file.error());
  }
  EXPECT_GT(whole_samples, 0);
  enough.store(true);
  writer.join();
}

}  // namespace
}  // namespace tidegate
