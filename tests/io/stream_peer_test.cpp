// Stream sinks against the peers that break others: readers of one byte, of odd sizes, of nothing for a long time;
// peers that close or reset in mid-record; peers that are evicted. On every backend, with books kept by the test.
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <thread>

#include "tests/io/books.hpp"
#include "tests/io/stream_backend.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

class stream_peer : public stream_backend_test {};
INSTANTIATE_TEST_SUITE_P(each, stream_peer, ::testing::ValuesIn(stream_backends), backend_name);

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

constexpr std::size_t flat = std::size_t{4} << (sanitized ? 28 : 20);

// --- tiny buffers, odd readers

/// The kernel's least send buffer takes some 8 KiB at once, so that every record of 64 KiB is cut many times.
TEST_P(stream_peer, reads_one_byte_or_odd_pieces) {
  const stream_reader::manner manners[] = {
      {.most_bytes = 1, .exactly = true}, {.most_bytes = 997, .exactly = true}, {.most_bytes = 9973, .pause_odds = 50}};
  for (const auto& how : manners) {
    for (const bool watched : {false, true}) {
      const std::uint64_t total = how.most_bytes == 1 ? 128 << 10 : 2 << 20;
      auto [ours, theirs] = make_socketpair(4608);
      stream_reader reader(std::move(theirs), how);
      sink_config config{
          .capacity_bytes = 256 << 10, .high_bytes = 128 << 10, .low_bytes = 32 << 10, .batch_bytes = 64 << 10};
      if (watched) config.stall_after = std::chrono::hours{1};
      auto out = make(std::move(ours), config);
      books account(*out);
      while (account.accepted_bytes() < total) ASSERT_TRUE(account.offer_patiently(64 << 10));
      const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
      EXPECT_FALSE(closed.report.error);
      if (watched || out->backend().kind == backend_kind::posix) {
        EXPECT_GT(out->stats().short_writes, 10u);
      }
      EXPECT_EQ(out->stats().stalls, 0u);
    }
  }
}

// --- a reader that pauses

struct sample {
  std::byte bytes[64];
};

/// Fills the queue until told to stop; counts what the queue refused.
class producer {
 public:
  explicit producer(spsc_queue<sample>& queue) : thread_([this, &queue] { run(queue); }) {}
  void stop() { stop_ = true; }
  void join() { thread_.join(); }
  std::atomic<std::uint64_t> pushed{0};
  std::atomic<std::uint64_t> refused{0};

