// latest: the newest value wins, whatever it is made of; what was skipped is counted; nothing leaks.
#include "tidegate/ring/latest.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

/// Can be moved, not assigned.
struct fixed {
  explicit fixed(unsigned id) noexcept : value(id) {}
  fixed(fixed&& other) noexcept : value(std::exchange(other.value, not_an_id)) {}
  fixed& operator=(fixed&&) = delete;
  [[nodiscard]] unsigned id() const noexcept { return value; }
  unsigned value;
};

template <class T>
class latest_of : public testing::Test {};
using carried = testing::Types<std::uint8_t, std::uint64_t, triple, block<4096>, over_aligned<256>, move_only,
                               self_referential, counted, fixed, std::string, std::unique_ptr<unsigned>>;
TYPED_TEST_SUITE(latest_of, carried);

template <class T>
[[nodiscard]] unsigned taken_from(latest<T>& place) {
  unsigned id = not_an_id;
  EXPECT_EQ(place.try_consume([&](T&& value) noexcept { id = id_of(value); }), pop_status::ok);
  return id;
}

TYPED_TEST(latest_of, any_element_is_replaced_kept_and_moved_out) {
  const auto place = std::make_unique<latest<TypeParam>>();
  EXPECT_EQ(place->try_push(make_element<TypeParam>(1)), push_status::ok);
  EXPECT_EQ(place->try_push(make_element<TypeParam>(2)), push_status::evicted);
  unsigned replaced = 0;
  EXPECT_EQ(place->push_evict(make_element<TypeParam>(3), [&](TypeParam&& old) noexcept { replaced = id_of(old); }),
            push_status::evicted);
  EXPECT_EQ(replaced, 2U);
  EXPECT_EQ(place->try_hold(), pop_status::ok);
  EXPECT_EQ(place->skipped(), 2U);
  EXPECT_EQ(id_of(*place->held()), 3U);
  EXPECT_EQ(place->try_push(make_element<TypeParam>(4)), push_status::ok);
  EXPECT_EQ(id_of(*place->held()), 3U) << "the producer never touches what is kept";
  EXPECT_EQ(taken_from(*place), 4U);
  EXPECT_EQ(place->held(), nullptr);
  EXPECT_EQ(place->skipped(), 0U);
  EXPECT_EQ(place->try_push(make_element<TypeParam>(5)), push_status::ok);
}

TYPED_TEST(latest_of, a_refused_element_keeps_its_value) {
  latest<TypeParam> place;
  place.close();
  auto value = make_element<TypeParam>(7);
  EXPECT_EQ(place.try_push(std::move(value)), push_status::closed);
  EXPECT_EQ(id_of(value), 7U);
}

TEST(latest, every_element_is_destroyed_once) {
  counted::live = 0;
  {
    latest<counted> place;
    for (unsigned id = 0; id < 5; ++id) EXPECT_TRUE(accepted(place.try_push(counted(id))));
    EXPECT_EQ(counted::live, 1) << "a replaced value is destroyed at once";
    EXPECT_EQ(place.try_hold(), pop_status::ok);
    EXPECT_TRUE(accepted(place.try_emplace(6U)));
    EXPECT_EQ(counted::live, 2);
    EXPECT_EQ(place.try_hold(), pop_status::ok);
    EXPECT_EQ(counted::live, 1) << "what was kept goes when a newer value is taken";
    EXPECT_TRUE(accepted(place.try_emplace(7U)));
    EXPECT_EQ(counted::live, 2);
  }
  EXPECT_EQ(counted::live, 0) << "one kept and one inside";
}

TEST(latest, empty_and_closed_leave_what_is_kept) {
  latest<std::unique_ptr<int>> place;
  EXPECT_EQ(place.try_hold(), pop_status::empty);
  EXPECT_EQ(place.held(), nullptr);
  EXPECT_EQ(place.try_push(std::make_unique<int>(5)), push_status::ok);
  EXPECT_EQ(place.try_hold(), pop_status::ok);
  std::unique_ptr<int> out;
  EXPECT_EQ(place.try_pop(out), pop_status::empty);
  place.close();
  EXPECT_EQ(place.try_hold(), pop_status::closed);
  ASSERT_NE(place.held(), nullptr);
  EXPECT_EQ(**place.held(), 5);
  **place.held() = 6;  // the consumer's own
  EXPECT_EQ(**place.held(), 6);
  place.release();
  EXPECT_EQ(place.held(), nullptr);
  place.release();
}

