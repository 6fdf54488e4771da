// wait_any(), selector, select() and event_fd over real queues and threads: with the kernel's wait for many words, and
// without it.
#include "tidegate/wait/wait_any.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

#include "tests/contract/support.hpp"
#include "tidegate/base/event_bell.hpp"
#include "tidegate/queue/broadcast_queue.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/conflating_queue.hpp"
#include "tidegate/queue/latest_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/rendezvous.hpp"
#include "tidegate/queue/spmc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/wait/event_fd.hpp"
#include "tidegate/wait/select.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using test::in_good_time;
using time_point = deadline::time_point;

time_point soon() { return native_sync::now() + 5ms; }
time_point past() { return time_point::min(); }

/// A kernel without futex_waitv.
struct without_waitv : native_sync {
  [[nodiscard]] static bool waits_for_many() noexcept { return false; }
};
struct symmetric_without_waitv : without_waitv {
  [[nodiscard]] static bool asymmetric_fences() noexcept { return false; }
};

/// The queue of many threads stands on a block ring.
struct over_runs : native_sync {};

/// A kernel that has futex_waitv, and refuses it all the same.
struct refusing_waitv : native_sync {
  static inline std::atomic<unsigned> asked{0};
  static futex_outcome futex_wait_many(const watch*, std::size_t, deadline) noexcept {
    ++asked;
    return futex_outcome::refused;
  }
};

template <class Sync>
class WaitAny : public testing::Test {
 protected:
  static constexpr ring_choice choice = std::is_same_v<Sync, over_runs> ? ring_choice::block : ring_choice::exact;
  static constexpr queue_options parking{.wait = wait_kind::park, .many = choice};
  using many = mpmc_queue<int, parking, Sync>;
  using few = spsc_queue<int, parking, Sync>;

  many left{queue_config{.capacity = 2}};
  few right{queue_config{.capacity = 2}};
};
using kernels = testing::Types<native_sync, without_waitv, symmetric_without_waitv, refusing_waitv, over_runs>;
TYPED_TEST_SUITE(WaitAny, kernels);

TYPED_TEST(WaitAny, AnswersWhoIsReady) {
  EXPECT_EQ(wait_any(past(), this->left, this->right), none_ready);
  EXPECT_EQ(this->right.try_push(1), push_status::ok);
  EXPECT_EQ(wait_any(past(), this->left, this->right), 1u);
  EXPECT_EQ(wait_any(past(), this->right, this->left), 0u);
}

