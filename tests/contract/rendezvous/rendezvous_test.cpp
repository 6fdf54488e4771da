// rendezvous: a push succeeds when its element has been received; nothing is ever inside; whoever waits is found.
#include "tidegate/queue/rendezvous.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <wait_kind Wait, class Sync = native_sync>
struct meeting_kind {
  template <class T>
  using type = rendezvous<T, rendezvous_options{.producers = 4, .consumers = 4, .wait = Wait}, observed<Sync>>;
  [[nodiscard]] static std::uint64_t waits(const wait_steps& steps) noexcept {
    return parks(Wait) ? steps.sleeps : steps.yields;
  }
};
using meeting_kinds =
    testing::Types<meeting_kind<wait_kind::spin_park>, meeting_kind<wait_kind::park>,
                   meeting_kind<wait_kind::spin_yield>, meeting_kind<wait_kind::park, narrow_sync>,
                   meeting_kind<wait_kind::park, symmetric_sync>, meeting_kind<wait_kind::park, refused_sync>>;

template <class Kind>
class meeting_with_threads : public watched {
 protected:
  template <class T>
  using place = typename Kind::template type<T>;

  template <class T>
  [[nodiscard]] static std::jthread waiting_producer(place<T>& where, unsigned id, push_status expected) {
    return start_and_see_it_wait<Kind>([&where, id, expected] {
      auto value = make_element<T>(id);
      EXPECT_EQ(where.push_until(std::move(value), in_good_time()), expected);
      EXPECT_TRUE(expected == push_status::ok || id_of(value) == id);
    });
  }
  template <class T>
  [[nodiscard]] static std::jthread waiting_consumer(place<T>& where, unsigned id, pop_status expected) {
    return start_and_see_it_wait<Kind>([&where, id, expected] {
      auto out = make_element<T>(0);
      EXPECT_EQ(where.pop_until(out, in_good_time()), expected);
      EXPECT_TRUE(expected != pop_status::ok || id_of(out) == id);
    });
  }
};
TYPED_TEST_SUITE(meeting_with_threads, meeting_kinds);

TYPED_TEST(meeting_with_threads, a_waiting_consumer_is_found_by_every_way_to_push) {
  typename TypeParam::template type<move_only> where;
  for (unsigned way = 0; way < 4; ++way) {
    const auto consumer = this->template waiting_consumer<move_only>(where, way, pop_status::ok);
    EXPECT_TRUE(where.push_ready());
    EXPECT_FALSE(where.pop_ready());
    move_only value(way);
    switch (way) {
      case 0: EXPECT_EQ(where.try_push(std::move(value)), push_status::ok); break;
      case 1: EXPECT_EQ(where.push(std::move(value)), push_status::ok); break;
      case 2:
        EXPECT_EQ(where.push_for(std::move(value), 0ns), push_status::ok) << "a deadline in the past is one try";
        break;
      default: EXPECT_EQ(where.push_until(std::move(value), in_good_time(), std::stop_token{}), push_status::ok);
    }
  }
  EXPECT_FALSE(where.push_ready());
}

TYPED_TEST(meeting_with_threads, a_waiting_producer_is_found_by_every_way_to_pop) {
  typename TypeParam::template type<move_only> where;
  for (unsigned way = 0; way < 5; ++way) {
    const auto producer = this->template waiting_producer<move_only>(where, way, push_status::ok);
    EXPECT_TRUE(where.pop_ready());
    EXPECT_FALSE(where.push_ready());
    move_only out(99);
    switch (way) {
      case 0: EXPECT_EQ(where.try_pop(out), pop_status::ok); break;
      case 1: EXPECT_EQ(where.pop(out), pop_status::ok); break;
      case 2: EXPECT_EQ(where.pop_for(out, -1h), pop_status::ok); break;
      case 3: EXPECT_EQ(where.pop_until(out, in_good_time(), std::stop_token{}), pop_status::ok); break;
      default: EXPECT_EQ(where.try_consume([&](move_only&& in) noexcept { out = std::move(in); }), pop_status::ok);
    }
    EXPECT_EQ(out.id(), way);
  }
  EXPECT_FALSE(where.pop_ready());
}

TYPED_TEST(meeting_with_threads, nobody_there_is_full_and_empty) {
  typename TypeParam::template type<std::unique_ptr<unsigned>> where;
  auto value = std::make_unique<unsigned>(7);
  std::unique_ptr<unsigned> out;
  const own_wait_steps waited;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(where.try_push(std::move(value)), push_status::full);
    EXPECT_EQ(where.push_until(std::move(value), test_clock::time_point::min()), push_status::timed_out);
    EXPECT_EQ(where.try_pop(out), pop_status::empty);
    EXPECT_EQ(where.pop_for(out, 0ns), pop_status::timed_out);
    ASSERT_TRUE(value != nullptr && *value == 7) << "what is not received keeps its value";
  }
  EXPECT_EQ(waited.count(), 0U);
  EXPECT_EQ(where.capacity(), 0U);
}

