// Many sinks, one ring or one poll set, one wait: each keeps its own credits and its own failure.
#include "tidegate/io/sink_group.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <csignal>

#include "io/fd_watch.hpp"
#include "io/group_core.hpp"
#include "io/uring_lane.hpp"
#include "tests/io/support.hpp"
#include "tidegate/io/doorbell.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::test {
namespace {

constexpr sink_config small{
    .capacity_bytes = 64 << 10, .high_bytes = 32 << 10, .low_bytes = 8 << 10, .batch_bytes = 16 << 10, .corked = true};

/// A socket of the group, with its reader.
struct peer {
  peer(sink_group& group, stream_reader::manner how, unsigned seed, sink_config config = small) {
    auto [ours, theirs] = make_socketpair(4608);
    config.group = &group;
    std::error_code error;
    out = stream_sink::make(std::move(ours), config, error);
    EXPECT_TRUE(out) << error.message();
    reader = std::make_unique<stream_reader>(std::move(theirs), how, seed);
  }

  std::unique_ptr<stream_sink> out;
  std::unique_ptr<stream_reader> reader;
};

/// One whose peer reads nothing, filled to the brim.
struct stuck_peer {
  explicit stuck_peer(sink_group& group, sink_config config = small) {
    auto ends = make_socketpair(4608);
    config.group = &group;
    std::error_code error;
    out = stream_sink::make(std::move(ends.ours), config, error);
    EXPECT_TRUE(out) << error.message();
    theirs = std::move(ends.theirs);
    while (accepted(out->write(next_record(*out, 1000)))) {
    }
  }

