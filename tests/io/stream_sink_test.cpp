// Conformance of stream_sink, the same on every backend: byte-exact under slow and vanishing peers, honest under
// deadlines, exact in its account, and never a signal to the process.
#include "tidegate/io/stream_sink.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>

#include <csignal>

#include "tests/io/stream_backend.hpp"

namespace tidegate::test {
namespace {

class stream_sink_on : public stream_backend_test {};

INSTANTIATE_TEST_SUITE_P(each, stream_sink_on, ::testing::ValuesIn(stream_backends), backend_name);

// --- bytes arrive, all of them, in order

TEST_P(stream_sink_on, gives_a_slow_reader_the_exact_stream) {
  auto [ours, theirs] = make_socketpair(4608);  // the least that the kernel takes: every batch is cut many times
  stream_reader reader(std::move(theirs), {.most_bytes = 9973, .pause_odds = 20});
  auto out = make(std::move(ours), small);
  std::minstd_rand random(7);
  while (out->position().bytes.accepted < (3u << 20)) {
    if (random() % 4 == 0) out->cork();
    if (random() % 4 == 0) out->uncork();
    ASSERT_TRUE(write_patiently(*out, random() % 3000));
  }
  const auto closed = close_and_check(*out, eventually());
  EXPECT_FALSE(closed.report.error);
  EXPECT_EQ(reader.join(), closed.report.position.bytes.accepted);
  EXPECT_LE(out->stats().most_bytes, small.capacity_bytes);
}

TEST_P(stream_sink_on, takes_runs_of_records) {
  auto [ours, theirs] = make_socketpair();
  stream_reader reader(std::move(theirs), {});
  sink_config config = small;
  config.corked = true;
  auto out = make(std::move(ours), config);
  std::minstd_rand random(11);
  std::uint64_t records = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::uint32_t> lengths(random() % 50);
    std::size_t total = 0;
    for (auto& length : lengths) total += length = static_cast<std::uint32_t>(random() % 100);
    const auto bytes = next_record(*out, total);
    sink_status answer;
    while ((answer = out->write_run(bytes, lengths)) == sink_status::full) {
      ASSERT_EQ(out->wait_progress(eventually()), wait_status::ok);
    }
    ASSERT_TRUE(accepted(answer));
    records += lengths.size();
    if (answer == sink_status::pause) {
      ASSERT_EQ(out->drain(eventually()), wait_status::ok);
    }
  }
  const auto closed = close_and_check(*out, eventually());
  EXPECT_EQ(closed.report.position.records.written, records);
  EXPECT_EQ(reader.join(), closed.report.position.bytes.written);
}

TEST_P(stream_sink_on, fills_tcp_with_large_batches) {
  auto [ours, theirs] = make_tcp_pair();
  stream_reader reader(std::move(theirs), {.most_bytes = 1 << 20});
  auto out = make(std::move(ours), {.corked = true});
  while (out->position().bytes.accepted < (32u << 20)) ASSERT_TRUE(write_patiently(*out, 4096));
  const auto closed = close_and_check(*out, eventually());
  EXPECT_FALSE(closed.report.error);
  EXPECT_EQ(reader.join(), 32u << 20);
}

TEST_P(stream_sink_on, carries_records_larger_than_a_batch) {
  auto [ours, theirs] = make_socketpair();
  stream_reader reader(std::move(theirs), {.pause_odds = 20});
  auto out =
      make(std::move(ours), {.capacity_bytes = 1 << 20, .high_bytes = 1 << 20, .low_bytes = 1, .batch_bytes = 10'000});
  const std::vector<std::byte> too_big((1 << 20) + 1);
  EXPECT_EQ(out->write(too_big), sink_status::too_big);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(write_patiently(*out, 1 << 20));
  const auto closed = close_and_check(*out, eventually());
  EXPECT_EQ(closed.report.position.records.written, 5u);
  EXPECT_EQ(reader.join(), 5u << 20);
}

TEST_P(stream_sink_on, writes_to_pipes_without_touching_their_flags) {
  for (const int flags : {O_CLOEXEC, O_CLOEXEC | O_NONBLOCK}) {
    auto [ours, theirs] = make_pipe(flags);
    unique_fd other{::fcntl(ours.get(), F_DUPFD_CLOEXEC, 0)};  // someone else with the same open file
    ::fcntl(theirs.get(), F_SETFL, 0);
    stream_reader reader(std::move(theirs), {.most_bytes = 9973, .pause_odds = 20});
    auto out = make(std::move(ours), small);
    while (out->position().bytes.accepted < (1u << 20)) ASSERT_TRUE(write_patiently(*out, 1 + 777));
    EXPECT_EQ(::fcntl(other.get(), F_GETFL) & O_NONBLOCK, flags & O_NONBLOCK);
    EXPECT_EQ(out->stats().retries, 0u) << "a pipe without room is waited for, not asked again and again";
    const auto closed = close_and_check(*out, eventually());
    EXPECT_FALSE(closed.report.error);
    other.reset();
    EXPECT_EQ(reader.join(), closed.report.position.bytes.written);
  }
}

TEST_P(stream_sink_on, writes_to_terminals) {
  for (const int flags : {0, O_NONBLOCK}) {
    int master = -1;
    int slave = -1;
    termios raw{};
    ::cfmakeraw(&raw);
    ASSERT_EQ(::openpty(&master, &slave, nullptr, &raw, nullptr), 0);
    ::fcntl(slave, F_SETFL, flags);
    auto out = make(unique_fd{slave}, small);
    stream_reader reader(unique_fd{master}, {.pause_odds = 100, .stop_after = 100'000});
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(write_patiently(*out, 1000));
    }
    EXPECT_EQ(out->flush(eventually()), wait_status::ok);
    EXPECT_LT(out->stats().retries, 10u);
    EXPECT_EQ(reader.join(), 100'000u);
  }
}

// --- credits and marks

TEST_P(stream_sink_on, bounds_what_it_holds_and_pauses_between_the_marks) {
  auto [ours, theirs] = make_socketpair(4608);
  auto out = make(std::move(ours), small);
  sink_status answer = sink_status::ok;
  while (answer == sink_status::ok) {
    EXPECT_TRUE(out->writable());
    answer = out->write(next_record(*out, 1000));
  }
  EXPECT_EQ(answer, sink_status::pause);
  EXPECT_GE(out->position().bytes.in_flight(), small.high_bytes);
  EXPECT_LT(out->position().bytes.in_flight(), small.high_bytes + 1000);
  while (answer == sink_status::pause) answer = out->write(next_record(*out, 1000));
  EXPECT_EQ(answer, sink_status::full);
  EXPECT_GT(out->position().bytes.in_flight(), small.capacity_bytes - 1000);
  EXPECT_EQ(out->write(next_record(*out, out->credits().bytes)), sink_status::pause) << "the last credit can be used";
  EXPECT_EQ(out->credits().bytes, 0u);
  EXPECT_EQ(out->drain(in(milliseconds{5})), wait_status::timed_out);
  EXPECT_FALSE(out->writable());
  stream_reader reader(std::move(theirs), {});
  EXPECT_EQ(out->drain(eventually()), wait_status::ok);
  EXPECT_TRUE(out->writable());
  EXPECT_LE(out->position().bytes.in_flight(), small.low_bytes);
  EXPECT_EQ(out->stats().pauses, 1u);
  EXPECT_EQ(out->stats().fulls, 1u);
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error);
}

TEST_P(stream_sink_on, bounds_records_as_well_as_bytes) {
  auto [ours, theirs] = make_socketpair(4608);
  sink_config config = small;
  config.capacity_records = 100;
  config.corked = true;
  auto out = make(std::move(ours), config);
  for (int i = 0; i < 49; ++i) ASSERT_EQ(out->write(next_record(*out, 1)), sink_status::ok);
  for (int i = 0; i < 51; ++i) ASSERT_EQ(out->write(next_record(*out, 1)), sink_status::pause);
  const std::vector<std::uint32_t> many(101, 0);
  EXPECT_EQ(out->write_run({}, many), sink_status::too_big);
  out->cork();
  EXPECT_EQ(out->credits().records, 0u);
  EXPECT_EQ(out->write(next_record(*out, 1)), sink_status::ok) << "before `full`, completions are looked for";
  EXPECT_EQ(out->position().records.written, 100u);
}

TEST_P(stream_sink_on, counts_records_without_bytes) {
  auto [ours, theirs] = make_socketpair(4608);
  auto out = make(std::move(ours), small);
  EXPECT_EQ(out->write(no_bytes), sink_status::ok);
  EXPECT_EQ(out->position().records.written, 1u) << "nothing before it: written at once";
  while (out->write(next_record(*out, 5000)) == sink_status::ok) {
  }
  EXPECT_EQ(out->write(no_bytes), sink_status::pause);
  EXPECT_GT(out->position().records.in_flight(), 1u) << "it waits for its turn";
  const auto closed = close_and_check(*out, deadline::already_over());
  EXPECT_TRUE(closed.records.back().empty()) << "and is handed back like any other";
}

TEST_P(stream_sink_on, keeps_a_small_record_until_pumped_when_corked) {
  auto [ours, theirs] = make_socketpair();
  sink_config config = small;
  config.corked = true;
  auto out = make(std::move(ours), config);
  ASSERT_EQ(out->write(next_record(*out, 10)), sink_status::ok);
  EXPECT_EQ(out->position().bytes.submitted, 0u);
  EXPECT_EQ(out->pump(), 10u);
  EXPECT_EQ(out->position().bytes.written, 10u);
  ASSERT_EQ(out->write(next_record(*out, 16 << 10)), sink_status::ok) << "a full batch leaves by itself";
  EXPECT_GT(out->position().bytes.submitted, 10u);
  out->uncork();
  EXPECT_EQ(out->position().bytes.submitted, 10u + (16 << 10));
}

// --- waits

TEST_P(stream_sink_on, flushes_up_to_the_fence) {
  auto [ours, theirs] = make_socketpair();
  auto out = make(std::move(ours), small);
  ASSERT_TRUE(write_patiently(*out, 20'000));
  EXPECT_EQ(out->flush(eventually()), wait_status::ok);
  int waiting = 0;
  ASSERT_EQ(::ioctl(theirs.get(), FIONREAD, &waiting), 0);
  EXPECT_EQ(waiting, 20'000);
}

void expect_deadlines_kept(std::unique_ptr<stream_sink> out, unique_fd theirs) {
  const std::size_t before = open_descriptors() - 1;
  while (accepted(out->write(next_record(*out, 1000)))) {
  }
  const auto started = native_sync::now();
  EXPECT_EQ(out->drain(in(milliseconds{20})), wait_status::timed_out);
  EXPECT_EQ(out->flush(in(milliseconds{20})), wait_status::timed_out);
  EXPECT_EQ(out->wait_progress(in(milliseconds{20})), wait_status::timed_out);
  const auto closed = close_and_check(*out, in(milliseconds{20}));
  EXPECT_GE(native_sync::now() - started, milliseconds{80}) << "a deadline was kept too early";
  EXPECT_EQ(closed.report.error, sink_errc::cut_short);
  EXPECT_LE(open_descriptors(), before);
  stream_reader reader(std::move(theirs), {});
  EXPECT_EQ(reader.join(), closed.report.position.bytes.written) << "what counts as written is with the peer, no more";
}

TEST_P(stream_sink_on, keeps_deadlines_with_a_socket_that_nobody_reads) {
  auto [ours, theirs] = make_socketpair(4608);
  expect_deadlines_kept(make(std::move(ours), small), std::move(theirs));
}

TEST_P(stream_sink_on, keeps_deadlines_with_a_pipe_that_nobody_reads) {
  auto [ours, theirs] = make_pipe();
  expect_deadlines_kept(make(std::move(ours), small), std::move(theirs));
}

TEST_P(stream_sink_on, sleeps_while_it_waits) {
  auto [ours, theirs] = make_socketpair(4608);
  auto out = make(std::move(ours), small);
  while (accepted(out->write(next_record(*out, 1000)))) {
  }
  EXPECT_EQ(out->drain(in(milliseconds{100})), wait_status::timed_out);
  EXPECT_LT(out->stats().waits, 20u) << "a wait that spins";
}

TEST_P(stream_sink_on, sleeps_when_idle_although_its_ring_is_broken) {
  EXPECT_EQ(in_child([] {
              auto [ours, theirs] = make_socketpair();
              sink_config config = with_backend(small);
              config.group = nullptr;
              std::error_code error;
              const auto out = stream_sink::make(std::move(ours), config, error);
              if (!out || !write_patiently(*out, 100) || out->flush(eventually()) != wait_status::ok) return 1;
              if (!forbid(SYS_io_uring_enter, SYS_io_uring_enter, EPERM)) return 2;
              if (out->wait(in(milliseconds{20})) != wait_status::timed_out) return 3;
              return out->stats().waits < 20 ? 0 : 4;
            }),
            0);
}

TEST_P(stream_sink_on, can_be_interrupted) {
  auto [ours, theirs] = make_socketpair(4608);
  const unique_fd doorbell{::eventfd(0, EFD_CLOEXEC)};
  sink_config config = small;
  config.wake_fd = doorbell.get();
  auto out = make(std::move(ours), config);
  while (accepted(out->write(next_record(*out, 1000)))) {
  }
  for (int i = 0; i < 3; ++i) {
    std::thread other([&] {
      std::this_thread::sleep_for(milliseconds{10});
      ::eventfd_write(doorbell.get(), 1);
    });
    EXPECT_EQ(out->drain(eventually()), wait_status::interrupted);
    EXPECT_EQ(out->flush(eventually()), wait_status::interrupted) << "for as long as the bell is not read";
    other.join();
    eventfd_t rung = 0;
    ::eventfd_read(doorbell.get(), &rung);
    EXPECT_EQ(out->flush(in(milliseconds{5})), wait_status::timed_out);
  }
  ::eventfd_write(doorbell.get(), 1);
  stream_reader reader(std::move(theirs), {});
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error) << "close() does not listen to the bell";
}

// --- the peer goes away

TEST_P(stream_sink_on, reports_a_peer_that_closes_in_mid_record) {
  std::signal(SIGPIPE, SIG_DFL);
  for (const bool socket : {true, false}) {
    auto [ours, theirs] = socket ? make_socketpair(4608) : make_pipe();
    stream_reader reader(std::move(theirs), {.most_bytes = 999, .stop_after = 100'001});
    auto out = make(std::move(ours), small);
    while (write_patiently(*out, 1000)) {
    }
    EXPECT_TRUE(out->error() == std::errc::broken_pipe || out->error() == std::errc::connection_reset) << out->error();
    EXPECT_EQ(out->write(next_record(*out, 1)), sink_status::failed);
    EXPECT_EQ(out->drain(eventually()), wait_status::failed);
    EXPECT_EQ(out->flush(eventually()), wait_status::failed);
    EXPECT_FALSE(out->writable());
    const auto closed = close_and_check(*out, eventually());
    EXPECT_EQ(closed.report.error, out->error());
    EXPECT_GT(closed.records.size(), 0u);
    EXPECT_EQ(reader.join(), 100'001u);
    sigset_t pending;
    ::sigpending(&pending);
    EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0) << "left a signal behind";
  }
}

/// The kernel may raise SIGPIPE with a short count, and one call before the completion that says so: rare, so many
/// times.
TEST_P(stream_sink_on, never_lets_the_signal_of_a_broken_pipe_through) {
  std::signal(SIGPIPE, SIG_DFL);
  for (unsigned i = 0; i < 300; ++i) {
    auto [ours, theirs] = make_pipe();
    stream_reader reader(std::move(theirs), {.most_bytes = 999, .stop_after = 20'001}, i);
    auto out = make(std::move(ours), small);
    while (write_patiently(*out, 1000)) {
    }
    EXPECT_EQ(out->error(), std::errc::broken_pipe);
    (void)close_and_check(*out, eventually());
  }
}

TEST_P(stream_sink_on, leaves_someone_elses_pending_signal_alone) {
  sigset_t broken_pipe;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr), 0);
  ::pthread_kill(::pthread_self(), SIGPIPE);
  auto [ours, theirs] = make_pipe();
  theirs.reset();
  auto out = make(std::move(ours), small);
  EXPECT_TRUE(accepted(out->write(next_record(*out, 10))));
  EXPECT_EQ(out->flush(eventually()), wait_status::failed);
  const timespec at_once{};
  EXPECT_EQ(::sigtimedwait(&broken_pipe, nullptr, &at_once), SIGPIPE);
  EXPECT_EQ(::sigtimedwait(&broken_pipe, nullptr, &at_once), -1);
  ::pthread_sigmask(SIG_UNBLOCK, &broken_pipe, nullptr);
}

TEST_P(stream_sink_on, fails_on_a_reset_connection) {
  auto [ours, theirs] = make_tcp_pair();
  const linger reset{1, 0};
  ::setsockopt(theirs.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  auto out = make(std::move(ours), small);
  ASSERT_TRUE(write_patiently(*out, 1000));
  theirs.reset();
  while (write_patiently(*out, 1000)) {
  }
  EXPECT_TRUE(out->error() == std::errc::broken_pipe || out->error() == std::errc::connection_reset) << out->error();
  (void)close_and_check(*out, eventually());
}

TEST_P(stream_sink_on, fails_on_a_full_device) {
  unique_fd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  if (!full) GTEST_SKIP() << "NOT TESTED: no /dev/full";
  auto out = make(std::move(full), small);
  for (int i = 0; i < 3 && accepted(out->write(next_record(*out, 100))); ++i) {
  }
  EXPECT_EQ(out->flush(eventually()), wait_status::failed);
  EXPECT_EQ(out->error(), std::errc::no_space_on_device);
  const auto closed = close_and_check(*out, eventually());
  EXPECT_EQ(closed.report.position.bytes.written, 0u);
  EXPECT_EQ(closed.cut_bytes, 0u);
}

// --- closing

TEST_P(stream_sink_on, tells_the_peer_about_the_end) {
  auto [ours, theirs] = make_socketpair();
  unique_fd other{::fcntl(ours.get(), F_DUPFD_CLOEXEC, 0)};  // keeps the socket open: only shutdown ends the stream
  auto out = make(std::move(ours), small);
  ASSERT_TRUE(write_patiently(*out, 100));
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error);
  stream_reader reader(std::move(theirs), {});
  EXPECT_EQ(reader.join(), 100u);
}

TEST_P(stream_sink_on, closes_its_descriptor_exactly_once) {
  auto [ours, theirs] = make_socketpair();
  const int number = ours.get();
  auto out = make(std::move(ours), small);
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error);
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  const unique_fd reused{::fcntl(theirs.get(), F_DUPFD, number)};
  EXPECT_EQ(reused.get(), number);
  EXPECT_FALSE(out->close(eventually()).error);
  EXPECT_EQ(out->write(no_bytes), sink_status::closing);
  EXPECT_EQ(out->drain(eventually()), wait_status::closed);
  EXPECT_EQ(out->pump(), 0u);
  out.reset();
  EXPECT_GE(::fcntl(number, F_GETFD), 0) << "closed a descriptor that was no longer its own";
}

TEST_P(stream_sink_on, loses_nothing_but_what_it_says_when_destroyed) {
  auto [ours, theirs] = make_socketpair(4608);
  const std::size_t before = open_descriptors() - 1;
  auto out = make(std::move(ours), small);
  while (accepted(out->write(next_record(*out, 1000)))) {
  }
  out.reset();
  EXPECT_EQ(open_descriptors(), before);
  stream_reader reader(std::move(theirs), {});
  EXPECT_GT(reader.join(), 0u);
}

TEST_P(stream_sink_on, may_be_made_here_and_used_there) {
  auto [ours, theirs] = make_socketpair();
  stream_reader reader(std::move(theirs), {});
  auto out = make(std::move(ours), small);
  std::thread owner([&] {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(write_patiently(*out, 1000));
    EXPECT_EQ(out->flush(eventually()), wait_status::ok);
  });
  owner.join();
  ASSERT_TRUE(the_group() ? the_group()->rebind_owner() : out->rebind_owner());
  ASSERT_TRUE(write_patiently(*out, 1000));
  EXPECT_FALSE(close_and_check(*out, eventually()).report.error);
  EXPECT_EQ(reader.join(), 101'000u);
}

// --- being made

TEST_P(stream_sink_on, refuses_what_is_not_a_writable_stream) {
  const auto refusal = [](unique_fd fd) {
    std::error_code error;
    EXPECT_EQ(stream_sink::make(std::move(fd), with_backend(), error), nullptr);
    return error;
  };
  EXPECT_EQ(refusal(unique_fd{}), std::errc::bad_file_descriptor);
  EXPECT_EQ(refusal(unique_fd{::open("/tmp", O_RDONLY | O_DIRECTORY)}), std::errc::is_a_directory);
  EXPECT_EQ(refusal(unique_fd{::open("/dev/null", O_RDONLY)}), sink_errc::not_writable);
  EXPECT_EQ(refusal(unique_fd{::open("/tmp", O_TMPFILE | O_RDWR, 0600)}), sink_errc::not_a_stream);
  EXPECT_EQ(refusal(unique_fd{::socket(AF_UNIX, SOCK_DGRAM, 0)}), sink_errc::not_a_stream);
  std::error_code error;
  EXPECT_EQ(stream_sink::make(std::move(make_pipe().ours), {.high_bytes = 0}, error), nullptr);
  EXPECT_EQ(error, sink_errc::bad_limits);
  EXPECT_THROW(stream_sink(unique_fd{}, with_backend()), std::system_error);
}

}  // namespace
}  // namespace tidegate::test
