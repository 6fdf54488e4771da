// fan_out: every record to every peer, each behind by its own policy; to the record, whoever is slow, gone or late.
#include "tidegate/io/fan_out.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "tests/io/driver_support.hpp"
#include "tidegate/flow/conservation.hpp"
#include "tidegate/io/fan_out_types.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/running_driver.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/mpsc_ring.hpp"

namespace tidegate::test {
namespace {

/// What a fan_out tells of its peers; written by its thread, read after it was joined.
struct ledger {
  std::map<peer_id, peer_report> reports;
  std::map<peer_id, roll_call> back;
  std::atomic<unsigned> gone{0};

  /// `base` with callbacks that write here.
  fan_out_config told(fan_out_config base = {}) {
    base.on_left = [this](const peer_report& one) {
      EXPECT_TRUE(reports.emplace(one.id, one).second) << "told twice of peer " << one.id;
      ++gone;
    };
    base.on_undelivered = [this](peer_id id, const undelivered_record& one) {
      one.partial ? void(++cut[id]) : back[id].note(one.bytes);
    };
    return base;
  }

  /// offered = delivered + dropped + refused + handed back, for this peer.
  void expect_balance(peer_id id) {
    const peer_report& one = reports.at(id);
    conservation account;
    account.offered = one.stats.offered;
    account.dropped = one.stats.dropped;
    account.rejected = one.stats.refused;
    account.accepted = one.stats.accepted;
    account.completed = one.sink.position.records.written;
    account.discarded = back[id].count() + cut[id];
    EXPECT_TRUE(account.balances()) << "peer " << id << " " << to_string(one.why) << ": offers "
                                    << account.balance_of_offers() << ", accepted " << account.balance_of_accepted();
  }
  void expect_balances() {
    for (const auto& [id, report] : reports) expect_balance(id);
  }

