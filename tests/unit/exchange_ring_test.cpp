// What only the exchange rings have: rows, handles, eviction and elements in entries. The rest is in tests/contract.
#include "tidegate/ring/exchange_ring.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "tidegate/ring/exchange_handles.hpp"
#include "tidegate/ring/exchange_options.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace tidegate {
namespace {

TEST(ExchangeRows, HandlesTakeRowsAndGiveThemBack) {
  mpmc_ring<int> ring(4, ring_rows{2, 1});
  auto one = ring.make_producer();
  {
    auto two = ring.make_producer();
    EXPECT_FALSE(ring.try_make_producer());
    EXPECT_THROW(static_cast<void>(ring.make_producer()), std::system_error);
  }
  EXPECT_TRUE(ring.try_make_producer());
  auto consumer = ring.make_consumer();
  auto moved = std::move(consumer);
  EXPECT_FALSE(consumer);
  EXPECT_TRUE(moved);
  EXPECT_FALSE(ring.try_make_consumer());
  moved = {};
  EXPECT_TRUE(ring.try_make_consumer());
}

TEST(ExchangeRows, AThreadWithoutARowIsToldSo) {
  mpmc_ring<int> ring(4, ring_rows{1, 1});
  const auto producer = ring.make_producer();
  const auto consumer = ring.make_consumer();
  int out = 0;
  EXPECT_EQ(ring.try_push(1), push_status::no_row);
  EXPECT_EQ(ring.push_evict(1), push_status::no_row);
  EXPECT_EQ(ring.try_pop(out), pop_status::no_row);
  EXPECT_EQ(ring.try_push_n(&out, 1), 0u);
  EXPECT_EQ(ring.try_pop_n(&out, 1), 0u);
}

TEST(ExchangeRows, AnEndedThreadLeavesItsRowToTheNext) {
  mpmc_ring<int> ring(64, ring_rows{1, 1});
  for (int i = 0; i < 20; ++i) {
    std::jthread([&] { EXPECT_EQ(ring.try_push(int{i}), push_status::ok); }).join();
    std::jthread([&] {
      int out = -1;
      EXPECT_EQ(ring.try_pop(out), pop_status::ok);
      EXPECT_EQ(out, i);
    }).join();
  }
}

TEST(ExchangeRows, BoundsAreChecked) {
  EXPECT_THROW(mpmc_ring<int>(4, ring_rows{0, 1}), std::invalid_argument);
  EXPECT_THROW(mpmc_ring<int>(4, ring_rows{1, 0}), std::invalid_argument);
  EXPECT_THROW(mpmc_ring<int>(4, ring_rows{mpmc_ring<int>::max_rows + 1, 1}), std::invalid_argument);
  EXPECT_THROW(mpmc_ring<int>(0), std::invalid_argument);
  EXPECT_THROW(mpmc_ring<int>(mpmc_ring<int>::max_capacity + 1), std::invalid_argument);
  EXPECT_EQ(mpmc_ring<int>(4, ring_rows{mpmc_ring<int>::max_rows, mpmc_ring<int>::max_rows}).capacity(), 4u);
}

/// Laps of 4 bits: what a row remembers looks as if it lay ahead when it has slept for half of them.
struct narrow_laps : native_sync {
  using position = std::uint8_t;
  static constexpr position first_position = 254;
};

template <class Ring>
void answers_after_a_sleep_of(int elements) {
  Ring ring(2);
  auto early = ring.make_producer();
  auto reader = ring.make_consumer();
  {
    auto busy = ring.make_producer();
    auto taker = ring.make_consumer();
    int out = 0;
    for (int i = 0; i < elements; ++i) {
      ASSERT_EQ(busy.try_push(int{i}), push_status::ok);
      ASSERT_EQ(taker.try_pop(out), pop_status::ok);
    }
  }
  int out = -1;
  ASSERT_EQ(reader.try_pop(out), pop_status::empty) << "after " << elements;
  ASSERT_EQ(early.try_push(1), push_status::ok) << "after " << elements;
  ASSERT_EQ(early.try_push(2), push_status::ok) << "after " << elements;
  ASSERT_EQ(early.try_push(3), push_status::full) << "after " << elements;
  ASSERT_EQ(early.push_evict(3, [&](int&& victim) { out = victim; }), push_status::evicted);
  EXPECT_EQ(out, 1) << "after " << elements;
  ASSERT_EQ(reader.try_pop(out), pop_status::ok) << "after " << elements;
  EXPECT_EQ(out, 2) << "after " << elements;
}

TEST(ExchangeRows, MaySleepForAnyNumberOfLaps) {
  for (int elements = 0; elements <= 100; ++elements) {
    answers_after_a_sleep_of<mpmc_ring<int, exchange_options{}, narrow_laps>>(elements);
    answers_after_a_sleep_of<mpmc_ring<int, exchange_options{.attempts = 0}, narrow_laps>>(elements);
    answers_after_a_sleep_of<mpmc_ring<int, exchange_options{.progress = progress_kind::lock_free}, narrow_laps>>(
        elements);
  }
}

/// No pop moves the ring on: evictions alone do.
template <class Ring>
void answers_after_evictions(int elements) {
  Ring ring(2);
  auto reader = ring.make_consumer();
  auto busy = ring.make_producer();
  for (int i = 0; i < elements; ++i) ASSERT_NE(busy.push_evict(int{i}), push_status::closed);
  int out = -1;
  ASSERT_EQ(ring.depth_hint(), 2u) << "after " << elements;
  ASSERT_EQ(reader.try_pop(out), pop_status::ok) << "after " << elements;
  EXPECT_EQ(out, elements - 2);
  ASSERT_EQ(reader.try_pop(out), pop_status::ok) << "after " << elements;
  EXPECT_EQ(out, elements - 1);
  ASSERT_EQ(reader.try_pop(out), pop_status::empty) << "after " << elements;
}

TEST(ExchangeEvict, MayGoRoundForAnyNumberOfLaps) {
  for (int elements = 2; elements <= 100; ++elements) {
    answers_after_evictions<mpmc_ring<int, exchange_options{}, narrow_laps>>(elements);
    answers_after_evictions<mpmc_ring<int, exchange_options{.attempts = 0}, narrow_laps>>(elements);
    answers_after_evictions<mpmc_ring<int, exchange_options{.progress = progress_kind::lock_free}, narrow_laps>>(
        elements);
    answers_after_evictions<mpsc_ring<int, exchange_options{.evicts = true}, narrow_laps>>(elements);
    answers_after_evictions<spmc_ring<int, exchange_options{}, narrow_laps>>(elements);
  }
}

TEST(ExchangeEvict, TheOldestMakesRoomAndComesBack) {
  mpmc_ring<std::unique_ptr<int>> ring(2);
  std::vector<int> victims;
  const auto keep = [&](std::unique_ptr<int>&& victim) { victims.push_back(*victim); };
  EXPECT_EQ(ring.push_evict(std::make_unique<int>(1), keep), push_status::ok);
  EXPECT_EQ(ring.push_evict(std::make_unique<int>(2), keep), push_status::ok);
  EXPECT_EQ(ring.push_evict(std::make_unique<int>(3), keep), push_status::evicted);
  EXPECT_EQ(ring.push_evict(std::make_unique<int>(4), keep), push_status::evicted);
  EXPECT_EQ(victims, (std::vector<int>{1, 2}));
  EXPECT_EQ(ring.depth_hint(), 2u);
  ring.close();
  auto refused = std::make_unique<int>(5);
  EXPECT_EQ(ring.push_evict(std::move(refused), keep), push_status::closed);
  ASSERT_TRUE(refused) << "a refused element stays where it was";
  std::unique_ptr<int> out;
  EXPECT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_EQ(*out, 3);
}

TEST(ExchangeEvict, OneConsumerPermitsItByOption) {
  mpsc_ring<int, exchange_options{.evicts = true}> ring(1);
  EXPECT_EQ(ring.push_evict(1), push_status::ok);
  EXPECT_EQ(ring.push_evict(2), push_status::evicted);
  int out = 0;
  EXPECT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 2);
}