TYPED_TEST(WaitAny, MixesSides) {
  const auto room = this->right.push_source();
  EXPECT_EQ(wait_any(past(), this->left, room), 1u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(this->right.try_push(int{i}), push_status::ok);
  EXPECT_EQ(wait_any(past(), this->left, room), none_ready);
  EXPECT_EQ(wait_any(past(), this->left, room, this->right), 2u);
}

TYPED_TEST(WaitAny, ClosedIsReady) {
  this->left.close();
  EXPECT_EQ(wait_any(past(), this->left, this->right), 0u);
  EXPECT_EQ(wait_any(past(), this->left.push_source()), 0u);
}

TYPED_TEST(WaitAny, ReturnsAtItsDeadlineAndNotBefore) {
  const auto until = soon();
  EXPECT_EQ(wait_any(until, this->left, this->right), none_ready);
  EXPECT_GE(native_sync::now(), until);
}

TYPED_TEST(WaitAny, WakesForEachOfThem) {
  for (int round = 0; round < 20; ++round) {
    const bool goes_left = round % 2 == 0;
    std::jthread other([&] {
      if (goes_left) {
        EXPECT_EQ(this->left.try_push(int{round}), push_status::ok);
      } else {
        EXPECT_EQ(this->right.try_push(int{round}), push_status::ok);
      }
    });
    ASSERT_EQ(wait_any(in_good_time(), this->left, this->right), goes_left ? 0u : 1u);
    int value = -1;
    EXPECT_EQ(goes_left ? this->left.try_pop(value) : this->right.try_pop(value), pop_status::ok);
    EXPECT_EQ(value, round);
    other.join();
    this->right.rebind_producer();
  }
}

TYPED_TEST(WaitAny, WakesWhenOneOfThemIsClosed) {
  std::jthread other([&] { this->right.close(); });
  EXPECT_EQ(wait_any(in_good_time(), this->left, this->right), 1u);
}

TYPED_TEST(WaitAny, WakesForAStopRequest) {
  std::stop_source source;
  std::jthread other([&] { source.request_stop(); });
  EXPECT_EQ(wait_any(time_point::max(), source.get_token(), this->left, this->right), none_ready);
  EXPECT_EQ(this->left.try_push(1), push_status::ok);
  EXPECT_EQ(wait_any(time_point::max(), source.get_token(), this->left), none_ready) << "stop comes first";
}

TYPED_TEST(WaitAny, FavoursNoneWhateverIsWaitedForInBetween) {
  EXPECT_EQ(this->left.try_push(1), push_status::ok);
  EXPECT_EQ(this->right.try_push(1), push_status::ok);
  for (int in_between = 0; in_between < 8; ++in_between) {
    std::array<int, 2> answers{};
    for (int i = 0; i < 24; ++i) {
      ++answers.at(wait_any(past(), this->left, this->right));
      for (int j = 0; j < in_between; ++j) EXPECT_EQ(wait_any(past(), this->left), 0u);
    }
    EXPECT_GE(std::min(answers[0], answers[1]), 6) << in_between;
  }
}

TEST(WaitAnyRefused, NapsAndDoesNotSpin) {
  mpmc_queue<int, queue_options{}, refusing_waitv> none(queue_config{.capacity = 1});
  const unsigned before = refusing_waitv::asked;
  EXPECT_EQ(wait_any(soon(), none), none_ready);
  EXPECT_LE(refusing_waitv::asked - before, 10u) << "5 ms, and each nap takes one";
}

TYPED_TEST(WaitAny, ASelectorTakesTurns) {
  selector<TypeParam> fair;
  selector<TypeParam> ordered(pick::in_order);
  for (auto* each : {&fair, &ordered}) {
    EXPECT_TRUE(each->add(this->left.pop_source()));
    EXPECT_TRUE(each->add(this->right.pop_source()));
  }
  EXPECT_EQ(this->left.try_push(1), push_status::ok);
  EXPECT_EQ(this->right.try_push(1), push_status::ok);
  std::vector<std::size_t> in_turn;
  std::vector<std::size_t> in_order;
  for (int i = 0; i < 4; ++i) {
    in_turn.push_back(fair.wait_until(past()));
    in_order.push_back(ordered.wait_for(0s));
  }
  EXPECT_EQ(in_turn, (std::vector<std::size_t>{0, 1, 0, 1}));
  EXPECT_EQ(in_order, (std::vector<std::size_t>{0, 0, 0, 0}));
}

TYPED_TEST(WaitAny, ASelectorHoldsSoManyAndNoMore) {
  selector<TypeParam> all;
  EXPECT_EQ(all.wait_until(past()), none_ready);
  for (std::size_t i = 0; i < all.most_sources; ++i) ASSERT_TRUE(all.add(this->left.pop_source()));
  EXPECT_FALSE(all.add(this->right.pop_source()));
  EXPECT_EQ(all.count(), 128u);
  EXPECT_EQ(all.wait_until(soon()), none_ready);
  EXPECT_EQ(this->left.try_push(1), push_status::ok);
  EXPECT_NE(all.wait_until(past()), none_ready);
}

// Two waiters for both, one for each alone: whoever is woken by one and takes the other passes the wake on.
TYPED_TEST(WaitAny, StrandsNothingBesideASleeper) {
  constexpr int each = 3000;
  typename TestFixture::many other{queue_config{.capacity = 2}};
  std::atomic<int> taken{0};
  const auto run_for_both = [&] {
    for (int value = 0;;) {
      const std::size_t at = wait_any(in_good_time(), this->left, other);
      if (at == none_ready) return ADD_FAILURE() << "slept beside an element";
      const pop_status got = at == 0 ? this->left.try_pop(value) : other.try_pop(value);
      if (got == pop_status::closed) return;
      if (got == pop_status::ok) ++taken;
    }
  };
  const auto run_for_one = [&](auto& queue) {
    int value = 0;
    for (pop_status got; (got = queue.pop_until(value, in_good_time())) != pop_status::closed; ++taken) {
      if (got != pop_status::ok) return ADD_FAILURE() << "slept beside an element";
    }
  };
  {
    std::vector<std::jthread> takers;
    for (int i = 0; i < 2; ++i) takers.emplace_back(run_for_both);
    takers.emplace_back([&] { run_for_one(this->left); });
    takers.emplace_back([&] { run_for_one(other); });
    for (int i = 0; i < each; ++i) {
      ASSERT_EQ(this->left.push_until(int{i}, in_good_time()), push_status::ok);
      ASSERT_EQ(other.push_until(int{i}, in_good_time()), push_status::ok);
    }
    ASSERT_TRUE(this->left.wait_drained(in_good_time()));
    ASSERT_TRUE(other.wait_drained(in_good_time()));
    this->left.close();
    other.close();
  }
  EXPECT_EQ(taken, 2 * each);
}

// A sleeper is woken through each kind of queue, either side.
TEST(WaitAnyKinds, WakesForEachOfThem) {
  constexpr queue_options lossless{.wait = wait_kind::park, .broadcast = {.mode = broadcast_mode::gate}};
  spsc_queue<int> idle({.capacity = 1});
  byte_queue<> records({.capacity = 128});
  byte_queue<> room_for_records({.capacity = 128});
  broadcast_queue<int, lossless> news({.capacity = 1});
  broadcast_queue<int, lossless> room_for_news({.capacity = 1});
  latest_queue<int> newest;
  conflating_queue<int, int> prices({.capacity = 1});
  conflating_queue<int, int> room_for_prices({.capacity = 1});
  rendezvous<int> meeting;
  rendezvous<int> other_meeting;
  auto reader = news.make_reader();
  auto slow_reader = room_for_news.make_reader();
  const std::array<std::byte, 40> record{};
  for (int i = 0; i < 2; ++i) ASSERT_EQ(room_for_records.try_push(record), push_status::ok);
  ASSERT_EQ(room_for_news.try_push(1), push_status::ok);
  ASSERT_EQ(room_for_prices.try_push(1, 1), push_status::ok);
  int out = 0;
  const std::array<std::function<void(const std::stop_token&)>, 9> events{
      [&](const auto&) { EXPECT_EQ(records.try_push(record), push_status::ok); },
      [&](const auto&) {
        EXPECT_EQ(room_for_records.try_consume([](std::span<std::byte>) noexcept {}), pop_status::ok);
      },
      [&](const auto&) { EXPECT_EQ(news.try_push(1), push_status::ok); },
      [&](const auto&) { EXPECT_EQ(slow_reader.try_pop(out), pop_status::ok); },
      [&](const auto&) { EXPECT_EQ(newest.try_push(1), push_status::ok); },
      [&](const auto&) { EXPECT_EQ(prices.try_push(1, 1), push_status::ok); },
      [&](const auto&) { EXPECT_EQ(room_for_prices.try_consume([](int, int&&) noexcept {}), pop_status::ok); },
      [&](const auto& stop) { EXPECT_EQ(meeting.push(1, std::stop_token(stop)), push_status::cancelled); },
      [&](const auto& stop) { EXPECT_EQ(other_meeting.pop(out, std::stop_token(stop)), pop_status::cancelled); }};
  const auto sources = [&] {
    return std::array{records.pop_source(),          room_for_records.push_source(40),
                      reader.pop_source(),           room_for_news.push_source(),
                      newest.pop_source(),           prices.pop_source(),
                      room_for_prices.push_source(), meeting.pop_source(),
                      other_meeting.push_source()};
  }();
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(wait_any(past(), sources[i]), none_ready) << i;
    const std::jthread other(events[i]);
    EXPECT_EQ(wait_any(in_good_time(), sources[i], idle), 0U) << i;
  }
}