TYPED_TEST(meeting_with_threads, deadlines_and_stops_end_a_wait) {
  typename TypeParam::template type<move_only> where;
  move_only value(3);
  auto start = test_clock::now();
  EXPECT_EQ(where.push_until(std::move(value), start + 3ms), push_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 3ms);
  EXPECT_EQ(value.id(), 3U);
  start = test_clock::now();
  EXPECT_EQ(where.pop_for(value, 3ms), pop_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 3ms);
  std::stop_source source;
  {
    const auto producer = start_and_see_it_wait<TypeParam>([&where, token = source.get_token()] {
      move_only mine(4);
      EXPECT_EQ(where.push(std::move(mine), token), push_status::cancelled);
      EXPECT_EQ(mine.id(), 4U);
    });
    source.request_stop();
  }
  EXPECT_EQ(where.push(std::move(value), source.get_token()), push_status::cancelled);
  std::stop_source other;
  {
    const auto consumer = start_and_see_it_wait<TypeParam>([&where, token = other.get_token()] {
      move_only mine(4);
      EXPECT_EQ(where.pop(mine, token), pop_status::cancelled);
    });
    other.request_stop();
  }
  where.close();
  EXPECT_EQ(where.pop(value, source.get_token()), pop_status::cancelled) << "a stop comes before the close";
}

TYPED_TEST(meeting_with_threads, a_close_wakes_everybody_and_is_for_good) {
  typename TypeParam::template type<move_only> producers;
  typename TypeParam::template type<move_only> consumers;
  std::vector<std::jthread> waiting;
  for (unsigned i = 0; i < 3; ++i) {
    waiting.push_back(this->template waiting_producer<move_only>(producers, i, push_status::closed));
    waiting.push_back(this->template waiting_consumer<move_only>(consumers, i, pop_status::closed));
  }
  producers.close();
  consumers.close();
  waiting.clear();
  move_only value(5);
  EXPECT_TRUE(producers.closed());
  EXPECT_TRUE(producers.pop_ready() && producers.push_ready());
  EXPECT_EQ(producers.try_push(std::move(value)), push_status::closed);
  EXPECT_EQ(producers.push(std::move(value)), push_status::closed);
  EXPECT_EQ(value.id(), 5U);
  EXPECT_EQ(producers.try_pop(value), pop_status::closed);
  EXPECT_EQ(producers.pop(value), pop_status::closed);
}

TYPED_TEST(meeting_with_threads, many_meet_each_element_once) {
  constexpr unsigned each = 600;
  constexpr unsigned threads = 3;
  typename TypeParam::template type<counted> where;
  counted::live = 0;
  std::array<std::atomic<unsigned>, threads * each> received{};
  {
    std::vector<std::jthread> all;
    for (unsigned i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        for (unsigned k = 0; k < each; ++k) {
          counted value(i * each + k);
          for (push_status status{}; (status = where.push_for(std::move(value), k % 3 * 100us)) != push_status::ok;) {
            ASSERT_EQ(status, push_status::timed_out);
            ASSERT_EQ(value.id(), i * each + k);
            if (k % 2 == 0 && where.try_push(std::move(value)) == push_status::ok) break;
          }
        }
      });
      all.emplace_back([&] {
        for (unsigned k = 0; k < each;) {
          counted out(0);
          const pop_status status = k % 4 == 0 ? where.pop_for(out, 100us) : where.pop_until(out, in_good_time());
          if (status == pop_status::ok) {
            ++received[out.id()];
            ++k;
          } else {
            ASSERT_EQ(status, pop_status::timed_out);
          }
        }
      });
    }
  }
  for (const auto& times : received) ASSERT_EQ(times, 1U);
  EXPECT_EQ(counted::live, 0);
  EXPECT_EQ(where.stats().pushed, threads * each);
  EXPECT_EQ(where.stats().popped, threads * each);
}

template <class T>
class meeting_of : public watched {};
using carried = testing::Types<std::uint8_t, triple, block<4096>, over_aligned<256>, move_only, self_referential,
                               counted, std::string, std::unique_ptr<unsigned>>;
TYPED_TEST_SUITE(meeting_of, carried);

TYPED_TEST(meeting_of, any_element_is_handed_over) {
  const auto where = std::make_unique<rendezvous<TypeParam>>();
  auto kept = make_element<TypeParam>(9);
  EXPECT_EQ(where->try_push(std::move(kept)), push_status::full);
  EXPECT_EQ(id_of(kept), 9U);
  const std::jthread producer([&] { EXPECT_EQ(where->push(make_element<TypeParam>(7)), push_status::ok); });
  auto out = make_element<TypeParam>(0);
  EXPECT_EQ(where->pop_until(out, in_good_time()), pop_status::ok);
  EXPECT_EQ(id_of(out), 7U);
}

using one_meeting = watched;

TEST_F(one_meeting, a_callback_that_throws_has_received_its_element) {
  rendezvous<counted> where;
  counted::live = 0;
  {
    const std::jthread producer([&] { EXPECT_EQ(where.push(counted(1)), push_status::ok); });
    ASSERT_TRUE(eventually([&] { return where.pop_ready(); }));
    EXPECT_THROW(static_cast<void>(where.try_consume([](counted&&) { throw std::runtime_error("no"); })),
                 std::runtime_error);
  }
  EXPECT_EQ(counted::live, 0);
  EXPECT_FALSE(where.pop_ready());
}

