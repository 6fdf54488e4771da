// sink_driver: every kind of queue into sockets and files; nothing that was pushed disappears, whatever ends first.
#include "tidegate/io/sink_driver.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/io/driver_support.hpp"
#include "tidegate/flow/conservation.hpp"
#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/record_encoder.hpp"
#include "tidegate/io/running_driver.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/lane_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/reserving_queue.hpp"
#include "tidegate/queue/spmc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {
namespace {

static_assert(drainable_sink<stream_sink> && drainable_sink<file_sink> && drainable_sink<sink>);

/// One kind of queue: how to make it, to push to it, to look at what is left.
template <class Queue, unsigned Producers, std::size_t Capacity>
struct kind {
  using queue_type = Queue;
  static constexpr unsigned producers = Producers;
  static constexpr bool wakes = detail::wakes_its_consumer<Queue>;
  static constexpr bool bytes = !detail::gives_elements<Queue>;

  static std::unique_ptr<Queue> make() {
    if constexpr (requires { Queue::lanes; }) {
      lane_queue_config<Queue::lanes> config;
      for (auto& lane : config.lanes) lane.capacity = Capacity;
      return std::make_unique<Queue>(config);
    } else if constexpr (wakes && bytes) {
      return std::make_unique<Queue>(byte_queue_config{.capacity = Capacity * 24});
    } else if constexpr (wakes) {
      return std::make_unique<Queue>(queue_config{.capacity = Capacity});
    } else {
      return std::make_unique<Queue>(bytes ? Capacity * 24 : Capacity);
    }
  }

  static push_status try_push(Queue& queue, const numbered& one) {
    if constexpr (bytes) {
      return queue.try_push(one.bytes());
    } else if constexpr (requires { Queue::lanes; }) {
      return queue.lane(one.producer % Queue::lanes).try_push(one);
    } else {
      return queue.try_push(numbered(one));
    }
  }

  /// Pops what is there.
  static void take_rest(Queue& queue, roll_call& into) {
    if constexpr (bytes) {
      while (queue.try_consume([&](auto record) { into.note(record); }) == pop_status::ok) {
      }
    } else {
      while (queue.try_consume([&](numbered&& one) { into.note(one); }) == pop_status::ok) {
      }
    }
  }
};

template <class Kind>
class sink_driver_of : public ::testing::Test {};

using kinds =
    ::testing::Types<kind<spsc_queue<numbered>, 1, 100>, kind<mpsc_queue<numbered>, 3, 100>,
                     kind<spmc_queue<numbered>, 1, 100>, kind<mpmc_queue<numbered>, 3, 100>,
                     kind<reserving_queue<mpsc_queue<numbered>>, 3, 100>, kind<lane_queue<numbered, 3>, 3, 40>,
                     kind<byte_queue<>, 1, 100>, kind<mpsc_byte_queue<>, 3, 100>, kind<spsc_ring<numbered>, 1, 100>,
                     kind<mpsc_ring<numbered>, 3, 100>, kind<mpmc_ring<numbered>, 3, 100>, kind<byte_ring<>, 1, 100>,
                     kind<mpsc_byte_ring<>, 3, 100>>;
TYPED_TEST_SUITE(sink_driver_of, kinds);

/// Producers that push until they are through, or the queue is closed; their account.
template <class Kind>
class pushing {
 public:
  pushing(typename Kind::queue_type& queue, std::uint32_t each) {
    for (std::uint32_t producer = 0; producer < Kind::producers; ++producer) {
      threads_.emplace_back([this, &queue, producer, each] { run(queue, producer, each); });
    }
  }
  ~pushing() { join(); }

  /// Ends the queue under them. A single producer ends before: what it pushes while another thread closes may be
  /// accepted after `closed` was answered, and stay for the destructor (docs/decisions/0002).
  void close(typename Kind::queue_type& queue) {
    if (Kind::producers == 1) {
      told_to_end_ = true;
      join();
    }
    queue.close();
  }

  conservation join() {
    for (std::thread& each : threads_) {
      if (each.joinable()) each.join();
    }
    conservation sum;
    sum.offered = sum.accepted = accepted_.load();
    return sum;
  }