using Select = WaitAny<native_sync>;

TEST_F(Select, DoesTheOneThatCanBeDone) {
  int seen = 0;
  const auto note = [&](int&& value) { seen = value; };
  const auto select_one = [&] { return select(past(), when_popped(left, note), when_popped(right, note)); };
  EXPECT_EQ(select_one().status, pop_status::timed_out);
  EXPECT_EQ(right.try_push(7), push_status::ok);
  const selection done = select_one();
  EXPECT_TRUE(done);
  EXPECT_EQ(done.index, 1u);
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(select_one().index, none_ready);
}

TEST_F(Select, PushesWhenThereIsRoomAndOnlyThen) {
  mpsc_queue<std::unique_ptr<int>> full(queue_config{.capacity = 1});
  auto value = std::make_unique<int>(1);
  EXPECT_EQ(select(past(), when_popped(left, [](int&&) {}), when_pushed(full, std::move(value))).index, 1u);
  EXPECT_EQ(value, nullptr);
  value = std::make_unique<int>(2);
  EXPECT_FALSE(select(soon(), when_popped(left, [](int&&) {}), when_pushed(full, std::move(value))));
  ASSERT_NE(value, nullptr) << "not accepted: not touched";
  std::jthread consumer([&] {
    std::unique_ptr<int> out;
    EXPECT_EQ(full.pop_until(out, in_good_time()), pop_status::ok);
  });
  EXPECT_EQ(select(in_good_time(), when_popped(left, [](int&&) {}), when_pushed(full, std::move(value))).index, 1u);
  EXPECT_EQ(value, nullptr);
}

