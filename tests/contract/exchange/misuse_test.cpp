// A side with one thread, in builds with checks: a second one ends the process with a line that names the rule.
#include <cstdint>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/exchange/exchange_kinds.hpp"

namespace tidegate::test {
namespace {

inline constexpr exchange_options checked{.check_roles = true};
inline constexpr exchange_options unchecked{.check_roles = false};

template <class Body>
void on_another_thread(Body&& body) {
  std::jthread(std::forward<Body>(body)).join();
}

class exchange_misuse : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(exchange_misuse, by_a_second_producer_aborts) {
  spmc_ring<std::uint32_t, checked> ring(3);
  EXPECT_EQ(ring.try_push(1U), push_status::ok);
  std::uint32_t value = 2;
  const auto rule = "tidegate: spmc_ring: two producer threads on a single-producer ring";
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(ring.try_push(value)); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(ring.try_emplace(2U)); }), rule);
  EXPECT_DEATH(on_another_thread([&] { ring.try_push_n(&value, 1); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(ring.push_evict(2U)); }), rule);
}

TEST_F(exchange_misuse, by_a_second_consumer_aborts) {
  mpsc_ring<std::uint32_t, checked> ring(3);
  std::uint32_t out = 0;
  EXPECT_EQ(ring.try_pop(out), pop_status::empty);
  const auto rule = "tidegate: mpsc_ring: two consumer threads on a single-consumer ring";
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(ring.try_pop(out)); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(ring.try_consume([](std::uint32_t&&) noexcept {})); }), rule);
  EXPECT_DEATH(on_another_thread([&] { ring.try_pop_n(&out, 1); }), rule);
}

TEST_F(exchange_misuse, is_not_handing_a_role_over) {
  spmc_ring<std::uint32_t, checked> from_one(3);
  mpsc_ring<std::uint32_t, checked> to_one(3);
  std::uint32_t out = 0;
  EXPECT_EQ(from_one.try_push(1U), push_status::ok);
  EXPECT_EQ(to_one.try_pop(out), pop_status::empty);
  from_one.rebind_producer();
  to_one.rebind_consumer();
  on_another_thread([&] {
    EXPECT_EQ(from_one.try_push(2U), push_status::ok);
    EXPECT_EQ(to_one.try_push(3U), push_status::ok);
    EXPECT_EQ(to_one.try_pop(out), pop_status::ok);
  });
  EXPECT_EQ(out, 3U);
}

TEST_F(exchange_misuse, is_not_what_any_thread_may_do) {
  spmc_ring<std::uint32_t, checked> from_one(3);
  mpsc_ring<std::uint32_t, checked> to_one(3);
  std::uint32_t out = 0;
  EXPECT_EQ(from_one.try_push(1U), push_status::ok);
  EXPECT_EQ(to_one.try_pop(out), pop_status::empty);
  on_another_thread([&] {
    EXPECT_EQ(from_one.try_pop(out), pop_status::ok);
    EXPECT_EQ(to_one.try_push(2U), push_status::ok);
    EXPECT_EQ(from_one.depth_hint(), 0U);
    from_one.close();
    to_one.close();
  });
  EXPECT_EQ(from_one.try_push(1U), push_status::closed);
  EXPECT_EQ(to_one.try_pop(out), pop_status::ok);
}

TEST_F(exchange_misuse, is_checked_where_the_type_says_so) {
  spmc_ring<std::uint32_t, unchecked> ring(3);
  EXPECT_EQ(ring.try_push(1U), push_status::ok);
  on_another_thread([&] { EXPECT_EQ(ring.try_push(2U), push_status::ok) << "ordered by the join"; });
  EXPECT_EQ(ring.depth_hint(), 2U);
}

}  // namespace
}  // namespace tidegate::test
