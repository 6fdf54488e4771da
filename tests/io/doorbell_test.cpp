// Doorbells of each kind: no wake is lost, whoever is awake costs its producers nothing, and what the kernel does.
#include "tidegate/io/doorbell.hpp"

#include <gtest/gtest.h>
#include <liburing.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include <optional>

#include "io/bell_self_test.hpp"
#include "io/uring_words.hpp"
#include "tests/io/count_calls.hpp"
#include "tests/io/support.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

struct bell_case {
  const char* name;
  doorbell_kind kind;
  backend_kind backend = backend_kind::uring;
  uring_features without = {};
};

constexpr bell_case bells[] = {
    {"event_fd", doorbell_kind::event_fd},
    {"event_fd_masked", doorbell_kind::event_fd, backend_kind::uring, optional_features},
    {"event_fd_posix", doorbell_kind::event_fd, backend_kind::posix},
    {"futex", doorbell_kind::futex},
    {"futex_cooperative", doorbell_kind::futex, backend_kind::uring, {uring_feature::defer_taskrun}},
    {"ring_message", doorbell_kind::ring_message},
    {"ring_message_plain",
     doorbell_kind::ring_message,
     backend_kind::uring,
     {uring_feature::defer_taskrun, uring_feature::coop_taskrun, uring_feature::single_issuer}},
};

/// A wake that is lost makes a wait of this length, and the test fails.
constexpr seconds no_heartbeat{600};

class doorbell_of : public ::testing::TestWithParam<bell_case> {
 protected:
  void SetUp() override {
    if (GetParam().backend == backend_kind::posix) return;
    const backend_report found = probe_uring();
    if (found.kind != backend_kind::uring) GTEST_SKIP() << "NOT TESTED: no io_uring here: " << found.reason;
    const std::string objection = detail::objection_to(GetParam().kind, GetParam().without);
    if (!objection.empty()) GTEST_SKIP() << "NOT TESTED: " << GetParam().name << ": " << objection;
  }

  static group_config config(milliseconds heartbeat = no_heartbeat) {
    group_config made;
    made.backend = GetParam().backend;
    made.without = GetParam().without;
    made.doorbells = GetParam().kind;
    made.heartbeat = heartbeat;
    return made;
  }

  /// Its group has the kind, and a queue's doorbell in it as well, but for messages.
  static void expect_kind(const sink_group& group, const doorbell& by_hand, const doorbell* of_queue) {
    EXPECT_EQ(group.doorbells(), GetParam().kind) << group.backend().reason;
    EXPECT_EQ(by_hand.kind(), GetParam().kind);
    if (of_queue == nullptr) return;
    const bool messages = GetParam().kind == doorbell_kind::ring_message;
    EXPECT_EQ(of_queue->kind(), messages ? doorbell_kind::event_fd : GetParam().kind);
  }
};

INSTANTIATE_TEST_SUITE_P(each, doorbell_of, ::testing::ValuesIn(bells),
                         [](const auto& one) { return std::string(one.param.name); });

/// TIDEGATE_STRESS=long makes it a minute for each kind.
std::uint64_t rounds(std::uint64_t brief) { return is_long() ? 50 * brief : brief; }

/// Spins for so long as chance says: from nothing to about a wake.
void pass_time(std::minstd_rand& random) {
  const auto turns = random() % 3 == 0 ? random() % 4000 : 0;
  for (std::uint64_t i = 0; i < turns; ++i) native_sync::pause();
  if (random() % 64 == 0) native_sync::yield();
}