TEST_F(Select, PassesOverWhatIsClosedUntilAllIs) {
  const auto drop = [](int&&) {};
  EXPECT_EQ(right.try_push(1), push_status::ok);
  left.close();
  right.close();
  EXPECT_EQ(select(in_good_time(), when_popped(left, drop), when_popped(right, drop)).index, 1u);
  const selection last = select(in_good_time(), when_popped(left, drop), when_popped(right, drop));
  EXPECT_EQ(last.status, pop_status::closed);
  EXPECT_EQ(last.index, none_ready);
  EXPECT_EQ(select(past(), when_popped(left, drop), when_pushed(right, 1)).status, pop_status::closed);
}

TEST_F(Select, IsStopped) {
  std::stop_source source;
  std::jthread other([&] { source.request_stop(); });
  const selection none = select(time_point::max(), source.get_token(), when_popped(left, [](int&&) {}));
  EXPECT_EQ(none.status, pop_status::cancelled);
}

TEST_F(Select, TellsAThreadWithoutARow) {
  spmc_queue<int> narrow(queue_config{.capacity = 1, .rows = {.consumers = 1}});
  const auto only = narrow.make_consumer();
  const selection refused = select(past(), when_popped(left, [](int&&) {}), when_popped(narrow, [](int&&) {}));
  EXPECT_EQ(refused.status, pop_status::no_row);
  EXPECT_EQ(refused.index, 1u);
}

TEST_F(Select, StarvesNobody) {
  std::array<int, 2> done{};
  for (int i = 0; i < 24; ++i) {
    static_cast<void>(left.try_push(1));
    static_cast<void>(right.try_push(1));
    ++done.at(select(past(), when_popped(left, [](int&&) {}), when_popped(right, [](int&&) {})).index);
    static_cast<void>(select(past(), when_popped(left, [](int&&) {})));
  }
  EXPECT_GE(std::min(done[0], done[1]), 6);
}

TEST_F(Select, CountsNoRefusalOfItsOwn) {
  mpmc_queue<int, queue_options{.stats = stats_kind::counters}> full(queue_config{.capacity = 1});
  EXPECT_EQ(full.try_push(1), push_status::ok);
  EXPECT_FALSE(select(past(), when_pushed(full, 2)));
  EXPECT_EQ(full.stats().rejected, 0u);
}

TEST_F(Select, TakesHandles) {
  auto producer = left.make_producer();
  auto consumer = left.make_consumer();
  int seen = 0;
  EXPECT_TRUE(select(past(), when_pushed(producer, 7)));
  EXPECT_TRUE(select(past(), when_popped(consumer, [&](int&& value) { seen = value; })));
  EXPECT_EQ(seen, 7);
}

class EventFd : public WaitAny<native_sync> {
 protected:
  static bool readable(const event_fd<>& fd, int timeout_ms = 0) {
    pollfd one{fd.fd(), POLLIN, 0};
    return ::poll(&one, 1, timeout_ms) == 1;
  }
  static constexpr int for_long_ms = 20'000;
};

TEST_F(EventFd, IsReadableWhenThereIsSomething) {
  event_fd<> arrivals(left.pop_source());
  EXPECT_FALSE(readable(arrivals));
  EXPECT_EQ(left.try_push(1), push_status::ok);
  EXPECT_TRUE(readable(arrivals));
  EXPECT_FALSE(arrivals.arm()) << "still there";
  EXPECT_TRUE(readable(arrivals));
  int value = 0;
  EXPECT_EQ(left.try_pop(value), pop_status::ok);
  EXPECT_TRUE(arrivals.arm());
  EXPECT_FALSE(readable(arrivals));
}

TEST_F(EventFd, IsReadableAtOnceWhenSomethingWasThereBefore) {
  EXPECT_EQ(right.try_push(1), push_status::ok);
  EXPECT_TRUE(readable(event_fd<>(right.pop_source())));
}