TEST(latest, what_is_inside_is_delivered_after_a_close) {
  latest<int> place;
  EXPECT_EQ(place.try_push(1), push_status::ok);
  EXPECT_FALSE(place.ended());
  place.close();
  EXPECT_TRUE(place.closed());
  EXPECT_FALSE(place.ended());
  EXPECT_EQ(place.try_push(2), push_status::closed);
  EXPECT_EQ(place.try_emplace(2), push_status::closed);
  int out = 0;
  EXPECT_EQ(place.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 1);
  EXPECT_EQ(place.try_pop(out), pop_status::closed);
  EXPECT_TRUE(place.ended());
  place.close();
  EXPECT_EQ(place.try_pop(out), pop_status::closed);
}

TEST(latest, readiness_tells_what_a_pop_would_answer) {
  latest<int> place;
  EXPECT_FALSE(place.pop_ready());
  EXPECT_TRUE(place.push_ready());
  EXPECT_EQ(place.try_push(1), push_status::ok);
  EXPECT_TRUE(place.pop_ready());
  EXPECT_EQ(place.depth_hint(), 1U);
  EXPECT_EQ(place.try_hold(), pop_status::ok);
  EXPECT_FALSE(place.pop_ready()) << "what is kept is not fresh";
  EXPECT_EQ(place.depth_hint(), 0U);
  place.close();
  EXPECT_TRUE(place.pop_ready());
  EXPECT_TRUE(place.push_ready());
}

TEST(latest, counts_what_was_skipped_over_the_wrap_of_its_number) {
  latest<unsigned, latest_options{}, narrow_sync> place;
  unsigned next = 1;
  unsigned last = 0;
  for (unsigned skip = 0; skip < 15; ++skip) {  // four bits are left for the number
    for (unsigned i = 0; i <= skip; ++i) EXPECT_TRUE(accepted(place.try_push(next++)));
    unsigned out = 0;
    EXPECT_EQ(place.try_pop(out), pop_status::ok);
    EXPECT_EQ(place.skipped(), skip);
    EXPECT_EQ(out, last + skip + 1);
    last = out;
  }
  EXPECT_EQ(place.pushed_hint(), next - 1);
  EXPECT_EQ(place.popped_hint() + place.evicted_hint(), next - 1);
}

TEST(latest, a_constructor_or_copy_that_throws_changes_nothing) {
  latest<throwing_copy> place;
  EXPECT_EQ(place.try_emplace(1U), push_status::ok);
  EXPECT_THROW(static_cast<void>(place.try_emplace(throwing_copy::poison)), std::runtime_error);
  const throwing_copy value(2);
  throwing_copy::armed = true;
  EXPECT_THROW(static_cast<void>(place.try_push(value)), std::runtime_error);
  throwing_copy::armed = false;
  EXPECT_EQ(place.pushed_hint(), 1U);
  EXPECT_EQ(taken_from(place), 1U);
  EXPECT_EQ(place.try_push(value), push_status::ok);
  EXPECT_EQ(taken_from(place), 2U);
}