 private:
  void run(typename Kind::queue_type& queue, std::uint32_t producer, std::uint32_t each) {
    for (std::uint32_t number = 0; number < each && !told_to_end_;) {
      switch (Kind::try_push(queue, numbered::make(producer, number))) {
        case push_status::ok:
          ++accepted_;
          ++number;
          break;
        case push_status::full: std::this_thread::yield(); break;
        default: return;
      }
    }
  }

  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<bool> told_to_end_{false};
  std::vector<std::thread> threads_;
};

template <class Queue>
sink_config woken_by(Queue& queue, sink_config config = small_sink) {
  config.wake_fd = wake_fd_of(queue);
  return config;
}

/// offered = delivered + handed back + lost + left in the queue, to the record.
void expect_nothing_disappeared(conservation account, const drive_report& report, std::uint64_t left) {
  account.completed = report.sink.position.records.written;
  account.discarded = report.handed_back + report.lost;
  account.queued = left;
  EXPECT_TRUE(account.balances()) << account.balance_of_accepted() << " of " << account.accepted << " unaccounted for; "
                                  << to_string(report.why);
  EXPECT_EQ(report.stats.records, report.sink.position.records.written + report.handed_back + report.lost);
}

TYPED_TEST(sink_driver_of, delivers_all_to_a_slow_peer_in_order) {
  auto queue = TypeParam::make();
  auto [ours, theirs] = make_narrow_pair();
  numbered_peer peer(std::move(theirs), {.most_bytes = 3000, .pause_odds = 5});
  stream_sink out(std::move(ours), woken_by(*queue));
  running_driver drive(*queue, out);
  EXPECT_EQ(drive.driver().waits_at_once(), TypeParam::wakes);
  pushing<TypeParam> producers(*queue, 6000 / TypeParam::producers);
  const conservation account = producers.join();
  queue->close();
  const drive_report& report = drive.join();
  EXPECT_EQ(report.why, drive_status::drained);
  EXPECT_FALSE(report.sink.error);
  EXPECT_EQ(report.handed_back + report.lost, 0u);
  EXPECT_EQ(peer.join().count(), 6000u);
  EXPECT_EQ(peer.join().skipped(), 0u);
  expect_nothing_disappeared(account, report, 0);
  EXPECT_LE(out.stats().most_bytes, small_sink.capacity_bytes);
}

/// The end comes at a random time, from one of four sides; how it came.
template <class Kind>
drive_status end_at_random(unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  auto queue = Kind::make();
  auto [ours, theirs] = make_narrow_pair();
  const unsigned way = static_cast<unsigned>(random() % 4);
  const std::uint64_t moment = random() % 800;
  numbered_peer peer(std::move(theirs), {.most_bytes = 2000, .leave_after = way == 0 ? moment : ~std::uint64_t{0}},
                     seed);
  stream_sink out(std::move(ours), woken_by(*queue));
  roll_call back;
  const auto note = [&](const undelivered_record& record) {
    if (!record.partial) back.note(record.bytes);
  };
  drive_config config{.close_for = way == 1 ? std::chrono::nanoseconds(1) : std::chrono::seconds(60)};
  if (random() % 2 == 0) config.on_undelivered = note;
  running_driver drive(*queue, out, config);
  pushing<Kind> producers(*queue, 1000 / Kind::producers);
  EXPECT_TRUE(eventually_holds([&] { return peer.count_hint() >= moment || drive.stats().records >= 900; }));
  if (way == 0) peer.join();
  if (way == 1 || way == 2) {
    drive.request_stop();
  } else {
    producers.close(*queue);
  }
  const drive_report& report = drive.join();
  producers.close(*queue);
  const conservation account = producers.join();
  roll_call left;
  Kind::take_rest(*queue, left);
  expect_nothing_disappeared(account, report, left.count());
  const std::uint64_t came = peer.join().count();
  if (way == 0) {
    EXPECT_LE(came, report.sink.position.records.written);
  } else {
    EXPECT_EQ(came, report.sink.position.records.written);
    EXPECT_EQ(peer.join().skipped(), 0u);
  }
  if (config.on_undelivered) {
    EXPECT_EQ(report.lost, 0u);
  }
  return report.why;
}

TYPED_TEST(sink_driver_of, accounts_for_all_whatever_ends_first) {
  const unsigned most = is_long() ? 2000 : 40;
  std::array<unsigned, 6> ends{};
  for (unsigned seed = 1; seed <= most; ++seed) ++ends[static_cast<std::size_t>(end_at_random<TypeParam>(seed))];
  for (const drive_status each : {drive_status::drained, drive_status::stopped, drive_status::failed}) {
    EXPECT_GT(ends[static_cast<std::size_t>(each)], 0u) << to_string(each);
  }
}

// --- one thread, step by step

using queue_of_numbers = mpsc_queue<numbered>;

/// A queue, a sink that nobody reads, and a driver between them.
template <class Queue = queue_of_numbers, class Encoder = as_bytes>
struct embedded {
  explicit embedded(std::size_t capacity, drive_config config = {}, sink_config limits = small_sink)
      : queue({.capacity = capacity}),
        ends(make_narrow_pair()),
        out(std::move(ends.ours), woken_by(queue, limits)),
        drive(queue, out, std::move(config)) {}