TEST_P(doorbell_of, loses_no_wake_of_a_queue) {
  sink_group group(config());
  spsc_queue<std::uint64_t> queue({.capacity = 8});
  doorbell by_hand(group);
  doorbell arrivals(group, queue.pop_source());
  expect_kind(group, by_hand, &arrivals);
  const std::uint64_t count = rounds(4000);
  std::thread producer([&] {
    std::minstd_rand random(7);
    for (std::uint64_t i = 0; i < count; ++i) {
      pass_time(random);
      ASSERT_EQ(queue.push(std::uint64_t{i}), push_status::ok);
    }
  });
  std::uint64_t next = 0;
  std::minstd_rand random(11);
  while (next < count) {
    std::uint64_t value = 0;
    while (queue.try_pop(value) == pop_status::ok) ASSERT_EQ(value, next++);
    pass_time(random);
    if (next == count || !arrivals.arm()) continue;
    ASSERT_EQ(group.wait(eventually()), wait_status::interrupted) << "after " << next;
  }
  producer.join();
  EXPECT_EQ(group.stats().late_wakes, 0u);
}

/// Several queues, several threads, and completions of a busy sink in between.
TEST_P(doorbell_of, loses_no_wake_among_other_traffic) {
  sink_group group(config());
  auto [ours, theirs] = make_socketpair(4608);
  sink_config member{.corked = true};
  member.group = &group;
  stream_reader reader(std::move(theirs), {.most_bytes = 3000});
  stream_sink out(std::move(ours), member);
  spsc_queue<std::uint64_t> one({.capacity = 4});
  mpsc_queue<std::uint64_t> other({.capacity = 64});
  doorbell of_one(group, one.pop_source());
  doorbell of_other(group, other.pop_source());
  doorbell by_hand(group);
  const std::uint64_t count = rounds(1500);
  std::atomic<std::uint64_t> rung{0};
  const auto produce = [&](unsigned seed, auto give) {
    return std::thread([&, seed, give] {
      std::minstd_rand random(seed);
      for (std::uint64_t i = 0; i < count; ++i) {
        pass_time(random);
        give();
      }
    });
  };
  std::thread threads[] = {
      produce(1, [&] { EXPECT_EQ(one.push(std::uint64_t{1}), push_status::ok); }),
      produce(2, [&] { EXPECT_EQ(other.push(std::uint64_t{1}), push_status::ok); }),
      produce(3, [&] { EXPECT_EQ(other.push(std::uint64_t{1}), push_status::ok); }),
      produce(4,
              [&] {
                rung.fetch_add(1);
                by_hand.ring();
              }),
  };
  std::uint64_t seen = 0;
  std::uint64_t popped = 0;
  while (popped < 3 * count || seen < count) {
    std::uint64_t value = 0;
    while (one.try_pop(value) == pop_status::ok || other.try_pop(value) == pop_status::ok) ++popped;
    seen = rung.load();
    if (out.writable()) (void)out.write(next_record(out, 1 + popped % 5000));
    (void)group.pump();
    const bool all = of_one.arm() && of_other.arm() && by_hand.arm();
    if (!all || (popped >= 3 * count && seen >= count)) continue;
    ASSERT_NE(group.wait(eventually()), wait_status::timed_out) << popped << " popped, " << seen << " rings seen";
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(group.stats().late_wakes, 0u);
  EXPECT_FALSE(close_and_check(out, eventually()).report.error);
}

TEST_P(doorbell_of, says_at_once_what_is_there) {
  sink_group group(config());
  spsc_queue<int> queue({.capacity = 8});
  doorbell arrivals(group, queue.pop_source());
  doorbell by_hand(group);
  ASSERT_EQ(queue.push(1), push_status::ok);
  EXPECT_FALSE(arrivals.arm());
  int value = 0;
  ASSERT_EQ(queue.try_pop(value), pop_status::ok);
  EXPECT_TRUE(arrivals.arm());
  EXPECT_TRUE(arrivals.arm()) << "arming again changes nothing";
  EXPECT_EQ(group.wait(in(milliseconds{2})), wait_status::timed_out);
  by_hand.ring();
  EXPECT_FALSE(by_hand.arm());
  EXPECT_TRUE(by_hand.arm());
  EXPECT_EQ(group.wait(in(milliseconds{2})), wait_status::timed_out) << "armed, and nobody rang";
  by_hand.ring();
  by_hand.ring();
  EXPECT_EQ(group.wait(eventually()), wait_status::interrupted);
  EXPECT_TRUE(by_hand.arm()) << "heard, and taken";
  EXPECT_EQ(group.wait(in(milliseconds{2})), wait_status::timed_out) << "and not heard twice";
  ASSERT_EQ(queue.push(2), push_status::ok);
  EXPECT_EQ(group.wait(eventually()), wait_status::interrupted) << "armed before, and still";
  queue.close();
  EXPECT_FALSE(arrivals.arm()) << "the end is something, too";
}

/// A doorbell that goes leaves neither a poll nor an operation nor a place in the count of sleepers behind.
TEST_P(doorbell_of, leaves_nothing_behind) {
  sink_group group(config());
  spsc_queue<int> queue({.capacity = 8});
  for (int i = 0; i < 50; ++i) {
    doorbell arrivals(group, queue.pop_source());
    doorbell by_hand(group);
    EXPECT_TRUE(arrivals.arm());
    EXPECT_TRUE(by_hand.arm());
    if (i % 3 == 0) {
      EXPECT_EQ(group.wait(deadline::already_over()), wait_status::timed_out);
    }
    if (i % 5 == 0) by_hand.ring();
  }
  EXPECT_EQ(queue.pop_source().where().sleepers_hint(), 0u);
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    const doorbell by_hand(group);
    EXPECT_EQ(group.wait(deadline::already_over()), wait_status::timed_out);
  }
  EXPECT_EQ(open_descriptors(), before);
}