TEST_F(one_meeting, the_producer_goes_on_while_its_element_is_used) {
  rendezvous<unsigned> where;
  std::atomic<bool> gone{false};
  std::jthread producer([&] {
    EXPECT_EQ(where.push(1U), push_status::ok);
    gone = true;
  });
  ASSERT_TRUE(eventually([&] { return where.pop_ready(); }));
  EXPECT_EQ(where.try_consume([&](unsigned&&) noexcept {
    EXPECT_TRUE(eventually([&] { return gone.load(); }));
    EXPECT_FALSE(where.pop_ready()) << "its seat is taken, and nobody offers anything there";
  }),
            pop_status::ok);
}

TEST_F(one_meeting, seats_are_limited_and_given_back) {
  rendezvous<unsigned, rendezvous_options{.producers = 1, .consumers = 1, .wait = wait_kind::park}> where;
  {
    std::vector<std::jthread> consumers;
    consumers.emplace_back([&] {
      unsigned out = 0;
      EXPECT_EQ(where.pop_until(out, in_good_time()), pop_status::ok);
    });
    ASSERT_TRUE(eventually([&] { return where.push_ready(); }));
    unsigned out = 0;
    EXPECT_EQ(where.try_pop(out), pop_status::no_row);
    EXPECT_EQ(where.pop(out), pop_status::no_row);
    EXPECT_EQ(where.try_push(1U), push_status::ok);
  }
  std::vector<std::jthread> producers;  // one more than there are producers' seats: the consumer's own is free
  for (unsigned i = 0; i < 2; ++i) producers.emplace_back([&] { EXPECT_EQ(where.push(1U), push_status::ok); });
  unsigned value = 1;
  ASSERT_TRUE(eventually([&] { return where.try_push(std::move(value)) == push_status::no_row; }));
  EXPECT_EQ(value, 1U);
  unsigned out = 0;
  EXPECT_EQ(where.pop(out), pop_status::ok);
  EXPECT_EQ(where.pop(out), pop_status::ok);
  producers.clear();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(where.try_push(std::move(value)), push_status::full);
}

TEST_F(one_meeting, who_uses_an_element_is_a_consumer_and_takes_no_producer_s_seat) {
  rendezvous<unsigned, rendezvous_options{.producers = 1, .consumers = 1, .wait = wait_kind::park}> where;
  std::jthread producer([&] { EXPECT_EQ(where.push(1U), push_status::ok); });
  ASSERT_TRUE(eventually([&] { return where.pop_ready(); }));
  EXPECT_EQ(where.try_consume([&](unsigned&&) noexcept {
    producer.join();
    unsigned out = 0;
    EXPECT_EQ(where.try_pop(out), pop_status::no_row) << "a second consumer";
    EXPECT_EQ(where.try_push(2U), push_status::full) << "the first producer";
  }),
            pop_status::ok);
  unsigned out = 0;
  EXPECT_EQ(where.try_pop(out), pop_status::empty) << "both seats are given back";
}

TEST_F(one_meeting, nobody_who_waits_is_passed_over_again_and_again) {
  detail::meeting<unsigned, 32, 32, native_sync> seats;
  const auto nobody = [](unsigned, unsigned) noexcept {};
  constexpr unsigned waiting = 3;
  std::array<unsigned, waiting> times{};
  for (unsigned who = 0; who < waiting; ++who) ASSERT_TRUE(seats.open_offer(unsigned{who}));
  for (unsigned i = 0; i < waiting * 50; ++i) {
    const auto mine = seats.open_request();
    ASSERT_TRUE(seats.look_for_offer(mine, nobody));
    unsigned from = 0;
    seats.consume(mine, [&](unsigned&& who) noexcept { from = who; });
    ++times[from];
    ASSERT_TRUE(seats.open_offer(unsigned{from})) << "comes again at once, to the same seat";
  }
  for (const unsigned each : times) EXPECT_EQ(each, 50U);
}

TEST_F(one_meeting, says_what_happened) {
  rendezvous<unsigned> where({.budget = {.spins = 1, .yields = 0}, .name = "desk"});
  unsigned out = 0;
  EXPECT_EQ(where.try_push(1U), push_status::full);
  EXPECT_EQ(where.push_for(1U, 1ms), push_status::timed_out);
  EXPECT_EQ(where.pop_for(out, 1ms), pop_status::timed_out);
  const queue_stats stats = where.stats();
  EXPECT_EQ(stats.rejected, 1U);
  EXPECT_EQ(stats.timed_out, 1U);
  EXPECT_EQ(stats.push_waits, 1U);
  EXPECT_EQ(stats.pop_waits, 1U);
  EXPECT_GE(stats.push_wait_time, 1ms);
  EXPECT_EQ(stats.pushed + stats.popped + stats.depth + stats.capacity, 0U);
  EXPECT_EQ(where.name(), "desk");
  EXPECT_EQ(where.max_bytes(), sizeof(where));
}

}  // namespace
}  // namespace tidegate::test
