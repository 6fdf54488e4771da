#include "pump/order_stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace tidegate::pump {
namespace {

TEST(order_stage, what_comes_in_order_passes) {
  order_stage stage(2, 4);
  EXPECT_TRUE(stage.arrived(0, 0, 0));
  EXPECT_EQ(stage.next_after(0), std::nullopt);
  EXPECT_TRUE(stage.arrived(1, 1, 0));
  EXPECT_TRUE(stage.arrived(0, 0, 1));
  EXPECT_EQ(stage.held(), 0u);
}

TEST(order_stage, what_is_early_waits_for_its_own_reader_only) {
  order_stage stage(2, 4);
  EXPECT_FALSE(stage.arrived(2, 0, 2));
  EXPECT_FALSE(stage.arrived(1, 0, 1));
  EXPECT_TRUE(stage.arrived(0, 1, 0));
  EXPECT_EQ(stage.next_after(1), std::nullopt);
  EXPECT_EQ(stage.held(), 2u);
  EXPECT_TRUE(stage.arrived(3, 0, 0));
  EXPECT_EQ(stage.next_after(0), 1u);
  EXPECT_EQ(stage.next_after(0), 2u);
  EXPECT_EQ(stage.next_after(0), std::nullopt);
  EXPECT_EQ(stage.held(), 0u);
}

TEST(order_stage, one_place_is_enough_for_what_comes_in_order) {
  order_stage stage(1, 1);
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(stage.arrived(0, 0, i));
}

/// Results in flight, a few at a time and in any order, from three readers whose chains overlap.
TEST(order_stage, any_order_of_arrival_comes_out_in_order) {
  constexpr std::size_t places = 7;
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    order_stage stage(3, places);
    std::vector<std::pair<std::uint32_t, std::uint64_t>> of(places);  // reader and sequence, by place
    std::vector<std::uint32_t> free_places;
    for (std::uint32_t place = 0; place < places; ++place) free_places.push_back(place);
    std::vector<std::uint32_t> working;
    std::uint64_t begun[3]{};
    std::uint64_t out[3]{};
    const auto came_out = [&](std::uint32_t place) {
      EXPECT_EQ(of[place].second, out[of[place].first]++);
      free_places.push_back(place);
    };
    for (int step = 0; step < 500; ++step) {
      const bool begin = !free_places.empty() && (working.empty() || random() % 2 == 0);
      if (begin) {
        const auto reader = static_cast<std::uint32_t>(random() % 3);
        of[free_places.back()] = {reader, begun[reader]++};
        working.push_back(free_places.back());
        free_places.pop_back();
        continue;
      }
      std::swap(working[random() % working.size()], working.back());
      const std::uint32_t place = working.back();
      working.pop_back();
      const auto [reader, sequence] = of[place];
      if (!stage.arrived(place, reader, sequence)) continue;
      came_out(place);
      while (const auto next = stage.next_after(reader)) came_out(*next);
      ASSERT_EQ(stage.held() + working.size() + free_places.size(), places);
    }
  }
}

}  // namespace
}  // namespace tidegate::pump