/// Counted by a tracer, not by ourselves: no system call while the owner is awake, one for a burst once it is armed.
TEST_P(doorbell_of, costs_producers_one_call_when_armed_and_none_when_awake) {
  const auto counted = count_calls([](const call_marks& mark) {
    sink_group group(config());
    spsc_queue<int> queue({.capacity = 64});
    std::optional<doorbell> bell;
    const bool messages = GetParam().kind == doorbell_kind::ring_message;
    if (messages) {
      bell.emplace(group);
    } else {
      bell.emplace(group, queue.pop_source());
    }
    const auto give = [&] {
      if (queue.try_push(1) != push_status::ok) return;
      if (messages) bell->ring();
    };
    int value = 0;
    (void)bell->arm();
    give();
    if (group.wait(eventually()) != wait_status::interrupted) return 1;
    mark.begin("awake");
    for (int i = 0; i < 32; ++i) give();
    mark.end();
    while (queue.try_pop(value) == pop_status::ok) {
    }
    for (int i = 0; i < 3 && !bell->arm(); ++i) {
    }
    mark.begin("armed");
    for (int i = 0; i < 32; ++i) give();
    mark.end();
    if (group.wait(eventually()) != wait_status::interrupted) return 2;
    while (queue.try_pop(value) == pop_status::ok) {
    }
    for (int i = 0; i < 3 && !bell->arm(); ++i) {
    }
    mark.begin("asleep");
    (void)group.wait(deadline::already_over());
    mark.end();
    return 0;
  });
  if (!counted.allowed) GTEST_SKIP() << "NOT TESTED: nothing may be traced here";
  EXPECT_EQ(counted.exit_code, 0);
  EXPECT_EQ(counted.of("awake"), 0u);
  EXPECT_EQ(counted.of("armed"), 1u);
  EXPECT_LE(counted.of("asleep"), 1u) << "one wait for everything";
}

/// The wakes of the futex kind stay right when it was armed by a process that had no second thread: finding of others
/// about Linux 6.16 and later.
TEST_P(doorbell_of, loses_no_wake_that_was_armed_before_the_second_thread) {
  EXPECT_EQ(in_child([] {
              sink_group group(config());
              spsc_queue<int> queue({.capacity = 8});
              doorbell by_hand(group);
              doorbell arrivals(group, queue.pop_source());
              if (by_hand.kind() != GetParam().kind) return 6;
              if (!arrivals.arm() || !by_hand.arm()) return 1;
              if (group.wait(deadline::already_over()) != wait_status::timed_out) return 2;
              std::thread([&] { (void)queue.push(1); }).join();
              if (group.wait(in(seconds{20})) != wait_status::interrupted) return 3;
              std::thread([&] { by_hand.ring(); }).join();
              if (group.wait(in(seconds{20})) != wait_status::interrupted) return 4;
              return group.stats().late_wakes == 0 ? 0 : 5;
            }),
            0);
}