 private:
  void run(spsc_queue<sample>& queue) {
    while (!stop_) {
      sample next;
      const auto bytes = stream_bytes(pushed * sizeof next, sizeof next);
      std::memcpy(&next, bytes.data(), sizeof next);
      if (accepted(queue.try_push(next))) {
        ++pushed;
      } else {
        ++refused;
        std::this_thread::yield();
      }
    }
    queue.close();
  }

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Takes from the queue only while the sink is writable: what a sink thread does.
void move_samples(spsc_queue<sample>& queue, books& account, sink& out) {
  sample next;
  while (out.writable() && queue.try_pop(next) == pop_status::ok) {
    const auto answer = account.note(sizeof next, out.write(std::as_bytes(std::span(&next, 1))));
    ASSERT_TRUE(accepted(answer));
  }
  (void)out.pump();
}

TEST_P(stream_peer, that_pauses_is_felt_by_the_producer_and_by_nobody_else) {
  auto [ours, theirs] = make_socketpair(4608);
  std::atomic<bool> gate{false};
  stream_reader reader(std::move(theirs), {.gate = &gate});
  auto out = make(std::move(ours), small);
  books account(*out);
  spsc_queue<sample> queue(queue_config{.capacity = 256});
  producer source(queue);
  const auto started = native_sync::now();
  while (source.refused == 0 || out->writable()) move_samples(queue, account, *out);
  RecordProperty("pause_us", std::to_string((native_sync::now() - started).count() / 1000));
  const std::size_t before = resident_bytes();
  const std::uint64_t refused = source.refused;
  const auto held = in(milliseconds{is_long() ? 2000 : 150});
  while (!held.reached(native_sync::now())) {
    EXPECT_EQ(out->wait(earlier(held, in(milliseconds{10}))), wait_status::timed_out);
    move_samples(queue, account, *out);
    EXPECT_LE(out->position().bytes.in_flight(), small.capacity_bytes);
  }
  EXPECT_LT(resident_bytes(), before + flat);
  EXPECT_EQ(queue.depth_hint(), 256u) << "the queue is full: its own policy applies";
  EXPECT_GT(source.refused, refused) << "and the producer is told";
  gate = true;
  gate.notify_all();
  const auto opened = native_sync::now();
  ASSERT_EQ(out->drain(eventually()), wait_status::ok);
  RecordProperty("resume_us", std::to_string((native_sync::now() - opened).count() / 1000));
  source.stop();
  source.join();
  while (out->drain(eventually()) == wait_status::ok && queue.depth_hint() > 0) move_samples(queue, account, *out);
  EXPECT_EQ(account.accepted_records(), source.pushed);
  const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
  EXPECT_FALSE(closed.report.error);
  EXPECT_GE(out->stats().pauses, 1u);
  EXPECT_GE(out->stats().paused, milliseconds{150});
}

// --- a peer that goes away

struct departure {
  const char* name;
  two_ends (*make)();
  bool reset;
};

two_ends tiny_socketpair() { return make_socketpair(4608); }
two_ends plain_pipe() { return make_pipe(); }

TEST_P(stream_peer, goes_away_in_mid_record) {
  std::signal(SIGPIPE, SIG_DFL);
  const departure departures[] = {{"unix", tiny_socketpair, false},
                                  {"pipe", plain_pipe, false},
                                  {"tcp", make_tcp_pair, false},
                                  {"tcp reset", make_tcp_pair, true}};
  std::minstd_rand random(3);
  for (const auto& how : departures) {
    for (int i = 0; i < 8; ++i) {
      SCOPED_TRACE(how.name);
      auto [ours, theirs] = how.make();
      const linger at_once{1, 0};
      if (how.reset) {
        ASSERT_EQ(::setsockopt(theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
      }
      stream_reader reader(std::move(theirs), {.most_bytes = 4999, .stop_after = random() % 200'000},
                           static_cast<unsigned>(random()));
      auto out = make(std::move(ours), small);
      books account(*out);
      while (account.offer_patiently(1 + random() % 3000)) {
      }
      EXPECT_TRUE(out->error() == std::errc::broken_pipe || out->error() == std::errc::connection_reset)
          << out->error();
      std::uint64_t read = 0;
      const auto closed = account.close(eventually(), peer_end::went_away, [&] { return read = reader.join(); });
      EXPECT_EQ(closed.report.lost.reason, loss_reason::error);
      EXPECT_GT(closed.records.size(), 0u);
      if (how.make == tiny_socketpair) {
        EXPECT_LE(closed.report.position.bytes.acked, read) << "confirmed what nobody has read";
      }
    }
  }
}

// --- a peer that never reads

/// How long nothing has to happen until nothing will: the peer's kernel may delay its answer to TCP for 200 ms.
milliseconds settled(two_ends (*make_ends)()) { return milliseconds{make_ends == make_tcp_pair ? 250 : 5}; }

/// Until neither the sink nor the kernel takes more.
void fill_up(books& account, sink& out, two_ends (*make_ends)()) {
  do {
    while (account.offer(5000) != sink_status::full) {
    }
  } while (out.wait(in(settled(make_ends))) == wait_status::ok);
}

TEST_P(stream_peer, never_reads_and_every_wait_keeps_its_deadline) {
  for (const auto make_ends : {tiny_socketpair, plain_pipe, make_tcp_pair}) {
    auto [ours, theirs] = make_ends();
    const std::size_t descriptors = open_descriptors() - 1;
    auto out = make(std::move(ours), small);
    books account(*out);
    fill_up(account, *out, make_ends);
    constexpr milliseconds patience{10};
    const auto started = native_sync::now();
    EXPECT_EQ(out->drain(in(patience)), wait_status::timed_out);
    EXPECT_EQ(out->flush(in(patience)), wait_status::timed_out);
    EXPECT_EQ(out->flush_acked(in(patience)), wait_status::timed_out);
    EXPECT_EQ(out->wait(in(patience)), wait_status::timed_out);
    EXPECT_EQ(out->wait_progress(in(patience)), wait_status::timed_out);
    const auto closed = close_and_check(*out, in(patience));
    EXPECT_GE(native_sync::now() - started, 6 * patience) << "early";
    EXPECT_LT(native_sync::now() - started, seconds{20}) << "late";
    EXPECT_EQ(closed.report.lost.reason, loss_reason::cut_short);
    EXPECT_LE(open_descriptors(), descriptors);
    stream_reader reader(std::move(theirs), {});
    EXPECT_EQ(reader.join(), closed.report.position.bytes.written);
  }
}

TEST_P(stream_peer, never_reads_and_nothing_leaks) {
  const auto one_round = [] {
    auto [ours, theirs] = make_socketpair(4608);
    auto out = make(std::move(ours));
    while (accepted(out->write(stream_bytes(0, 10'000))) && out->writable()) {
    }
    const auto report = out->close(deadline::already_over());
    EXPECT_EQ(report.abandoned_operations, 0u);
    EXPECT_EQ(report.position.bytes.in_flight(), 0u);
  };
  for (int i = 0; i < 10; ++i) one_round();
  const std::size_t descriptors = open_descriptors();
  const std::size_t resident = resident_bytes();
  for (int i = 0; i < 50; ++i) one_round();
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_LT(resident_bytes(), resident + 2 * flat) << "of some 50 MiB that went through";
}

// --- confirmations

TEST_P(stream_peer, has_confirmed_what_its_kernel_took) {
  auto [ours, theirs] = make_tcp_pair();
  auto out = make(std::move(ours), small);
  ASSERT_TRUE(out->tells_acked());
  for (int i = 0; i < 10; ++i) ASSERT_EQ(out->write(next_record(*out, 1000)), sink_status::ok);
  EXPECT_EQ(out->flush_acked(eventually()), wait_status::ok) << "nobody has read it: the peer's kernel has it";
  EXPECT_EQ(out->position().bytes.acked, 10'000u);
  EXPECT_EQ(out->position().records.acked, 10u);
  EXPECT_EQ(out->kernel_queued(), 0u);
  while (out->write(next_record(*out, 5000)) != sink_status::full) {
  }
  EXPECT_GT(out->kernel_queued(), 0u) << "what the kernel holds is outside the sink's bounds, but seen";
  EXPECT_LT(out->position().bytes.acked, out->position().bytes.accepted);
}

TEST_P(stream_peer, on_a_unix_socket_confirms_by_reading) {
  auto [ours, theirs] = make_socketpair();
  auto out = make(std::move(ours), small);
  ASSERT_TRUE(out->tells_acked());
  ASSERT_EQ(out->write(next_record(*out, 1000)), sink_status::ok);
  EXPECT_EQ(out->flush(eventually()), wait_status::ok);
  EXPECT_EQ(out->flush_acked(in(milliseconds{5})), wait_status::timed_out);
  EXPECT_EQ(out->position().bytes.acked, 0u);
  EXPECT_GE(out->kernel_queued(), 1000u);
  std::byte buffer[1000];
  ASSERT_EQ(::read(theirs.get(), buffer, 500), 500);
  EXPECT_EQ(out->flush_acked(in(milliseconds{5})), wait_status::timed_out);
  EXPECT_LE(out->position().bytes.acked, 500u);
  ASSERT_EQ(::read(theirs.get(), buffer, 500), 500);
  theirs.reset();
  EXPECT_EQ(out->flush_acked(eventually()), wait_status::ok) << "gone, but it had read everything";
  EXPECT_EQ(out->position().records.acked, 1u);
}

TEST_P(stream_peer, that_throws_unread_bytes_away_confirms_nothing) {
  for (const auto make_ends : {tiny_socketpair, make_tcp_pair}) {
    auto [ours, theirs] = make_ends();
    auto out = make(std::move(ours), small);
    ASSERT_EQ(out->write(next_record(*out, 1000)), sink_status::ok);
    EXPECT_EQ(out->flush(eventually()), wait_status::ok);
    theirs.reset();
    if (make_ends == make_tcp_pair) {  // its kernel had confirmed them before it reset
      while (out->write(next_record(*out, 1000)) != sink_status::failed &&
             out->flush(eventually()) == wait_status::ok) {
      }
    } else {
      EXPECT_EQ(out->flush_acked(eventually()), wait_status::failed);
      EXPECT_EQ(out->position().bytes.acked, 0u);
    }
    EXPECT_TRUE(out->error() == std::errc::connection_reset || out->error() == std::errc::broken_pipe) << out->error();
    EXPECT_LE(out->position().bytes.acked, 2000u);
  }
}

TEST_P(stream_peer, of_a_pipe_confirms_nothing_so_written_counts) {
  auto [ours, theirs] = make_pipe();
  auto out = make(std::move(ours), small);
  EXPECT_FALSE(out->tells_acked());
  ASSERT_EQ(out->write(next_record(*out, 1000)), sink_status::ok);
  EXPECT_EQ(out->flush_acked(eventually()), wait_status::ok);
  EXPECT_EQ(out->position().bytes.acked, 1000u);
  EXPECT_EQ(out->kernel_queued(), 0u);
}

// --- stalls and eviction

TEST_P(stream_peer, that_stalls_is_told_once_and_may_come_back) {
  for (const auto make_ends : {tiny_socketpair, plain_pipe, make_tcp_pair}) {
    auto [ours, theirs] = make_ends();
    sink_config config = small;
    config.stall_after = settled(make_ends);
    auto out = make(std::move(ours), config);
    books account(*out);
    wait_status answer = wait_status::ok;
    while (answer == wait_status::ok) {
      while (account.offer(5000) != sink_status::full) {
      }
      answer = out->wait(eventually());
    }
    EXPECT_EQ(answer, wait_status::stalled);
    EXPECT_TRUE(out->stats().stalled);
    EXPECT_EQ(out->flush(in(milliseconds{20})), wait_status::timed_out) << "told once";
    stream_reader reader(std::move(theirs), {});
    while (answer == wait_status::stalled) answer = out->flush(eventually());  // a busy machine may stall it again
    EXPECT_EQ(answer, wait_status::ok);
    EXPECT_FALSE(out->stats().stalled);
    const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
    EXPECT_FALSE(closed.report.error);
  }
}

TEST_P(stream_peer, that_stalls_ends_the_wait_of_its_group) {
  sink_group group({.backend = GetParam().kind, .without = GetParam().without});
  auto [ours, theirs] = tiny_socketpair();
  sink_config config = small;
  config.group = &group;
  config.stall_after = milliseconds{5};
  stream_sink out(std::move(ours), config);
  books account(out);
  while (account.offer(5000) != sink_status::full) {
  }
  EXPECT_EQ(group.wait(eventually()), wait_status::ok);
  EXPECT_EQ(out.stats().stalls, 1u);
  EXPECT_EQ(group.wait(in(milliseconds{20})), wait_status::timed_out) << "told once";
}

TEST_P(stream_peer, that_stalls_is_evicted_and_everything_comes_back) {
  for (const auto make_ends : {tiny_socketpair, plain_pipe, make_tcp_pair}) {
    auto [ours, theirs] = make_ends();
    const std::size_t descriptors = open_descriptors() - 1;
    sink_config config = small;
    config.stall_after = milliseconds{5};
    config.evict_stalled = true;
    auto out = make(std::move(ours), config);
    books account(*out);
    while (account.offer_patiently(5000)) {
    }
    EXPECT_EQ(out->error(), sink_errc::evicted);
    EXPECT_EQ(account.offer(1), sink_status::failed);
    stream_reader reader(std::move(theirs), {});
    const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
    EXPECT_EQ(closed.report.error, sink_errc::evicted);
    EXPECT_EQ(closed.report.lost.reason, loss_reason::evicted);
    EXPECT_GT(closed.records.size(), 0u);
    EXPECT_EQ(out->stats().stalls, 1u);
    out.reset();
    EXPECT_LE(open_descriptors(), descriptors);
  }
}

// --- options

int option_of(const unique_fd& fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(::getsockopt(fd.get(), level, name, &value, &length), 0);
  return value;
}

TEST_P(stream_peer, is_reached_through_a_socket_with_the_options_asked_for) {
  auto [ours, theirs] = make_tcp_pair();
  const unique_fd same{::fcntl(ours.get(), F_DUPFD_CLOEXEC, 0)};
  const auto out = make(std::move(ours), {.socket = {.send_buffer_bytes = 20'000,
                                                     .unsent_low_bytes = 12'345,
                                                     .user_timeout = milliseconds{4321},
                                                     .keepalive_after = seconds{77},
                                                     .keepalive_interval = seconds{7},
                                                     .keepalive_probes = 3,
                                                     .no_delay = true}});
  ASSERT_TRUE(out);
  EXPECT_EQ(option_of(same, SOL_SOCKET, SO_SNDBUF), 40'000) << "the kernel doubles it";
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 12'345);
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_USER_TIMEOUT), 4321);
  EXPECT_EQ(option_of(same, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_KEEPIDLE), 77);
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_KEEPINTVL), 7);
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_KEEPCNT), 3);
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST_P(stream_peer, is_reached_without_options_that_its_socket_does_not_have) {
  const sink_config config{.socket = {.unsent_low_bytes = 1, .keepalive_probes = 1, .no_delay = true}};
  EXPECT_TRUE(make(std::move(make_socketpair().ours), config));
  EXPECT_TRUE(make(std::move(make_pipe().ours), config));
  auto [plain, other_end] = make_tcp_pair();
  const unique_fd same{::fcntl(plain.get(), F_DUPFD_CLOEXEC, 0)};
  EXPECT_TRUE(make(std::move(plain)));
  EXPECT_EQ(option_of(same, IPPROTO_TCP, TCP_NODELAY), 0) << "left as it was";
  auto [ours, theirs] = make_tcp_pair();
  std::error_code error;
  EXPECT_EQ(stream_sink::make(std::move(ours), with_backend({.socket = {.keepalive_probes = 1000}}), error), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
}

// --- records in parts, in place, in batches

TEST_P(stream_peer, gets_records_of_parts_and_in_place) {
  auto [ours, theirs] = make_socketpair(4608);
  stream_reader reader(std::move(theirs), {.most_bytes = 9973});
  auto out = make(std::move(ours), small);
  books account(*out);
  std::minstd_rand random(5);
  while (account.accepted_bytes() < (1u << 20)) {
    const std::size_t length = random() % 9000;
    const auto bytes = stream_bytes(account.accepted_bytes(), length);
    const std::span all(bytes);
    const std::size_t cut = random() % (length + 1);
    const std::span<const std::byte> parts[] = {all.first(cut), all.subspan(cut)};
    const auto answer =
        random() % 2 == 0
            ? account.note(length, out->write(parts))
            : account.note(length, out->emplace(length + random() % 1000, [&](std::span<std::byte> place) {
                std::copy(bytes.begin(), bytes.end(), place.begin());
                return length;
              }));
    if (answer == sink_status::pause) {
      ASSERT_EQ(out->drain(eventually()), wait_status::ok);
    }
  }
  const auto closed = account.close(eventually(), peer_end::read_everything, [&] { return reader.join(); });
  EXPECT_FALSE(closed.report.error);
}

TEST_P(stream_peer, gets_what_a_guard_held_together_in_one_piece) {
  auto [ours, theirs] = make_socketpair();
  auto out = make(std::move(ours), small);
  {
    const batch_guard together(*out);
    {
      const batch_guard inner(*out);
      for (int i = 0; i < 10; ++i) ASSERT_EQ(out->write(next_record(*out, 10)), sink_status::ok);
    }
    EXPECT_TRUE(out->corked()) << "the inner guard leaves the outer one alone";
    EXPECT_EQ(out->position().bytes.submitted, 0u);
  }
  EXPECT_FALSE(out->corked());
  EXPECT_EQ(out->stats().batches, 1u);
  EXPECT_EQ(out->position().bytes.submitted, 100u);
}

}  // namespace
}  // namespace tidegate::test