TEST_F(EventFd, TellsOfRoomSeparately) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(right.try_push(1), push_status::ok);
  event_fd<> room(right.push_source());
  event_fd<> arrivals(right.pop_source());
  EXPECT_NE(room.fd(), arrivals.fd());
  EXPECT_FALSE(readable(room));
  int value = 0;
  EXPECT_EQ(right.try_pop(value), pop_status::ok);
  EXPECT_TRUE(readable(room));
}

TEST_F(EventFd, RingsOnceBetweenTwoCallsOfArm) {
  event_fd<> arrivals(left.pop_source());
  EXPECT_EQ(left.try_push(1), push_status::ok);
  eventfd_t rings = 0;
  EXPECT_EQ(::eventfd_read(arrivals.fd(), &rings), 0);
  EXPECT_EQ(rings, 1u);
  int value = 0;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(left.try_push(1), push_status::ok);
    EXPECT_EQ(left.try_pop(value), pop_status::ok);
  }
  EXPECT_FALSE(readable(arrivals)) << "the loop is awake: nobody rings";
}

TEST_F(EventFd, IsOneForEachSideOfAQueue) {
  const event_fd<> one(left.pop_source());
  EXPECT_EQ(event_fd<>(left.pop_source()).fd(), one.fd());
}

TEST_F(EventFd, TellsOfTheEnd) {
  event_fd<> arrivals(left.pop_source());
  left.close();
  EXPECT_TRUE(readable(arrivals));
  EXPECT_FALSE(arrivals.arm());
}

/// A process that has no descriptor left, at every other call.
struct without_descriptors : native_sync {
  struct bell {
    int calls = 0;
    [[nodiscard]] int fd() noexcept { return calls++ % 2 == 0 ? -EMFILE : 0; }
    static void ring() noexcept {}
    static void hush() noexcept {}
  };
};

TEST(EventFdErrors, SayThatThereIsNoDescriptor) {
  mpmc_queue<int, queue_options{}, without_descriptors> queue(queue_config{.capacity = 1});
  std::error_code error;
  const event_fd<without_descriptors> none(queue.pop_source(), error);
  EXPECT_EQ(error, std::errc::too_many_files_open);
  EXPECT_EQ(none.fd(), 0) << "there is one by now";
  EXPECT_THROW(event_fd<without_descriptors>(queue.pop_source()), std::system_error);
}

// A loop that sleeps in poll(2) misses nothing of what two threads push.
TEST_F(EventFd, MissesNothing) {
  constexpr int each = 5000;
  const auto push_all = [&] {
    for (int i = 0; i < each; ++i) {
      if (left.push_until(int{i}, in_good_time()) != push_status::ok) return ADD_FAILURE() << "no room for long";
    }
  };
  const std::jthread one(push_all);
  const std::jthread other(push_all);
  event_fd<> arrivals(left.pop_source());
  int value = 0;
  for (int taken = 0; taken < 2 * each;) {
    ASSERT_TRUE(readable(arrivals, for_long_ms)) << "slept beside an element, after " << taken;
    do {
      while (left.try_pop(value) == pop_status::ok) ++taken;
    } while (!arrivals.arm());
  }
}

TEST(EventBell, SaysWhenNoDescriptorIsLeftAndTriesAgain) {
  event_bell<std::atomic> bell;
  std::vector<int> all;
  for (int fd; (fd = ::dup(0)) >= 0;) all.push_back(fd);
  const int refused = bell.fd();
  for (const int fd : all) ::close(fd);
  EXPECT_EQ(refused, -EMFILE);
  EXPECT_GE(bell.fd(), 0);
}

TEST(EventBell, IsMadeOnceByWhoeverAsksFirst) {
  event_bell<std::atomic> bell;
  bell.ring();  // nobody hears it
  std::vector<int> seen(4, -1);
  {
    std::vector<std::jthread> threads;
    for (int& fd : seen) threads.emplace_back([&] { fd = bell.fd(); });
  }
  for (const int fd : seen) EXPECT_EQ(fd, seen[0]);
  pollfd one{seen[0], POLLIN, 0};
  EXPECT_EQ(::poll(&one, 1, 0), 0);
  bell.ring();
  EXPECT_EQ(::poll(&one, 1, 0), 1);
  bell.hush();
  EXPECT_EQ(::poll(&one, 1, 0), 0);
}

}  // namespace
}  // namespace tidegate