  std::unique_ptr<stream_sink> out;
  unique_fd theirs;
};

class group_on : public backend_test {
 protected:
  static group_config with(group_config config = {}) {
    config.backend = GetParam().kind;
    config.without = GetParam().without;
    return config;
  }
};

INSTANTIATE_TEST_SUITE_P(each, group_on, ::testing::ValuesIn(backends), backend_name);

/// What only a ring can get wrong.
class group_ring : public group_on {};
INSTANTIATE_TEST_SUITE_P(each, group_ring, ::testing::Values(backends[0], backends[1]), backend_name);

/// Gives every open sink what it takes, until each has got `total`; false when a wait did not end well.
bool feed(sink_group& group, const std::vector<std::unique_ptr<peer>>& peers, std::uint64_t total) {
  for (;;) {
    bool done = true;
    for (const auto& one : peers) {
      while (one->out->writable() && one->out->position().bytes.accepted < total) {
        if (!accepted(one->out->write(next_record(*one->out, 1 + one->out->position().bytes.accepted % 997)))) break;
      }
      done = done && one->out->position().bytes.written >= total;
    }
    if (done) return true;
    const wait_status outcome = group.wait(eventually());  // a bell may ring once too often
    if (outcome != wait_status::ok && outcome != wait_status::interrupted) return false;
  }
}

TEST_P(group_on, serves_many_while_one_is_stuck) {
  sink_group group(with());
  EXPECT_EQ(group.backend().kind, GetParam().kind) << group.backend().reason;
  stuck_peer stuck(group);
  const std::uint64_t stuck_at = stuck.out->position().bytes.written;
  std::vector<std::unique_ptr<peer>> peers;
  for (unsigned i = 0; i < 63; ++i) {
    peers.push_back(std::make_unique<peer>(
        group, stream_reader::manner{.most_bytes = 500 + 977 * (i % 7), .pause_odds = i % 5}, i));
  }
  EXPECT_EQ(group.members(), 64u);
  EXPECT_TRUE(feed(group, peers, 100'000));
  EXPECT_EQ(stuck.out->position().bytes.written, stuck_at);
  EXPECT_FALSE(stuck.out->error());
  EXPECT_EQ(stuck.out->drain(deadline::already_over()), wait_status::timed_out);
  EXPECT_LE(stuck.out->position().bytes.in_flight(), small.capacity_bytes);
  for (const auto& one : peers) {
    const auto closed = close_and_check(*one->out, eventually());
    EXPECT_FALSE(closed.report.error);
    EXPECT_EQ(one->reader->join(), closed.report.position.bytes.written);
  }
  const auto closed = close_and_check(*stuck.out, in(milliseconds{5}));
  EXPECT_EQ(closed.report.error, sink_errc::cut_short);
  stream_reader rest(std::move(stuck.theirs), {});
  EXPECT_EQ(rest.join(), closed.report.position.bytes.written) << "what counts as written is with the peer, no more";
}

TEST_P(group_on, goes_on_when_members_fail) {
  sink_group group(with());
  std::vector<std::unique_ptr<peer>> peers;
  for (unsigned i = 0; i < 8; ++i) peers.push_back(std::make_unique<peer>(group, stream_reader::manner{}, i));
  peer goner(group, {.stop_after = 10'000}, 99);
  while (!goner.out->error()) {
    while (goner.out->writable() && accepted(goner.out->write(next_record(*goner.out, 1000)))) {
    }
    if (goner.out->error()) break;
    ASSERT_EQ(group.wait(eventually()), wait_status::ok) << "a failure is progress";
  }
  EXPECT_TRUE(feed(group, peers, 50'000));
  EXPECT_EQ(goner.out->write(next_record(*goner.out, 1)), sink_status::failed);
  EXPECT_EQ(close_and_check(*goner.out, eventually()).report.error, goner.out->error());
  goner.out.reset();
  EXPECT_EQ(group.members(), 8u);
  EXPECT_TRUE(feed(group, peers, 100'000));
  for (const auto& one : peers) {
    const auto closed = close_and_check(*one->out, eventually());
    EXPECT_FALSE(closed.report.error);
    EXPECT_EQ(one->reader->join(), closed.report.position.bytes.written);
  }
}

/// Who leaves reaps its own operations; those of the others stay, and complete.
TEST_P(group_on, lets_members_leave_and_come_in_flight) {
  const std::size_t before = open_descriptors();
  {
    sink_group group(with());
    stuck_peer stays(group);
    for (int i = 0; i < 20; ++i) {
      stuck_peer leaves(group);
      EXPECT_GT(leaves.out->position().bytes.in_flight(), 0u);
      if (i % 2 == 0) leaves.out.reset();
      EXPECT_EQ(group.members(), i % 2 == 0 ? 1u : 2u);
    }
    EXPECT_GT(stays.out->position().bytes.in_flight(), 0u);
    stream_reader reader(std::move(stays.theirs), {});
    while (stays.out->position().bytes.in_flight() > 0) ASSERT_EQ(group.wait(eventually()), wait_status::ok);
    const auto closed = close_and_check(*stays.out, eventually());
    EXPECT_FALSE(closed.report.error);
    EXPECT_EQ(reader.join(), closed.report.position.bytes.written);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(group_on, keeps_its_deadline) {
  sink_group group(with());
  EXPECT_EQ(group.wait(deadline::never()), wait_status::failed) << "nothing could ever end it";
  EXPECT_EQ(group.wait(in(milliseconds{5})), wait_status::timed_out);
  stuck_peer stuck(group);
  const auto started = native_sync::now();
  EXPECT_EQ(group.wait(in(milliseconds{50})), wait_status::timed_out);
  EXPECT_GE(native_sync::now() - started, milliseconds{50});
  EXPECT_EQ(group.wait(deadline::already_over()), wait_status::timed_out);
  EXPECT_LT(group.stats().sleeps, 20u) << "a wait that spins";
}

TEST_P(group_on, hears_its_wake_descriptor_for_as_long_as_it_is_readable) {
  const unique_fd wake{::eventfd(0, EFD_CLOEXEC)};
  sink_group group(with({.wake_fd = wake.get()}));
  stuck_peer stuck(group);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(group.wait(in(milliseconds{2})), wait_status::timed_out);
    std::thread other([&] { ::eventfd_write(wake.get(), 1); });
    EXPECT_EQ(group.wait(eventually()), wait_status::interrupted);
    EXPECT_EQ(group.wait(eventually()), wait_status::interrupted);
    other.join();
    eventfd_t rung = 0;
    ::eventfd_read(wake.get(), &rung);
  }
}

/// Members that are not on the ring: inline files, terminals, whoever asked for system calls.
TEST_P(group_on, waits_for_members_of_both_kinds) {
  std::signal(SIGPIPE, SIG_DFL);
  sink_group group(with());
  sink_config by_calls = small;
  by_calls.backend = backend_kind::posix;
  std::vector<std::unique_ptr<peer>> peers;
  for (unsigned i = 0; i < 6; ++i) {
    peers.push_back(std::make_unique<peer>(group, stream_reader::manner{.most_bytes = 999, .pause_odds = 5}, i,
                                           i % 2 == 0 ? by_calls : small));
    EXPECT_EQ(peers.back()->out->backend().kind, i % 2 == 0 ? backend_kind::posix : GetParam().kind);
  }
  sink_config in_group = small;
  in_group.group = &group;
  file_sink file(unique_fd{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)}, in_group, 0);
  auto [ours, theirs] = make_pipe();
  stream_sink pipe(std::move(ours), in_group);
  ASSERT_TRUE(accepted(file.write(stream_bytes(0, 30'000))));
  ASSERT_TRUE(accepted(pipe.write(stream_bytes(0, 64'000))));
  EXPECT_TRUE(feed(group, peers, 100'000));
  EXPECT_EQ(file.position().bytes.written, 30'000u);
  theirs.reset();
  while (!pipe.error()) {
    (void)pipe.write(next_record(pipe, 1000));
    (void)group.pump();
  }
  EXPECT_EQ(pipe.error(), std::errc::broken_pipe) << "and no signal";
  for (const auto& one : peers) EXPECT_FALSE(close_and_check(*one->out, eventually()).report.error);
}

/// Who is on the ring is heard while the group sleeps in a poll set, because of one who is not.
TEST_P(group_ring, hears_the_ring_from_a_poll_set) {
  sink_group group(with({.heartbeat = seconds{600}}));  // an alarm that is lost makes this fail
  sink_config by_calls = small;
  by_calls.backend = backend_kind::posix;
  const stuck_peer off_the_ring(group, by_calls);
  stuck_peer on_the_ring(group);
  doorbell bell(group);
  for (int i = 0; i < 50; ++i) {
    std::atomic<bool> told{false};
    std::thread ringer([&] {
      told = true;
      bell.ring();
    });
    while (!told) {
      if (!bell.arm()) continue;
      EXPECT_EQ(group.wait(eventually()), wait_status::interrupted);
    }
    ringer.join();
  }
  stream_reader reader(std::move(on_the_ring.theirs), {.pause_odds = 500});
  while (on_the_ring.out->position().bytes.in_flight() > 0) ASSERT_NE(group.wait(eventually()), wait_status::timed_out);
  EXPECT_GT(off_the_ring.out->position().bytes.in_flight(), 0u);
  EXPECT_FALSE(close_and_check(*on_the_ring.out, eventually()).report.error);
}

TEST_P(group_on, may_be_made_here_and_used_there) {
  sink_group group(with());
  std::vector<std::unique_ptr<peer>> peers;
  for (unsigned i = 0; i < 4; ++i) peers.push_back(std::make_unique<peer>(group, stream_reader::manner{}, i));
  doorbell bell(group);
  const auto use = [&](std::uint64_t total) {
    EXPECT_TRUE(feed(group, peers, total));
    EXPECT_TRUE(bell.arm());
    std::thread other([&] { bell.ring(); });
    while (group.wait(eventually()) == wait_status::ok) {
    }
    other.join();
  };
  std::thread first([&] { use(50'000); });
  first.join();
  ASSERT_TRUE(group.rebind_owner());
  use(100'000);
  for (const auto& one : peers) EXPECT_FALSE(close_and_check(*one->out, eventually()).report.error);
}

TEST_P(group_on, changes_hands_only_at_rest) {
  sink_group group(with());
  stuck_peer stuck(group);
  EXPECT_FALSE(group.rebind_owner());
  EXPECT_FALSE(stuck.out->rebind_owner());
}

/// One call submits for all: counted, not timed.
TEST_P(group_ring, hands_over_for_all_in_one_system_call) {
  sink_group group(with());
  std::vector<std::unique_ptr<stream_sink>> sinks;
  std::vector<unique_fd> ends;
  for (int i = 0; i < 32; ++i) {
    auto [ours, theirs] = make_socketpair();
    sink_config config = small;
    config.group = &group;
    sinks.push_back(std::make_unique<stream_sink>(std::move(ours), config));
    ends.push_back(std::move(theirs));
    ASSERT_EQ(sinks.back()->write(next_record(*sinks.back(), 100)), sink_status::ok);
  }
  const std::uint64_t before = group.stats().ring_entries;
  EXPECT_EQ(group.pump(), 3200u);
  EXPECT_EQ(group.stats().ring_entries - before, 1u);
  EXPECT_EQ(group.pump(), 0u);
  EXPECT_EQ(group.stats().ring_entries - before, 1u) << "nothing to do, no call";
}

/// Reads what is there and compares it with the endless stream.
void read_some(const unique_fd& from, std::uint64_t& position) {
  std::byte buffer[4096];
  for (ssize_t got; (got = ::recv(from.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) {
    for (ssize_t i = 0; i < got; ++i) ASSERT_EQ(buffer[i], stream_byte(position + static_cast<std::uint64_t>(i)));
    position += static_cast<std::uint64_t>(got);
  }
}

/// Rings far too small cost calls, and lose nothing: one entry for all requests, room for one completion, and many that
/// come at once; that also ends polls that were to stay armed.
TEST_P(group_ring, survives_rings_that_are_far_too_small) {
  sink_group group(with({.submissions = 1, .completions = 1}));
  doorbell bell(group);
  std::vector<std::unique_ptr<stuck_peer>> peers;
  for (unsigned i = 0; i < 32; ++i) peers.push_back(std::make_unique<stuck_peer>(group));
  std::vector<std::uint64_t> read(peers.size(), 0);
  for (bool done = false; !done;) {
    const bool armed = bell.arm();
    for (std::size_t i = 0; i < peers.size(); ++i) read_some(peers[i]->theirs, read[i]);
    bell.ring();
    EXPECT_TRUE(armed);
    wait_status outcome = wait_status::ok;
    while (outcome == wait_status::ok) outcome = group.wait(eventually());
    ASSERT_EQ(outcome, wait_status::interrupted) << "a bell among completions that did not fit";
    done = true;
    for (const auto& one : peers) done = done && one->out->position().bytes.in_flight() == 0;
  }
  EXPECT_GT(group.stats().overflows, 0u);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    read_some(peers[i]->theirs, read[i]);
    EXPECT_EQ(peers[i]->out->stats().retries, 0u) << "a full ring is emptied, not tried again and again";
    EXPECT_EQ(close_and_check(*peers[i]->out, eventually()).report.position.bytes.written, read[i]);
  }
}

TEST_P(group_on, leaves_a_member_with_its_owner_when_another_thread_asks_in_vain) {
  sink_group group(with());
  auto [ours, theirs] = make_socketpair();
  sink_config config = small;
  config.group = &group;
  stream_sink out(std::move(ours), config);
  ASSERT_TRUE(accepted(out.write(next_record(out, 1000))));
  ASSERT_EQ(out.flush(eventually()), wait_status::ok);
  bool changed = true;
  std::thread([&] { changed = out.rebind_owner(); }).join();
  EXPECT_EQ(changed, group.backend().kind == backend_kind::posix) << "the ring stays with this thread";
  if (changed) {
    EXPECT_TRUE(out.rebind_owner());
  }
  EXPECT_TRUE(accepted(out.write(next_record(out, 1000))));
  EXPECT_FALSE(close_and_check(out, eventually()).report.error);
}

/// What a wait finds out while it gets ready to sleep must not be slept over: with one entry for requests, arming the
/// second poll hands over the first, which completes at once.
TEST_P(group_ring, sleeps_over_nothing_that_came_while_it_armed) {
  sink_group group(with({.submissions = 1}));
  doorbell first(group);
  doorbell second(group);
  ASSERT_TRUE(first.arm() && second.arm());
  first.ring();
  const deadline limit = in(seconds{10});
  EXPECT_EQ(group.wait(limit), wait_status::interrupted);
  EXPECT_FALSE(limit.reached(native_sync::now())) << "it slept to its deadline with a bell that had rung";
}

/// A member that the system has refused, and that tries again by itself: nothing of it is in flight.
class resting_member final : public detail::group_member {
 public:
  std::size_t pump() noexcept override { return wakes_.reached(native_sync::now()) ? ++written_ : 0; }
  [[nodiscard]] std::uint64_t progress() const noexcept override { return written_; }
  [[nodiscard]] deadline next_try() const noexcept override { return wakes_; }
  [[nodiscard]] pollfd wants() const noexcept override { return {-1, 0, 0}; }
  [[nodiscard]] bool in_flight() const noexcept override { return false; }
  bool rebind_owner() noexcept override { return true; }

 private:
  const deadline wakes_ = in(milliseconds{5});
  std::size_t written_ = 0;
};

TEST_P(group_on, waits_without_limit_for_a_member_that_tries_again) {
  std::error_code error;
  const auto group = detail::group_core::make(with(), error);
  ASSERT_TRUE(group) << error.message();
  resting_member member;
  group->add(member);
  EXPECT_EQ(group->wait(deadline::never()), wait_status::ok);
  group->remove(member);
  EXPECT_EQ(group->wait(deadline::never()), wait_status::failed) << "nothing to wait for";
}

/// As with EAGAIN, which may pass: a group that sleeps in a poll set hands its requests over again each millisecond.
TEST_P(group_ring, tries_again_what_the_kernel_refuses_for_a_while) {
  const int code = in_child([] {
    sink_group group(with({.heartbeat = seconds{600}}));
    sink_config config = small;
    config.backend = backend_kind::posix;
    const stuck_peer off_the_ring(group, config);
    auto [ours, theirs] = make_socketpair(4608);
    config = small;
    config.group = &group;
    stream_sink out(std::move(ours), config);
    if (!accepted(out.write(next_record(out, 1000)))) return 1;
    if (!forbid(SYS_io_uring_enter, SYS_io_uring_enter, EAGAIN)) return 100;
    const std::uint64_t before = group.stats().ring_entries;
    if (group.wait(in(milliseconds{50})) != wait_status::timed_out) return 2;
    const std::uint64_t tries = group.stats().ring_entries - before;
    ::_exit(tries < 10 ? 3 : tries > 1000 ? 4 : 0);  // the sinks would wait for the ring
  });
  if (code == 100) GTEST_SKIP() << "NOT TESTED: no seccomp filter may be installed here";
  EXPECT_EQ(code, 0);
}

/// Stages a request of the client at `seat` that ends with `result`; false where the kernel does not do that.
bool inject(detail::uring_ring& ring, unsigned seat, std::uint32_t what, int result) {
  constexpr int inject_result = 1;  // IORING_NOP_INJECT_RESULT, since 6.9
  io_uring_sqe* const entry = ring.next_entry(seat, what);
  if (entry == nullptr) return false;
  entry->opcode = IORING_OP_NOP;
  entry->rw_flags = inject_result;
  entry->len = static_cast<std::uint32_t>(result);
  return ring.collect() > 0;
}

/// A poll that the kernel refuses for lack of memory is armed again; one that it will never do is not.
TEST(wake_poll, is_given_up_only_for_good) {
  std::string why;
  std::error_code error;
  const std::shared_ptr<detail::uring_ring> ring = detail::uring_ring::make({}, why, error);
  if (!ring) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << why;
  const unique_fd wake{::eventfd(1, EFD_CLOEXEC)};
  detail::fd_watch watch(ring, wake.get());
  ASSERT_TRUE(inject(*ring, 0, 0, -ENOMEM));
  EXPECT_FALSE(watch.needs_polling());
  EXPECT_FALSE(watch.take_fired()) << "nothing has come";
  watch.prepare();
  const deadline limit = in(seconds{10});
  while (!watch.take_fired() && !limit.reached(native_sync::now())) ring->wait(limit);
  EXPECT_FALSE(limit.reached(native_sync::now()));
  ASSERT_TRUE(inject(*ring, 0, 0, -EBADF));
  EXPECT_TRUE(watch.needs_polling());
}

/// The same for a sink that is in no group.
TEST(wake_poll, of_a_lane_is_given_up_only_for_good) {
  constexpr std::uint32_t wake_word = 2u << 16;
  std::string why;
  std::error_code error;
  const std::shared_ptr<detail::uring_ring> ring = detail::uring_ring::make({}, why, error);
  if (!ring) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << why;
  const unique_fd wake{::eventfd(1, EFD_CLOEXEC)};
  detail::sink_target target;
  target.fd = std::move(make_socketpair().ours);
  target.kind = detail::target_kind::socket;
  target.wake_fd = wake.get();
  detail::uring_lane lane(ring, std::move(target), 1, detail::ring_tenancy::alone);
  ASSERT_TRUE(inject(*ring, 0, wake_word, -ENOMEM));
  EXPECT_TRUE(lane.wake_requested());
  ASSERT_TRUE(inject(*ring, 0, wake_word, -EBADF));
  EXPECT_FALSE(lane.wake_requested()) << "no longer looked at";
}

/// The ring is counted once, wherever it belongs.
TEST_P(group_on, counts_its_memory) {
  sink_group group(with());
  const std::size_t before = group.max_bytes();
  sink_config alone = small;
  alone.backend = GetParam().kind;
  alone.without = GetParam().without;
  sink_config member = small;
  member.group = &group;
  const stream_sink with_ring(std::move(make_socketpair().ours), alone);
  const stream_sink with_group(std::move(make_socketpair().ours), member);
  EXPECT_GE(group.max_bytes(), before);
  if (GetParam().kind == backend_kind::posix) {
    EXPECT_EQ(with_ring.max_bytes(), with_group.max_bytes());
  } else {
    EXPECT_GT(before, 128 * sizeof(io_uring_sqe) + 256 * sizeof(io_uring_cqe));
    EXPECT_GT(with_ring.max_bytes(), with_group.max_bytes() + 32 * sizeof(io_uring_sqe));
  }
}

TEST_P(group_on, is_not_destroyed_before_its_sinks) {
  if constexpr (checks_enabled) {
    EXPECT_DEATH(
        {
          auto group = std::make_unique<sink_group>(with());
          stuck_peer stuck(*group);
          group.reset();
        },
        "a sink_group is destroyed before its sinks and doorbells");
  } else {
    auto group = std::make_unique<sink_group>(with());
    peer survivor(*group, {}, 1);
    group.reset();
    ASSERT_TRUE(accepted(survivor.out->write(next_record(*survivor.out, 1000))));
    EXPECT_FALSE(close_and_check(*survivor.out, eventually()).report.error)
        << "unchecked builds keep what it stands on";
  }
}

}  // namespace
}  // namespace tidegate::test
