// closed.hpp: what a closed queue with nothing inside answers, in every form of call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

template <class Queue>
void expect_closed_for_ever(Queue& queue) {
  std::uint32_t out = 77;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(queue.try_pop(out), pop_status::closed);
    EXPECT_EQ(queue.try_consume([](std::uint32_t&&) noexcept { ADD_FAILURE() << "called"; }), pop_status::closed);
    EXPECT_EQ(queue.try_pop_n(&out, 1), 0U);
    EXPECT_EQ(queue.try_push(std::uint32_t{1}), push_status::closed);
    EXPECT_EQ(queue.try_emplace(1U), push_status::closed);
    EXPECT_EQ(queue.try_push_n(&out, 1), 0U);
    EXPECT_TRUE(queue.closed());
  }
  EXPECT_EQ(out, 77U) << "a pop without an element wrote to its argument";
}

template <class Queue>
void push_ids(Queue& queue, std::size_t count) {
  for (std::uint32_t id = 0; id < count; ++id) ASSERT_EQ(queue.try_push(std::uint32_t{id}), push_status::ok);
}

}  // namespace tidegate::test