TEST(ExchangeHold, KeepsAnElementInPlaceUntilTheNextPop) {
  mpmc_ring<std::unique_ptr<int>> ring(2);
  EXPECT_EQ(ring.try_push(std::make_unique<int>(1)), push_status::ok);
  EXPECT_EQ(ring.try_push(std::make_unique<int>(2)), push_status::ok);
  auto consumer = ring.make_consumer();
  EXPECT_EQ(consumer.held(), nullptr);
  EXPECT_EQ(consumer.try_hold(), pop_status::ok);
  ASSERT_NE(consumer.held(), nullptr);
  EXPECT_EQ(**consumer.held(), 1);
  EXPECT_EQ(ring.try_push(std::make_unique<int>(3)), push_status::ok) << "what is held is no longer inside";
  EXPECT_EQ(consumer.try_hold(), pop_status::ok);
  EXPECT_EQ(**consumer.held(), 2);
  consumer.release();
  EXPECT_EQ(consumer.held(), nullptr);
}

TEST(ExchangeEmplace, ConstructsNothingWithoutRoomThoughItAsksForHelpAtOnce) {
  mpmc_ring<std::unique_ptr<int>, exchange_options{.attempts = 0}> ring(1);
  auto kept = std::make_unique<int>(7);
  EXPECT_EQ(ring.try_push(std::make_unique<int>(1)), push_status::ok);
  EXPECT_EQ(ring.try_emplace(std::move(kept)), push_status::full);
  EXPECT_NE(kept, nullptr) << "moved from for nothing";
  ring.close();
  EXPECT_EQ(ring.try_emplace(std::move(kept)), push_status::closed);
  EXPECT_NE(kept, nullptr) << "moved from for nothing";
}