/// A wake that never comes costs a heartbeat, and is counted.
TEST_P(doorbell_of, looks_for_itself_when_the_kernel_does_not_tell) {
  if (GetParam().kind == doorbell_kind::event_fd) {
    sink_group group(config());
    EXPECT_EQ(group.stats().late_wakes, 0u);
    return;
  }
  EXPECT_EQ(in_child([] {
              sink_group group(config(milliseconds{5}));
              doorbell bell(group);
              if (!bell.arm() || group.wait(deadline::already_over()) != wait_status::timed_out) return 1;
              // stands for a kernel that forgets: nobody's wake goes out
              if (!forbid(SYS_futex, SYS_futex, EPERM)) return 100;
              if (!forbid(SYS_io_uring_register, SYS_io_uring_register, EPERM)) return 100;
              bell.ring();
              if (group.wait(in(seconds{20})) != wait_status::interrupted) return 2;
              return group.stats().late_wakes == 1 ? 0 : 3;
            }),
            0);
}

/// What the kernel itself does with the case above, for the record: it passes either way.
TEST(doorbell_kernel, records_whether_a_private_futex_operation_survives_the_first_thread) {
  if (probe_uring().kind != backend_kind::uring) GTEST_SKIP() << "NOT TESTED: no io_uring here";
  const int code = in_child([] {
    io_uring ring{};
    if (::io_uring_queue_init(4, &ring, 0) != 0) return 2;
    alignas(4) static std::uint32_t word = 1;
    io_uring_sqe* const entry = ::io_uring_get_sqe(&ring);
    ::io_uring_prep_nop(entry);
    entry->opcode = detail::uring_word::op_futex_wait;
    entry->fd = detail::uring_word::futex_word_private;
    entry->addr = reinterpret_cast<std::uint64_t>(&word);
    entry->off = 1;
    entry->addr3 = detail::uring_word::futex_any;
    if (::io_uring_submit(&ring) != 1) return 3;
    std::thread([] { ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }).join();
    __kernel_timespec patience{0, 200'000'000};
    io_uring_cqe* ended = nullptr;
    if (::io_uring_wait_cqe_timeout(&ring, &ended, &patience) == -ETIME) return 1;
    return ended != nullptr && ended->res == -EINVAL ? 4 : 0;
  });
  RecordProperty("private_futex_operation_survives_first_thread", code == 0 ? "yes" : code == 1 ? "no" : "untested");
  EXPECT_TRUE(code == 0 || code == 1 || code == 4) << code;
}

TEST(doorbell_choice, falls_back_to_event_fd_and_says_so) {
  for (const auto& [kind, feature] : {std::pair{doorbell_kind::futex, uring_feature::futex_wait},
                                      std::pair{doorbell_kind::ring_message, uring_feature::ring_message}}) {
    group_config config;
    config.doorbells = kind;
    config.without = {feature};
    const sink_group masked(config);
    EXPECT_EQ(masked.doorbells(), doorbell_kind::event_fd);
    EXPECT_NE(masked.backend().reason.find("doorbells by event_fd (" + std::string(to_string(kind)) + ": "),
              std::string::npos)
        << masked.backend().reason;
    config.backend = backend_kind::posix;
    const sink_group by_calls(config);
    EXPECT_EQ(by_calls.doorbells(), doorbell_kind::event_fd);
    EXPECT_NE(by_calls.backend().reason.find("no io_uring"), std::string::npos) << by_calls.backend().reason;
  }
  EXPECT_EQ(sink_group().doorbells(), doorbell_kind::event_fd) << "what `automatic` means";
  EXPECT_EQ(to_string(doorbell_kind::ring_message), "ring_message");
}

}  // namespace
}  // namespace tidegate::test