  std::map<peer_id, std::uint64_t> cut;
};

template <class Queue>
struct source_of_numbers;
template <class Queue>
requires detail::gives_elements<Queue>
struct source_of_numbers<Queue> {
  static push_status push(Queue& queue, std::uint32_t number) { return queue.try_push(numbered::make(0, number)); }
  static std::unique_ptr<Queue> make() {
    if constexpr (detail::wakes_its_consumer<Queue>) {
      return std::make_unique<Queue>(queue_config{.capacity = 200});
    } else {
      return std::make_unique<Queue>(200);
    }
  }
};
template <>
struct source_of_numbers<byte_queue<>> {
  static push_status push(byte_queue<>& queue, std::uint32_t number) {
    return queue.try_push(numbered::make(0, number).bytes());
  }
  static auto make() { return std::make_unique<byte_queue<>>(byte_queue_config{.capacity = 4800}); }
};

template <class Queue>
void push_all(Queue& queue, std::uint32_t from, std::uint32_t to) {
  while (from < to) {
    const push_status answer = source_of_numbers<Queue>::push(queue, from);
    if (answer == push_status::ok) {
      ++from;
    } else {
      ASSERT_EQ(answer, push_status::full);
      std::this_thread::yield();
    }
  }
}

constexpr peer_config behind(behind_policy policy, std::chrono::nanoseconds stall_after = seconds(60)) {
  return {.when_behind = policy, .stall_after = stall_after, .sink = small_sink};
}

template <class Queue>
class fan_out_of : public ::testing::Test {};

/// They get what is taken from here on.
template <class Running>
void wait_until_joined(Running& drive, std::uint64_t peers) {
  ASSERT_TRUE(eventually_holds([&] { return drive.stats().joined == peers; }));
}

/// With sinks that are in no group, then with all in one.
template <class Body>
void apart_and_together(Body body) {
  body(nullptr);
  sink_group group;
  SCOPED_TRACE("in a group");
  body(&group);
}
using queues = ::testing::Types<spsc_queue<numbered>, mpsc_queue<numbered>, mpmc_queue<numbered>, byte_queue<>,
                                mpsc_ring<numbered>>;
TYPED_TEST_SUITE(fan_out_of, queues);

TYPED_TEST(fan_out_of, gives_every_record_to_every_peer_that_is_waited_for) {
  apart_and_together([](sink_group* group) {
    auto queue = source_of_numbers<TypeParam>::make();
    ledger told;
    running_driver<fan_out<TypeParam>> drive(*queue, told.told({.group = group}));
    std::vector<std::unique_ptr<numbered_peer>> peers;
    for (unsigned i = 0; i < 4; ++i) {
      auto [ours, theirs] = make_narrow_pair();
      peers.push_back(
          std::make_unique<numbered_peer>(std::move(theirs), numbered_peer::manner{500 + 1000 * i, 5 * i}, i));
      EXPECT_EQ(drive.driver().join(std::move(ours), behind(i % 2 ? behind_policy::wait : behind_policy::evict)),
                i + 1);
    }
    wait_until_joined(drive, 4);
    push_all(*queue, 0, 5000);
    queue->close();
    const fan_out_report& report = drive.join();
    EXPECT_EQ(report.why, drive_status::drained);
    EXPECT_EQ(report.stats.records, 5000u);
    EXPECT_EQ(report.stats.dropped, 0u);
    EXPECT_EQ(told.reports.size(), 4u);
    for (auto& peer : peers) {
      EXPECT_EQ(peer->join().count() + peer->join().skipped(), 5000u);
      EXPECT_EQ(peer->join().skipped(), 0u);
    }
    told.expect_balances();
    for (const auto& [id, one] : told.reports) EXPECT_EQ(one.why, peer_end::left) << id;
  });
}

TYPED_TEST(fan_out_of, drops_for_a_stuck_peer_and_for_nobody_else) {
  apart_and_together([](sink_group* group) {
    auto queue = source_of_numbers<TypeParam>::make();
    ledger told;
    running_driver<fan_out<TypeParam>> drive(*queue, told.told({.close_for = milliseconds{1}, .group = group}));
    auto stuck = make_narrow_pair();
    auto swift = make_narrow_pair();
    numbered_peer peer(std::move(swift.theirs));
    const peer_id of_stuck = drive.driver().join(std::move(stuck.ours), behind(behind_policy::drop));
    const peer_id of_swift = drive.driver().join(std::move(swift.ours), behind(behind_policy::wait));
    wait_until_joined(drive, 2);
    push_all(*queue, 0, 20'000);
    EXPECT_TRUE(eventually_holds([&] { return peer.count_hint() == 20'000; })) << "held up";
    queue->close();
    const fan_out_report& report = drive.join();
    EXPECT_EQ(report.stats.records, 20'000u);
    const peer_stats stats = told.reports.at(of_stuck).stats;
    EXPECT_EQ(stats.offered, 20'000u);
    EXPECT_GT(stats.dropped, 15'000u);
    EXPECT_EQ(report.stats.dropped, stats.dropped);
    EXPECT_EQ(told.reports.at(of_swift).stats.dropped, 0u);
    EXPECT_EQ(told.reports.at(of_swift).sink.position.records.written, 20'000u);
    told.expect_balances();
    numbered_peer late(std::move(stuck.theirs));
    EXPECT_EQ(late.join().count(), told.reports.at(of_stuck).sink.position.records.written);
    EXPECT_EQ(late.join().skipped(), 0u) << "what it got came before what it missed";
  });
}

TYPED_TEST(fan_out_of, evicts_a_stuck_peer_and_goes_on) {
  apart_and_together([](sink_group* group) {
    auto queue = source_of_numbers<TypeParam>::make();
    ledger told;
    running_driver<fan_out<TypeParam>> drive(*queue, told.told({.group = group}));
    auto stuck = make_narrow_pair();
    auto swift = make_narrow_pair();
    numbered_peer peer(std::move(swift.theirs));
    const peer_id of_stuck = drive.driver().join(std::move(stuck.ours), behind(behind_policy::evict, milliseconds{20}));
    const peer_id of_swift = drive.driver().join(std::move(swift.ours), behind(behind_policy::wait));
    wait_until_joined(drive, 2);
    push_all(*queue, 0, 20'000);
    EXPECT_TRUE(eventually_holds([&] { return peer.count_hint() == 20'000; })) << "held up";
    queue->close();
    EXPECT_EQ(drive.join().stats.evicted, 1u);
    EXPECT_EQ(told.reports.at(of_stuck).why, peer_end::evicted);
    EXPECT_EQ(told.reports.at(of_stuck).sink.error, sink_errc::cut_short);
    EXPECT_GT(told.back[of_stuck].count(), 100u) << "handed back";
    EXPECT_EQ(told.back[of_stuck].skipped() + told.back[of_stuck].count(), told.reports.at(of_stuck).stats.accepted)
        << "from where it was cut to what it had accepted last";
    EXPECT_EQ(told.reports.at(of_swift).sink.position.records.written, 20'000u);
    told.expect_balances();
  });
}

TEST(fan_out, lets_the_queues_policy_meet_the_producers) {
  mpsc_queue<numbered> queue({.capacity = 64});
  fan_out fan(queue);
  auto [ours, theirs] = make_narrow_pair();
  ASSERT_NE(fan.join(std::move(ours), behind(behind_policy::wait)), 0u);
  std::uint32_t pushed = 0;
  while (queue.try_push(numbered::make(0, pushed)) == push_status::ok) {
    ++pushed;
    while (fan.step() == drive_status::ok) {
    }
  }
  EXPECT_EQ(queue.depth_hint(), 64u);
  EXPECT_EQ(fan.run_once(in(milliseconds{5})), drive_status::idle) << "the deadline ends the wait";
  EXPECT_EQ(fan.stats().records + 64, pushed);
  EXPECT_GE(fan.stats().pauses, 1u);
  numbered_peer peer(std::move(theirs));
  queue.close();
  EXPECT_EQ(fan.run().why, drive_status::drained);
  EXPECT_EQ(peer.join().count(), pushed);
}

TEST(fan_out, drops_nothing_that_all_would_miss) {
  apart_and_together([](sink_group* group) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    running_driver<fan_out<mpsc_queue<numbered>>> drive(queue, told.told({.group = group}));
    std::vector<std::unique_ptr<numbered_peer>> peers;
    for (unsigned i = 0; i < 2; ++i) {
      auto [ours, theirs] = make_narrow_pair();
      peers.push_back(std::make_unique<numbered_peer>(std::move(theirs), numbered_peer::manner{2000, 20}, i));
      drive.driver().join(std::move(ours), behind(behind_policy::drop));
    }
    wait_until_joined(drive, 2);
    push_all(queue, 0, 10'000);
    queue.close();
    drive.join();
    told.expect_balances();
    EXPECT_LT(told.reports.at(1).stats.dropped + told.reports.at(2).stats.dropped, 10'000u);
    for (unsigned i = 0; i < 2; ++i) {
      EXPECT_EQ(peers[i]->join().count(), told.reports.at(i + 1).stats.accepted);
    }
  });
}

TEST(fan_out, keeps_records_while_nobody_is_there) {
  apart_and_together([](sink_group* group) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    running_driver<fan_out<mpsc_queue<numbered>>> drive(queue, told.told({.group = group}));
    push_all(queue, 0, 100);
    EXPECT_EQ(queue.try_push(numbered::make(0, 100)), push_status::full);
    auto [ours, theirs] = make_narrow_pair();
    numbered_peer peer(std::move(theirs));
    drive.driver().join(std::move(ours), behind(behind_policy::wait));
    EXPECT_TRUE(eventually_holds([&] { return peer.count_hint() == 100; }));
    queue.close();
    EXPECT_EQ(drive.join().why, drive_status::drained);
  });
}

TEST(fan_out, ends_without_peers) {
  mpsc_queue<numbered> queue({.capacity = 100});
  push_all(queue, 0, 3);
  running_driver<fan_out<mpsc_queue<numbered>>> drive(queue);
  queue.close();
  EXPECT_EQ(drive.join().why, drive_status::drained);
  EXPECT_EQ(queue.depth_hint(), 3u) << "what nobody was there for is still there";
}

TEST(fan_out, stops_while_everybody_is_stuck) {
  apart_and_together([](sink_group* group) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    running_driver<fan_out<mpsc_queue<numbered>>> drive(queue,
                                                        told.told({.close_for = milliseconds{1}, .group = group}));
    auto [ours, theirs] = make_narrow_pair();
    drive.driver().join(std::move(ours), behind(behind_policy::wait));
    std::uint32_t pushed = 0;
    EXPECT_TRUE(eventually_holds([&] {
      pushed += queue.try_push(numbered::make(0, pushed)) == push_status::ok;
      return queue.depth_hint() == 100 && drive.stats().pauses != 0;
    }));
    drive.request_stop();
    EXPECT_EQ(drive.join().why, drive_status::stopped);
    EXPECT_EQ(drive.stats().records + queue.depth_hint(), pushed);
    told.expect_balances();
  });
}

TEST(fan_out, serves_only_as_many_as_it_has_room_for) {
  apart_and_together([](sink_group* group) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    fan_out fan(queue, told.told({.most_peers = 2, .group = group}));
    std::vector<two_ends> ends;
    for (unsigned i = 0; i < 3; ++i) ends.push_back(make_narrow_pair());
    EXPECT_NE(fan.join(std::move(ends[0].ours), behind(behind_policy::wait)), 0u);
    const peer_id second = fan.join(std::move(ends[1].ours), behind(behind_policy::wait));
    EXPECT_EQ(fan.join(std::move(ends[2].ours), behind(behind_policy::wait)), 0u);
    EXPECT_TRUE(ends[2].ours) << "untouched";
    static_cast<void>(fan.step());
    EXPECT_GT(fan.max_bytes(), 2 * small_sink.capacity_bytes);
    EXPECT_TRUE(fan.leave(second, deadline::already_over()));
    static_cast<void>(fan.step());
    EXPECT_EQ(told.reports.at(second).why, peer_end::left);
    EXPECT_NE(fan.join(std::move(ends[2].ours), behind(behind_policy::wait)), 0u);
    static_cast<void>(fan.step());
    unsigned seen = 0;
    fan.for_each_peer([&](peer_id id, const peer_stats&, const stream_sink&) {
      EXPECT_NE(id, second);
      ++seen;
    });
    EXPECT_EQ(seen, 2u);
    EXPECT_EQ(fan.finish(drive_status::stopped).stats.left, 3u);
  });
}

TEST(fan_out, takes_nobody_in_once_it_ends) {
  apart_and_together([](sink_group* group) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    fan_out fan(queue, told.told({.most_peers = 2, .group = group}));
    auto early = make_narrow_pair();
    auto late = make_narrow_pair();
    EXPECT_NE(fan.join(std::move(early.ours), behind(behind_policy::wait)), 0u);
    EXPECT_EQ(fan.finish(drive_status::stopped).stats.left, 1u);
    EXPECT_EQ(fan.join(std::move(late.ours), behind(behind_policy::wait)), 0u) << "nobody would be told of it";
    EXPECT_TRUE(late.ours) << "untouched";
    EXPECT_EQ(fan.finish(drive_status::stopped).stats.joined, 1u);
  });
}

/// Whoever joins while it ends is refused, or told of.
TEST(fan_out, tells_of_everybody_who_joins_while_it_ends) {
  for (int turn = 0; turn < 50; ++turn) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    fan_out fan(queue, told.told({}));
    std::atomic<bool> joining{false};
    std::size_t joined = 0;
    std::jthread joiner([&] {
      for (joining = true, joining.notify_one();; ++joined) {
        auto ends = make_narrow_pair();
        if (fan.join(std::move(ends.ours), behind(behind_policy::wait)) == 0) return;
      }
    });
    joining.wait(false);
    static_cast<void>(fan.finish(drive_status::stopped));
    joiner.join();
    EXPECT_EQ(told.reports.size(), joined);
    EXPECT_EQ(fan.stats().left, joined);
  }
}

TEST(fan_out, tells_of_a_sink_that_cannot_be_made) {
  apart_and_together([](sink_group* group) {
    mpsc_queue<numbered> queue({.capacity = 100});
    ledger told;
    fan_out fan(queue, told.told({.group = group}));
    const peer_id id = fan.join(unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), behind(behind_policy::wait));
    ASSERT_NE(id, 0u);
    static_cast<void>(fan.step());
    EXPECT_EQ(told.reports.at(id).why, peer_end::failed);
    EXPECT_TRUE(told.reports.at(id).sink.error);
  });
}

TEST(fan_out, takes_sinks_of_other_kinds) {
  mpsc_queue<std::string> queue({.capacity = 100});
  fan_out<mpsc_queue<std::string>, sink> fan(queue);
  char path[] = "/tmp/fan_out.XXXXXX";
  auto file = std::make_unique<file_sink>(unique_fd(::mkstemp(path)), small_sink);
  unique_fd again(::open(path, O_RDONLY | O_CLOEXEC));
  ::unlink(path);
  auto [ours, theirs] = make_narrow_pair();
  EXPECT_NE(fan.join(std::unique_ptr<sink>(std::move(file))), 0u);
  EXPECT_NE(fan.join(std::unique_ptr<sink>(std::make_unique<stream_sink>(std::move(ours), small_sink))), 0u);
  for (const char* const each : {"one", "", "two"}) ASSERT_EQ(queue.try_push(each), push_status::ok);
  queue.close();
  EXPECT_EQ(fan.run().stats.records, 3u);
  char came[10] = {};
  for (const int fd : {again.get(), theirs.get()}) {
    ASSERT_EQ(::read(fd, came, sizeof came), 6);
    EXPECT_EQ(std::string(came), "onetwo");
  }
}

TEST(fan_out, refuses_what_one_peer_can_never_hold_and_gives_it_to_the_others) {
  mpsc_queue<std::string> queue({.capacity = 100});
  ledger told;
  fan_out_config config;
  config.on_left = [&](const peer_report& one) { told.reports.emplace(one.id, one); };
  fan_out fan(queue, config);
  auto narrow = make_narrow_pair();
  auto wide = make_socketpair(1 << 20);
  peer_config small = behind(behind_policy::wait);
  small.sink = {.capacity_bytes = 1000, .high_bytes = 500, .low_bytes = 100, .batch_bytes = 100};
  const peer_id of_narrow = fan.join(std::move(narrow.ours), small);
  const peer_id of_wide = fan.join(std::move(wide.ours), {});
  for (const std::size_t length : {10u, 5000u, 990u, 100'000u, 1u}) {
    ASSERT_EQ(queue.try_push(std::string(length, 'x')), push_status::ok);
  }
  queue.close();
  EXPECT_EQ(fan.run().stats.records, 5u);
  EXPECT_EQ(told.reports.at(of_narrow).stats, (peer_stats{.offered = 5, .accepted = 3, .dropped = 0, .refused = 2}));
  EXPECT_EQ(told.reports.at(of_wide).stats, (peer_stats{.offered = 5, .accepted = 5, .dropped = 0, .refused = 0}));
}

TEST(fan_out, lets_a_peer_miss_stretches_and_not_a_record_here_and_there) {
  mpsc_queue<std::string> queue({.capacity = 100});
  fan_out fan(queue, {.close_for = milliseconds{1}});
  auto stuck = make_narrow_pair();
  auto swift = make_socketpair(1 << 20);
  const peer_id of_stuck = fan.join(std::move(stuck.ours), behind(behind_policy::drop));
  EXPECT_NE(fan.join(std::move(swift.ours), {}), 0u);
  const auto give = [&](std::size_t length) {
    ASSERT_EQ(queue.try_push(std::string(length, 'x')), push_status::ok);
    while (fan.step() == drive_status::ok) {
    }
  };
  peer_stats seen;
  bool writable = true;
  const auto look = [&] {
    fan.for_each_peer([&](peer_id id, const peer_stats& stats, const stream_sink& out) {
      if (id == of_stuck) seen = stats, writable = out.writable();
    });
  };
  while (writable) {
    give(500);
    look();
  }
  EXPECT_EQ(seen.dropped, 0u);
  give(10'000);
  give(1);  // there would be credit for it
  look();
  EXPECT_EQ(seen.dropped, 2u);
}

/// Peers of every kind join, lag, die, leave and are evicted at random, while records come.
void live_at_random(unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  mpsc_queue<numbered> queue({.capacity = 50});
  ledger told;
  sink_group group;
  running_driver<fan_out<mpsc_queue<numbered>>> drive(queue,
                                                      told.told({.most_records = 64,
                                                                 .close_for = milliseconds{random() % 2 * 30},
                                                                 .group = random() % 2 == 0 ? &group : nullptr}));
  std::map<peer_id, std::unique_ptr<numbered_peer>> readers;
  std::map<peer_id, unique_fd> stuck;
  std::uint32_t pushed = 0;
  std::map<peer_id, bool> reads_all;
  const auto policy_of = [](unsigned number) { return static_cast<behind_policy>(number % 3); };
  for (unsigned turn = 0; turn < 60; ++turn) {
    const unsigned what = static_cast<unsigned>(random() % 10);
    if (what < 2) {
      auto [ours, theirs] = make_narrow_pair();
      const peer_id id = drive.driver().join(
          std::move(ours), behind(policy_of(static_cast<unsigned>(random())), milliseconds{1 + random() % 5}));
      ASSERT_NE(id, 0u);
      const std::uint64_t leave_after = random() % 4 ? ~std::uint64_t{0} : random() % 500;
      reads_all[id] = leave_after == ~std::uint64_t{0};
      readers[id] = std::make_unique<numbered_peer>(
          std::move(theirs), numbered_peer::manner{1 + random() % 5000, unsigned(random() % 50), leave_after}, seed);
    } else if (what == 2) {
      auto [ours, theirs] = make_narrow_pair();
      const peer_id id = drive.driver().join(
          std::move(ours), behind(random() % 2 ? behind_policy::drop : behind_policy::evict, milliseconds{2}));
      stuck[id] = std::move(theirs);
    } else if (what == 3) {
      drive.driver().leave(1 + random() % 10, in(milliseconds{random() % 5}));
    } else {
      for (unsigned i = 0; i < 200; ++i) {
        if (queue.try_push(numbered::make(0, pushed)) == push_status::ok) ++pushed;
      }
    }
  }
  if (random() % 2 == 0) drive.request_stop();
  queue.close();
  const fan_out_report& report = drive.join();
  EXPECT_EQ(report.stats.records + queue.depth_hint(), pushed);
  EXPECT_EQ(report.stats.joined, report.stats.left);
  EXPECT_EQ(told.reports.size(), report.stats.joined);
  EXPECT_EQ(readers.size() + stuck.size(), report.stats.joined);
  told.expect_balances();
  for (auto& [id, reader] : readers) {
    const peer_report& one = told.reports.at(id);
    EXPECT_LE(reader->join().count(), one.sink.position.records.written);
    if (reads_all.at(id)) {
      EXPECT_EQ(reader->join().count(), one.sink.position.records.written);
    }
  }
}

/// Waits for a slow peer of a group, and for the queue: asleep, and yet at once.
TEST(fan_out, sleeps_until_something_happens) {
  mpsc_queue<numbered> queue({.capacity = 100});
  sink_group group;
  auto [ours, theirs] = make_narrow_pair();
  running_driver<fan_out<mpsc_queue<numbered>>> drive(queue, {.close_for = milliseconds{1}, .group = &group});
  drive.driver().join(std::move(ours), behind(behind_policy::wait));
  std::uint32_t pushed = 0;
  while (pushed < 500) push_all(queue, pushed, pushed + 1), ++pushed;  // some of it stays in the sink
  ASSERT_TRUE(eventually_holds([&] { return drive.stats().records == pushed; }));
  const fan_out_stats before = drive.stats();
  std::this_thread::sleep_for(milliseconds{30});  // nothing happens in it
  EXPECT_LT(drive.stats().parks - before.parks, 5u) << "a wait that looks from time to time";
  for (; pushed < 550; ++pushed) {
    push_all(queue, pushed, pushed + 1);
    ASSERT_TRUE(eventually_holds([&] { return drive.stats().records == pushed + 1; })) << "no wake for " << pushed;
  }
}

TEST(fan_out, accounts_for_all_whatever_its_peers_do) {
  const unsigned most = is_long() ? 2000 : 40;
  for (unsigned seed = 1; seed <= most; ++seed) live_at_random(seed);
}

}  // namespace
}  // namespace tidegate::test