TEST(latest, a_callback_that_throws_has_consumed_its_value) {
  counted::live = 0;
  latest<counted> place;
  EXPECT_EQ(place.try_push(counted(1)), push_status::ok);
  EXPECT_THROW(static_cast<void>(place.try_consume([](counted&&) { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_EQ(counted::live, 0);
  EXPECT_EQ(place.try_push(counted(2)), push_status::ok);
  EXPECT_THROW(static_cast<void>(place.push_evict(counted(3), [](counted&&) { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_EQ(counted::live, 1) << "the new value is inside, the replaced one is gone";
  EXPECT_EQ(taken_from(place), 3U);
}

TEST(latest, lies_where_it_is_put_and_says_how_large_it_is) {
  EXPECT_EQ(latest<int>::max_bytes(), sizeof(latest<int>));
  EXPECT_EQ(latest<int>::capacity(), 1U);
  EXPECT_GE(alignof(latest<int>), cache_line_bytes);
  static_assert(std::is_nothrow_default_constructible_v<latest<int>>);
  static_assert(!std::is_copy_constructible_v<latest<int>> && !std::is_move_constructible_v<latest<int>>);
}

using latest_with_threads = watched;

TEST_F(latest_with_threads, the_consumer_accounts_for_every_value) {
  constexpr std::uint64_t last = 20'000;
  const auto place = std::make_unique<latest<block<64>>>();
  std::jthread producer([&] {
    for (unsigned id = 1; id <= last; ++id) {
      EXPECT_TRUE(accepted(place->try_push(block<64>(id))));
      if (id % 64 == 0) std::this_thread::yield();
    }
    place->close();
  });
  std::uint64_t seen = 0;
  for (pop_status status{}; status != pop_status::closed;) {
    status = place->try_hold();
    if (status == pop_status::empty) std::this_thread::yield();
    if (status != pop_status::ok) continue;
    const std::uint64_t id = place->held()->id();
    ASSERT_NE(id, not_an_id) << "a torn value";
    ASSERT_EQ(id, seen + place->skipped() + 1);
    seen = id;
  }
  EXPECT_EQ(seen, last) << "the newest value is always delivered";
  EXPECT_EQ(place->popped_hint() + place->evicted_hint(), last);
}

TEST_F(latest_with_threads, closed_by_a_third_thread_an_accepted_value_is_delivered_or_replaced) {
  for (int round = 0; round < 200; ++round) {
    latest<move_only> place;
    std::atomic<bool> go{false};
    unsigned accepted_last = 0;
    unsigned seen = 0;
    {
      const std::jthread producer([&] {
        while (!go) std::this_thread::yield();
        for (unsigned id = 1;; ++id) {
          move_only value(id);
          if (!accepted(place.try_push(std::move(value)))) {
            EXPECT_EQ(value.id(), id);
            break;
          }
          accepted_last = id;
        }
      });
      const std::jthread closer([&] {
        while (!go) std::this_thread::yield();
        place.close();
      });
      go = true;
      for (pop_status status{}; status != pop_status::closed;) {
        status = place.try_consume([&](move_only&& value) noexcept { seen = value.id(); });
        if (status == pop_status::empty) std::this_thread::yield();
      }
    }
    ASSERT_EQ(seen, accepted_last);
  }
}

#if GTEST_HAS_DEATH_TEST
using latest_death_test = testing::Test;
TEST(latest_death_test, a_second_thread_in_a_role_is_told) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  using checked = latest<int, latest_options{.check_roles = true}>;
  EXPECT_DEATH(
      {
        checked place;
        static_cast<void>(place.try_push(1));
        std::jthread([&] { static_cast<void>(place.try_push(2)); }).join();
      },
      "latest: two producer threads");
  EXPECT_DEATH(
      {
        checked place;
        static_cast<void>(place.try_hold());
        std::jthread([&] { static_cast<void>(place.try_hold()); }).join();
      },
      "latest: two consumer threads");
  EXPECT_DEATH(
      {
        checked place;
        static_cast<void>(place.try_push(1));
        static_cast<void>(place.push_evict(2, [&](int&&) noexcept { static_cast<void>(place.try_push(3)); }));
      },
      "latest: a push from the callback of a push");
  checked place;
  static_cast<void>(place.try_push(1));
  place.rebind_producer();
  place.rebind_consumer();
  std::jthread([&] {
    EXPECT_EQ(place.try_push(2), push_status::evicted);
    EXPECT_EQ(place.try_hold(), pop_status::ok);
  }).join();
}
#endif

}  // namespace
}  // namespace tidegate::test