  void push(std::uint32_t from, std::uint32_t to) {
    for (; from < to; ++from) ASSERT_EQ(queue.try_push(numbered::make(0, from)), push_status::ok);
  }
  /// As often as it gets on.
  drive_status turn_until_idle() {
    drive_status status = drive_status::ok;
    while (status == drive_status::ok) status = drive.step();
    return status;
  }

  Queue queue;
  two_ends ends;
  stream_sink out;
  sink_driver<Queue, stream_sink, Encoder> drive;
};

TEST(sink_driver, takes_no_more_than_the_sink_has_credit_for) {
  embedded<> one(10'000);
  one.push(0, 10'000);
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  EXPECT_FALSE(one.out.writable());
  const drive_stats stats = one.drive.stats();
  EXPECT_EQ(one.queue.depth_hint(), 10'000 - stats.records) << "what has no credit stays in the queue";
  EXPECT_LE(one.out.position().bytes.in_flight(), small_sink.high_bytes + 4096) << "a run may cross the mark";
  EXPECT_GE(one.queue.depth_hint(), 8000u);
  EXPECT_GE(stats.pauses, 1u);
  EXPECT_EQ(one.drive.run_once(in(milliseconds{5})), drive_status::idle) << "the deadline ends the wait";
  EXPECT_EQ(one.drive.stats().records, stats.records);
  numbered_peer peer(std::move(one.ends.theirs));
  one.queue.close();
  const drive_report report = one.drive.run();
  EXPECT_EQ(report.why, drive_status::drained);
  EXPECT_EQ(report.sink.position.records.written, 10'000u);
  EXPECT_EQ(peer.join().count(), 10'000u);
}

TEST(sink_driver, pops_nothing_for_which_there_is_no_credit) {
  embedded<> one(2000, {}, {.capacity_bytes = 1000, .high_bytes = 1000, .low_bytes = 100, .batch_bytes = 500});
  one.push(0, 2000);
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  EXPECT_TRUE(one.out.writable());
  EXPECT_LT(one.out.credits().bytes, sizeof(numbered)) << "not enough for one more";
  EXPECT_EQ(one.drive.stats().carried, 0u);
  EXPECT_EQ(one.drive.stats().records, one.out.position().records.accepted);
}

TEST(sink_driver, lets_the_queues_policy_meet_the_producers) {
  embedded<> one(64);
  std::uint32_t pushed = 0;
  push_status answer = push_status::ok;
  while ((answer = one.queue.try_push(numbered::make(0, pushed))) == push_status::ok) {
    ++pushed;
    static_cast<void>(one.turn_until_idle());
  }
  EXPECT_EQ(answer, push_status::full) << "the peer reads nothing, and its credits are used up";
  numbered_peer peer(std::move(one.ends.theirs));
  EXPECT_TRUE(eventually_holds([&] {
    static_cast<void>(one.drive.run_once(in(milliseconds{10})));
    return one.queue.try_push(numbered::make(0, pushed)) == push_status::ok;
  }));
  one.queue.close();
  EXPECT_EQ(one.drive.run().sink.position.records.written, pushed + 1);
}

TEST(sink_driver, hands_back_what_a_dead_peer_does_not_get) {
  roll_call back;
  std::uint64_t cut = 0;
  embedded<> one(2000, {.on_undelivered = [&](const undelivered_record& record) {
                   record.partial ? void(++cut) : back.note(record.bytes);
                 }});
  one.push(0, 2000);
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  one.ends.theirs.reset();
  const drive_report report = one.drive.run();
  EXPECT_EQ(report.why, drive_status::failed);
  EXPECT_EQ(report.sink.error, std::errc::broken_pipe);
  EXPECT_EQ(report.handed_back, back.count() + cut);
  EXPECT_EQ(report.lost, 0u);
  EXPECT_GT(report.handed_back, 100u);
  EXPECT_EQ(report.sink.position.records.written + report.handed_back + one.queue.depth_hint(), 2000u);
  EXPECT_EQ(one.drive.step(), drive_status::failed) << "and takes nothing more";
}

TEST(sink_driver, counts_what_is_handed_to_nobody) {
  embedded<> one(2000, {.close_for = std::chrono::nanoseconds(1)});
  one.push(0, 2000);
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  const drive_report report = one.drive.finish(drive_status::stopped);
  EXPECT_EQ(report.sink.error, sink_errc::cut_short);
  EXPECT_GT(report.lost, 100u);
  EXPECT_EQ(report.sink.position.records.written + report.lost, report.stats.records);
}

TEST(sink_driver, goes_on_with_another_sink) {
  embedded<> one(2000);
  one.push(0, 2000);
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  one.ends.theirs.reset();
  const drive_report first = one.drive.run();
  EXPECT_EQ(first.why, drive_status::failed);
  one.queue.close();
  auto [ours, theirs] = make_narrow_pair();
  numbered_peer peer(std::move(theirs));
  stream_sink out(std::move(ours), woken_by(one.queue));
  const drive_report second = sink_driver(one.queue, out).run();
  EXPECT_EQ(second.why, drive_status::drained);
  EXPECT_EQ(first.stats.records + second.sink.position.records.written, 2000u);
  EXPECT_EQ(peer.join().count(), second.sink.position.records.written);
}

TEST(sink_driver, sees_a_sink_that_somebody_closed) {
  embedded<> one(10);
  one.push(0, 3);
  static_cast<void>(one.out.close(deadline::already_over()));
  EXPECT_EQ(one.drive.run().why, drive_status::failed);
  EXPECT_EQ(one.queue.depth_hint(), 3u);
}

// --- records of any length

using lines = mpsc_queue<std::string>;

TEST(sink_driver, carries_a_record_that_is_larger_than_was_said) {
  std::vector<std::string> back;
  embedded<lines> one(10, {.max_record_bytes = 10, .on_undelivered = [&](const undelivered_record& record) {
                             back.emplace_back(reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size());
                           }});
  const std::string half(small_sink.capacity_bytes / 2, 'h');
  const std::string whole(small_sink.capacity_bytes, 'w');
  const std::string too_big(small_sink.capacity_bytes + 1, 't');
  ASSERT_EQ(one.queue.try_push("short"), push_status::ok);
  ASSERT_EQ(one.queue.try_push(std::string(too_big)), push_status::ok);
  ASSERT_EQ(one.queue.try_push(std::string(half)), push_status::ok);
  ASSERT_EQ(one.queue.try_push(std::string(half)), push_status::ok);
  ASSERT_EQ(one.queue.try_push(std::string(whole)), push_status::ok);
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  EXPECT_EQ(one.drive.stats().refused, 1u);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0], too_big);
  EXPECT_LE(one.out.position().bytes.in_flight(), small_sink.capacity_bytes);
  one.queue.close();
  std::string came;
  std::thread reader([&came, fd = std::move(one.ends.theirs)] {
    char buffer[4096];
    for (ssize_t got; (got = ::read(fd.get(), buffer, sizeof buffer)) > 0;) came.append(buffer, std::size_t(got));
  });
  const drive_report report = one.drive.run();
  reader.join();
  EXPECT_EQ(report.why, drive_status::drained);
  EXPECT_EQ(came, "short" + half + half + whole);
  EXPECT_EQ(report.stats.records, report.sink.position.records.written + report.handed_back);
}

TEST(sink_driver, hands_back_what_it_carried_last) {
  std::vector<std::size_t> back;
  embedded<lines> one(10, {.max_record_bytes = 1,
                           .close_for = std::chrono::nanoseconds(1),
                           .on_undelivered = [&](const undelivered_record& record) {
                             back.push_back(record.bytes.size() + record.written_bytes);
                           }});
  for (const std::size_t length : {7000u, 7001u, 15'000u, 3u}) {
    ASSERT_EQ(one.queue.try_push(std::string(length, 'x')), push_status::ok);
  }
  EXPECT_EQ(one.turn_until_idle(), drive_status::idle);
  const drive_report report = one.drive.finish(drive_status::stopped);
  EXPECT_EQ(one.queue.depth_hint() + back.size() + report.sink.position.records.written, 4u);
  ASSERT_FALSE(back.empty());
  EXPECT_EQ(report.stats.carried, 1u);
  EXPECT_EQ(back.back(), 15'000u) << "taken last, and never given to the sink";
  EXPECT_EQ(report.stats.records, report.sink.position.records.written + report.handed_back);
}

TEST(sink_driver, encodes_into_room_of_its_own) {
  spsc_queue<unsigned> queue({.capacity = 100});
  auto [ours, theirs] = make_narrow_pair();
  stream_sink out(std::move(ours), woken_by(queue));
  const auto encoder = encode_into<2>([](const unsigned& one, std::span<std::byte> room) noexcept {
    room[0] = std::byte('0' + one % 10);
    return std::size_t{1};
  });
  for (unsigned i = 0; i < 100; ++i) ASSERT_EQ(queue.try_push(i), push_status::ok);
  queue.close();
  const drive_report report = sink_driver(queue, out, drive_config{}, encoder).run();
  EXPECT_EQ(report.sink.position.records.written, 100u);
  char came[101] = {};
  ASSERT_EQ(::read(theirs.get(), came, sizeof came), 100);
  EXPECT_EQ(std::string(came, 12), "012345678901");
}

// --- waiting

TEST(sink_driver, hears_of_each_record_while_its_sink_is_stuck) {
  embedded<> one(100, {.close_for = std::chrono::nanoseconds(1)});
  std::atomic<bool> stuck{false};
  std::jthread thread([&](const std::stop_token& stop) {
    while (one.out.position().bytes.in_flight() < 1000) {
      one.push(0, 50);
      static_cast<void>(one.turn_until_idle());
    }
    EXPECT_TRUE(one.out.writable());
    stuck = true;
    drive_status status = drive_status::ok;
    while (status <= drive_status::idle) status = one.drive.run_once(deadline::never(), stop);
    EXPECT_EQ(status, drive_status::stopped);
    static_cast<void>(one.drive.finish(status));
  });
  ASSERT_TRUE(eventually_holds([&] { return stuck.load(); }));
  const std::uint64_t before = one.drive.stats().records;
  for (std::uint32_t i = 0; i < 100; ++i) {
    ASSERT_EQ(one.queue.try_push(numbered::make(0, i)), push_status::ok);
    ASSERT_TRUE(eventually_holds([&] { return one.drive.stats().records == before + i + 1; }))
        << "no wake for record " << i;
  }
  EXPECT_LT(one.drive.stats().parks, 500u) << "a wait that spins";
}

/// A stop ends each kind of wait.
template <class Prepare>
void stop_while_it_waits(Prepare prepare) {
  embedded<> one(10'000, {.close_for = std::chrono::nanoseconds(1)});
  prepare(one);
  running_driver drive(one.queue, one.out, {.close_for = std::chrono::nanoseconds(1)});
  EXPECT_TRUE(eventually_holds([&] { return drive.stats().parks != 0; }));
  drive.request_stop();
  EXPECT_EQ(drive.join().why, drive_status::stopped);
  EXPECT_LT(drive.stats().parks, 20u) << "a wait that spins";
}

TEST(sink_driver, stops_while_there_is_nothing) {
  stop_while_it_waits([](auto&) {});
}
TEST(sink_driver, stops_while_its_sink_has_no_room) {
  stop_while_it_waits([](auto& one) { one.push(0, 10'000); });
}
TEST(sink_driver, stops_while_its_sink_writes) {
  stop_while_it_waits([](auto& one) { one.push(0, 600); });
}

TEST(sink_driver, looks_from_time_to_time_when_nothing_can_wake_it) {
  mpsc_queue<numbered> queue({.capacity = 100});
  auto [ours, theirs] = make_narrow_pair();
  numbered_peer peer(std::move(theirs));
  stream_sink out(std::move(ours), small_sink);  // without wake_fd
  running_driver drive(queue, out);
  EXPECT_FALSE(drive.driver().waits_at_once());
  for (std::uint32_t i = 0; i < 1000; ++i) static_cast<void>(queue.push(numbered::make(0, i)));
  queue.close();
  EXPECT_EQ(drive.join().sink.position.records.written, 1000u);
}

TEST(sink_driver, is_not_stopped_by_a_claim_that_stays_open) {
  mpsc_byte_queue<> queue({.capacity = 2400});
  auto [ours, theirs] = make_narrow_pair();
  stream_sink out(std::move(ours), woken_by(queue));
  sink_driver drive(queue, out);
  ASSERT_EQ(queue.try_push(numbered::make(0, 0).bytes()), push_status::ok);
  using claim_type = mpsc_byte_queue<>::claim_type;
  alignas(claim_type) std::byte place[sizeof(claim_type)];
  std::thread([&] { new (place) claim_type(queue.try_claim(16)); }).join();  // neither published nor abandoned
  ASSERT_EQ(queue.try_push(numbered::make(0, 1).bytes()), push_status::ok);
  EXPECT_TRUE(eventually_holds([&] {
    static_cast<void>(drive.run_once(in(milliseconds{10})));
    return drive.stats().records == 2;
  })) << "the thread has ended: its claim is given up";
}

TEST(sink_driver, sleeps_while_a_large_record_lacks_credit) {
  byte_queue<> queue({.capacity = 64 << 10});
  auto [ours, theirs] = make_narrow_pair();
  stream_sink out(std::move(ours), woken_by(queue));
  sink_driver drive(queue, out, {.close_for = std::chrono::nanoseconds(1)});
  while (out.position().bytes.in_flight() < 4000) {  // stuck, and yet writable
    ASSERT_EQ(queue.try_push(std::vector<std::byte>(500)), push_status::ok);
    while (drive.step() == drive_status::ok) {
    }
  }
  ASSERT_TRUE(out.writable());
  ASSERT_EQ(queue.try_push(std::vector<std::byte>(14'000)), push_status::ok);
  const deadline limit = in(milliseconds{30});
  unsigned turns = 0;
  for (; !limit.reached(native_sync::now()); ++turns) static_cast<void>(drive.run_once(limit));
  EXPECT_LT(turns, 20u) << "a wait that spins";
  std::jthread reader([fd = std::move(theirs)] {
    for (char buffer[4096]; ::read(fd.get(), buffer, sizeof buffer) > 0;) {
    }
  });
  queue.close();
  while (drive.run_once(eventually()) != drive_status::drained) {
  }
  EXPECT_EQ(out.flush(eventually()), wait_status::ok);
  EXPECT_EQ(drive.finish(drive_status::drained).lost, 0u);
}

/// A wake descriptor that is not the queue's, and that nobody reads: a turn ends by its deadline all the same, and
/// bytes move.
TEST(sink_driver, is_not_held_by_somebody_elses_wake_descriptor) {
  spsc_queue<numbered> queue({.capacity = 4096});
  auto [ours, theirs] = make_narrow_pair();
  const unique_fd wake(::eventfd(1, EFD_CLOEXEC));
  sink_config config = small_sink;
  config.wake_fd = wake.get();
  stream_sink out(std::move(ours), config);
  sink_driver drive(queue, out, {.close_for = std::chrono::nanoseconds(1)});
  for (std::uint32_t i = 0; i < 4000; ++i) ASSERT_EQ(queue.try_push(numbered::make(0, i)), push_status::ok);
  while (drive.step() == drive_status::ok) {
  }
  ASSERT_FALSE(out.writable());
  EXPECT_EQ(drive.run_once(in(milliseconds{5})), drive_status::idle);
  numbered_peer peer(std::move(theirs));
  queue.close();
  while (drive.run_once(eventually()) != drive_status::drained) {
  }
  while (out.position().records.in_flight() != 0) static_cast<void>(out.pump());
  EXPECT_EQ(drive.finish(drive_status::drained).sink.position.records.written, 4000u);
}

TEST(sink_driver, refuses_an_encoder_whose_records_can_never_be_accepted) {
  struct large {
    std::byte all[small_sink.capacity_bytes + 1];
  };
  spsc_queue<large> queue({.capacity = 1});
  auto [ours, theirs] = make_narrow_pair();
  stream_sink out(std::move(ours), small_sink);
  EXPECT_THROW(sink_driver(queue, out), std::invalid_argument);
}

TEST(sink_driver, knows_its_memory) {
  embedded<> one(16);
  EXPECT_GT(one.drive.max_bytes(), one.out.max_bytes());
  EXPECT_LT(one.drive.max_bytes(), one.out.max_bytes() + 4096 + 4096) << "a run of plain elements, and little else";
}

TEST(sink_driver, writes_files) {
  char path[] = "/tmp/sink_driver.XXXXXX";
  unique_fd file(::mkstemp(path));
  unique_fd again(::open(path, O_RDONLY | O_CLOEXEC));
  ::unlink(path);
  spsc_queue<numbered> queue({.capacity = 100});
  file_sink out(std::move(file), woken_by(queue));
  running_driver drive(queue, out);
  for (std::uint32_t i = 0; i < 10'000; ++i) ASSERT_EQ(queue.push(numbered::make(0, i)), push_status::ok);
  queue.close();
  EXPECT_EQ(drive.join().sink.position.records.written, 10'000u);
  numbered_peer peer(std::move(again));
  EXPECT_EQ(peer.join().count(), 10'000u);
}

}  // namespace
}  // namespace tidegate::test
