// Processes that write a log are killed at any time, and so are those that recover it: nothing that was reported as
// written or durable is missing afterwards, and what is there is right. TIDEGATE_STRESS=long: twenty times as often.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/io/log_support.hpp"
#include "tests/io/support.hpp"
#include "tidegate/io/log_sink.hpp"

namespace tidegate::test {
namespace {

/// What a writer says of itself, before it may be killed.
struct said {
  std::uint64_t written_seq = 0;
  std::uint64_t durable_seq = 0;
};

std::size_t length_of(std::uint64_t seq) { return seq % 100 == 0 ? 30'000 : seq * 37 % 700; }

/// One in every combination of what matters, by number.
log_config config_of(unsigned round, const std::string& directory) {
  constexpr log_engine engines[] = {log_engine::buffered, log_engine::inlined, log_engine::direct};
  constexpr sync_policy policies[] = {sync_policy::each_batch(), sync_policy::none(),
                                      sync_policy::interval(milliseconds{2})};
  log_config config;
  config.directory = directory;
  config.segment_bytes = 384 << 10;
  config.capacity_bytes = 128 << 10;
  config.high_bytes = 96 << 10;
  config.low_bytes = 8 << 10;
  config.batch_bytes = 16 << 10;
  config.corked = round % 2 == 0;
  config.engine = engines[round % 3];
  config.sync = policies[round / 3 % 3];
  const bool uring = round / 9 % 2 == 0 && probe_uring().kind == backend_kind::uring;
  config.backend = uring ? backend_kind::uring : backend_kind::posix;
  return config;
}

/// Never returns: writes until it is killed, or for a good many records.
[[noreturn]] void write_until_killed(const log_config& config, int tell) {
  std::error_code error;
  auto out = log_sink::make(config, error);
  if (!out) ::_exit(2);
  const std::uint64_t before = out->next_seq() - 1;
  for (int i = 0; i < 200'000; ++i) {
    const sink_status answer = out->write(record_bytes(out->next_seq(), length_of(out->next_seq())));
    if (answer == sink_status::pause && out->drain(in(seconds{20})) != wait_status::ok) ::_exit(3);
    if (answer == sink_status::full && out->wait_progress(in(seconds{20})) != wait_status::ok) ::_exit(4);
    if (i % 16 != 0) continue;
    (void)out->pump();
    const said now{before + out->position().records.written, out->durable_seq()};
    if (::write(tell, &now, sizeof now) != sizeof now) ::_exit(5);
  }
  ::_exit(0);
}

/// Forks, and kills the child after `span` unless it ends before. False: it ended by itself in a way it should not.
template <class Body>
bool run_and_kill(std::chrono::microseconds span, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  std::this_thread::sleep_for(span);
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) || WEXITSTATUS(status) == 0;
}

said last_said(int fd) {
  said last;
  for (said one; ::read(fd, &one, sizeof one) == sizeof one;) last = one;
  return last;
}

void check_log(const log_location& where, std::uint64_t least) {
  const auto records = library_log(where);
  ASSERT_GE(records.size(), least);
  for (std::uint64_t seq = 1; seq <= records.size(); ++seq) {
    ASSERT_EQ(records[seq - 1].seq, seq);
    ASSERT_EQ(records[seq - 1].payload, record_bytes(seq, length_of(seq))) << "record " << seq;
  }
}

/// `parent`: where the logs lie. Several writers in a row are killed on the same log.
void kill_writers(const char* parent, unsigned rounds, unsigned seed) {
  if (is_long()) rounds *= 20;
  std::minstd_rand random(seed);
  std::unique_ptr<scratch_folder> folder;
  std::uint64_t kept = 0;
  std::uint64_t most = 0;
  unsigned recoveries_killed = 0;
  for (unsigned round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    if (round % 4 == 0) {
      folder = std::make_unique<scratch_folder>(parent);
      kept = 0;
    }
    const log_config config = config_of(round, folder->path());
    const log_location where{config.directory, config.name, {}};
    two_ends pipe = make_pipe();
    const std::chrono::microseconds life{500 + random() % 20'000};
    ASSERT_TRUE(run_and_kill(life, [&] { write_until_killed(config, pipe.ours.get()); }));
    pipe.ours.reset();
    const said told = last_said(pipe.theirs.get());
    EXPECT_LE(told.durable_seq, told.written_seq);
    for (unsigned i = 0; i < random() % 3; ++i, ++recoveries_killed) {
      const std::chrono::microseconds span{random() % 1500};
      ASSERT_TRUE(run_and_kill(span, [&] { (void)recover_log(where); }));
    }
    const log_recovery found = recover_log(where);
    if (found.error == log_errc::no_log && kept == 0 && told.written_seq == 0) continue;
    ASSERT_FALSE(found.error) << found.problem;
    ASSERT_GE(found.next_seq, std::max(kept, told.written_seq) + 1);
    check_log(where, std::max(kept, told.written_seq));
    kept = found.next_seq - 1;
    most = std::max(most, told.durable_seq);
  }
  EXPECT_GT(most, 100u) << "nobody wrote anything";
  EXPECT_GT(recoveries_killed, rounds / 4);
}

TEST(log_crash, killed_on_a_disk_it_keeps_what_it_reported) { kill_writers("/tmp", 80, 1); }

TEST(log_crash, killed_in_memory_it_keeps_what_it_reported) { kill_writers("/dev/shm", 140, 2); }

}  // namespace
}  // namespace tidegate::test