TEST(ExchangeHold, EndsWithAPopOnTheSameRow) {
  mpsc_ring<std::unique_ptr<int>> ring(2);
  EXPECT_EQ(ring.try_push(std::make_unique<int>(1)), push_status::ok);
  EXPECT_EQ(ring.try_push(std::make_unique<int>(2)), push_status::ok);
  auto consumer = ring.make_consumer();
  EXPECT_EQ(consumer.try_hold(), pop_status::ok);
  std::unique_ptr<int> out;
  EXPECT_EQ(ring.try_pop(out), pop_status::ok) << "one consumer has one row, with a handle and without";
  EXPECT_EQ(*out, 2);
  EXPECT_EQ(consumer.held(), nullptr);
}

template <class Ring>
void small_values_survive(std::vector<typename Ring::value_type> values) {
  Ring ring(3);
  for (const auto value : values) {
    typename Ring::value_type out{};
    EXPECT_EQ(ring.try_push(value), push_status::ok);
    EXPECT_EQ(ring.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, value);
  }
}

TEST(ExchangeEntries, CarrySmallElementsThemselves) {
  struct pair {
    std::int8_t first;
    std::int8_t second;
    bool operator==(const pair&) const = default;
  };
  constexpr exchange_options lock_free{.progress = progress_kind::lock_free};
  small_values_survive<mpmc_ring<std::int16_t>>({0, -1, 32767, -32768});
  small_values_survive<mpmc_ring<pair>>({{-1, -1}, {0, 5}});
  small_values_survive<mpmc_ring<bool>>({true, false});
  small_values_survive<mpmc_ring<std::uint32_t, lock_free>>({0, 0xffff'ffff, 0x8000'0001});
  small_values_survive<mpmc_ring<float, lock_free>>({0.0F, -1.5F});
  const mpmc_ring<std::int16_t> in_entries(1024);
  const mpmc_ring<std::int32_t> in_slots(1024);
  EXPECT_LT(in_entries.max_bytes(), in_slots.max_bytes()) << "no slots";
}

TEST(ExchangeCallback, MayUseTheOtherSideOfItsRing) {
  mpmc_ring<int, exchange_options{.check_roles = true}> ring(2);
  EXPECT_EQ(ring.try_push(1), push_status::ok);
  push_status inner = push_status::full;
  EXPECT_EQ(ring.try_consume([&](int&& value) { inner = ring.try_push(value + 1); }), pop_status::ok);
  EXPECT_EQ(inner, push_status::ok);
  int out = 0;
  EXPECT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 2);
}

TEST(ExchangeCallbackDeathTest, MayNotUseItsOwnSide) {
  mpmc_ring<int, exchange_options{.check_roles = true}> ring(2);
  EXPECT_EQ(ring.try_push(1), push_status::ok);
  EXPECT_DEATH(static_cast<void>(ring.try_consume([&](int&& value) { static_cast<void>(ring.try_pop(value)); })),
               "used by a callback of its own call");
}

}  // namespace
}  // namespace tidegate
