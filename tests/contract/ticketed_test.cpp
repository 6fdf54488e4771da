// What the kinds do not say of ticketed_ring: lives of elements, constructors and callbacks that throw, memory, a close
// amid traffic, and what others are told while one thread is in mid-call.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

class ticketed : public watched {
 protected:
  void SetUp() override {
    counted::live = 0;
    throwing_copy::armed = false;
    throwing_copy::copies = 0;
  }
};

static_assert(!std::is_copy_constructible_v<ticketed_ring<int>> && !std::is_move_constructible_v<ticketed_ring<int>>);
static_assert(noexcept(std::declval<ticketed_ring<int>&>().try_push(1)));
static_assert(!noexcept(std::declval<ticketed_ring<throwing_copy>&>().try_emplace(1U)));

/// Fills the ring and empties it, singly or in bulk.
template <class Ring>
void fill_and_drain(Ring& ring, bool in_bulk, std::uint32_t& next) {
  const std::size_t bound = ring.capacity();
  std::vector<std::uint32_t> out(bound + 1, 0);
  for (std::uint32_t& each : out) each = next++;
  const std::uint32_t first = out.front();
  if (in_bulk) {
    ASSERT_EQ(ring.try_push_n(out.data(), bound + 1), bound);
    ASSERT_EQ(ring.try_pop_n(out.data(), bound + 1), bound);
  } else {
    for (std::size_t i = 0; i < bound; ++i) ASSERT_EQ(ring.try_push(out[i]), push_status::ok);
    ASSERT_EQ(ring.try_push(out[bound]), push_status::full);
    for (std::size_t i = 0; i < bound; ++i) ASSERT_EQ(ring.try_pop(out[i]), pop_status::ok);
  }
  for (std::size_t i = 0; i < bound; ++i) ASSERT_EQ(out[i], first + i);
  ASSERT_EQ(ring.try_pop(out[0]), pop_status::empty);
  ASSERT_EQ(ring.try_pop_n(out.data(), 1), 0U);
}

/// All laps of 8-bit tickets pass many times, from every cell.
template <class Ring>
void expect_exact(std::size_t bound, int rounds) {
  Ring ring(bound);
  std::uint32_t next = 1;
  std::uint32_t out = 0;
  for (int round = 0; round < rounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(fill_and_drain(ring, round % 2 == 1, next)) << "capacity " << bound << ", round " << round;
    ASSERT_EQ(ring.try_push(next++), push_status::ok);
    ASSERT_EQ(ring.try_pop(out), pop_status::ok);
  }
}

TEST_F(ticketed, capacity_is_exact_while_laps_wrap) {
  using narrow = ticketed_ring<std::uint32_t, ticketed_options{}, narrow_sync>;
  static_assert(narrow::max_capacity == 32);
  for (std::size_t bound = 1; bound <= narrow::max_capacity; ++bound) {
    ASSERT_NO_FATAL_FAILURE(expect_exact<narrow>(bound, 600));
  }
}

TEST_F(ticketed, capacity_is_exact_in_large_rings) {
  for (const std::size_t bound : sizes{1, 2, 3, 7, 8, 1023, 1024, 1025}) {
    ASSERT_NO_FATAL_FAILURE(expect_exact<ticketed_ring<std::uint32_t>>(bound, 20));
  }
}

TEST_F(ticketed, counts_on_from_the_first_position) {
  ticketed_ring<std::uint32_t, ticketed_options{}, near_64_sync> ring(3);
  std::uint32_t out = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(ring.pushed_hint(), near_64_sync::first_position + i);
    EXPECT_EQ(ring.popped_hint(), near_64_sync::first_position + i);
    ASSERT_EQ(ring.try_push(7U), push_status::ok);
    EXPECT_EQ(ring.pushed_hint(), near_64_sync::first_position + i + 1);
    ASSERT_EQ(ring.try_pop(out), pop_status::ok);
  }
}

// Elements.

TEST_F(ticketed, elements_end_with_the_ring_at_every_phase_and_depth) {
  constexpr std::size_t bound = 7;
  for (std::size_t phase = 0; phase <= bound; ++phase) {
    for (std::size_t depth = 0; depth <= bound; ++depth) {
      {
        ticketed_ring<counted> ring(bound);
        counted out(0);
        for (std::size_t i = 0; i < phase; ++i) {
          ASSERT_EQ(ring.try_emplace(1U), push_status::ok);
          ASSERT_EQ(ring.try_pop(out), pop_status::ok);
        }
        for (std::size_t i = 0; i < depth; ++i) ASSERT_EQ(ring.try_push(counted(1)), push_status::ok);
        ring.close();  // its flag is no part of the count
        ASSERT_EQ(counted::live, static_cast<long>(depth) + 1);
      }
      ASSERT_EQ(counted::live, 0) << "phase " << phase << ", depth " << depth;
    }
  }
}

TEST_F(ticketed, elements_move_once_in_and_once_out) {
  ticketed_ring<counted> ring(3);
  for (unsigned lap = 0; lap < 5; ++lap) {
    counted::moves = 0;
    counted batch[] = {counted(1), counted(2), counted(3), counted(4)};
    counted::moves = 0;
    ASSERT_EQ(ring.try_push_n(batch, 4), 3U);
    EXPECT_EQ(counted::moves, 3);
    EXPECT_EQ(batch[3].id(), 4U) << "what does not fit is not moved from";
    EXPECT_EQ(ring.try_push(std::move(batch[3])), push_status::full);
    EXPECT_EQ(batch[3].id(), 4U) << "nor what is refused";
    ASSERT_EQ(ring.try_pop_n(batch, 4), 3U);
    EXPECT_EQ(counted::moves, 6);
    EXPECT_EQ(counted::live, 4);
    EXPECT_EQ(batch[2].id(), 3U);
  }
}

TEST_F(ticketed, a_constructor_that_throws_changes_nothing_and_runs_only_when_there_is_room) {
  ticketed_ring<throwing_copy> ring(1);
  const throwing_copy value(5);
  throwing_copy::armed = true;
  EXPECT_THROW(static_cast<void>(ring.try_push(value)), std::runtime_error);
  EXPECT_THROW(static_cast<void>(ring.try_emplace(throwing_copy::poison)), std::runtime_error);
  EXPECT_EQ(ring.depth_hint(), 0U);
  throwing_copy::armed = false;
  ASSERT_EQ(ring.try_push(value), push_status::ok);
  throwing_copy::armed = true;
  EXPECT_EQ(ring.try_push(value), push_status::full);
  EXPECT_EQ(ring.try_emplace(throwing_copy::poison), push_status::full);
  throwing_copy out(0);
  ASSERT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_EQ(out.id(), 5U);
  ring.close();
  EXPECT_EQ(ring.try_push(value), push_status::closed);
  EXPECT_EQ(throwing_copy::copies, 1);
}

TEST_F(ticketed, a_callback_that_throws_has_consumed_and_its_cell_is_free) {
  ticketed_ring<counted> ring(2);
  for (unsigned lap = 0; lap < 5; ++lap) {
    for (unsigned id = 0; id < 2; ++id) ASSERT_EQ(ring.try_emplace(id), push_status::ok);
    EXPECT_THROW(static_cast<void>(ring.try_consume([](counted&&) { throw std::runtime_error("as it should"); })),
                 std::runtime_error);
    EXPECT_EQ(counted::live, 1);
    ASSERT_EQ(ring.try_emplace(2U), push_status::ok) << "its cell is free";
    for (unsigned id = 1; id <= 2; ++id) {
      ASSERT_EQ(ring.try_consume([id](counted&& element) noexcept { EXPECT_EQ(element.id(), id); }), pop_status::ok);
    }
  }
}

// In mid-call: what the card says in its first line.

TEST_F(ticketed, a_pop_in_mid_call_makes_full_false) {
  ticketed_ring<int> ring(2);
  for (int value = 1; value <= 2; ++value) ASSERT_EQ(ring.try_push(value), push_status::ok);
  const auto status = ring.try_consume([&](int&& first) noexcept {
    int out = 0;
    EXPECT_EQ(first, 1);
    EXPECT_EQ(ring.try_pop(out), pop_status::ok) << "what lies behind comes out";
    EXPECT_EQ(out, 2);
    EXPECT_EQ(ring.depth_hint(), 0U);
    EXPECT_EQ(ring.try_push(3), push_status::full) << "false: nothing is inside, but the next cell is in use";
    EXPECT_EQ(ring.try_push_n(&out, 1), 0U);
    EXPECT_EQ(ring.try_pop(out), pop_status::empty) << "true";
  });
  EXPECT_EQ(status, pop_status::ok);
  for (int value = 3; value <= 4; ++value) EXPECT_EQ(ring.try_push(value), push_status::ok) << "and no longer";
}

/// Makes calls of its own while it is constructed in its cell.
struct intruding {
  template <class Call>
  explicit intruding(Call&& call) noexcept {
    call();
  }
};

TEST_F(ticketed, a_push_in_mid_call_makes_empty_false) {
  ticketed_ring<intruding> ring(2);
  const auto nothing = []() noexcept {};
  const auto pop = [&] { return ring.try_consume([](intruding&&) noexcept {}); };
  const auto status = ring.try_emplace([&]() noexcept {
    EXPECT_EQ(ring.try_emplace(nothing), push_status::ok) << "what lies behind is free";
    EXPECT_EQ(pop(), pop_status::empty) << "false: an element is inside, but the next one is not complete";
    EXPECT_EQ(ring.try_emplace(nothing), push_status::full) << "true";
    ring.close();
    EXPECT_EQ(pop(), pop_status::empty) << "not closed: what was accepted is still to come";
    EXPECT_FALSE(ring.ended());
  });
  EXPECT_EQ(status, push_status::ok) << "claimed before the close";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(pop(), pop_status::ok);
  EXPECT_EQ(pop(), pop_status::closed);
}

// Close.

TEST_F(ticketed, a_close_amid_traffic_is_exact) {
  for (int round = 0; round < 200; ++round) {
    ticketed_ring<std::uint64_t> ring(7);
    std::array<std::uint64_t, 2> sums_in{};
    std::array<std::uint64_t, 2> sums_out{};
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < 2; ++i) {
        threads.emplace_back([&, i] {
          push_status status = push_status::ok;
          for (std::uint64_t value = 1; status != push_status::closed; ++value) {
            status = ring.try_push(value);
            if (status == push_status::ok) sums_in[i] += value;
            if (status == push_status::full) std::this_thread::yield();
          }
          EXPECT_EQ(ring.try_push(1U), push_status::closed);
        });
        threads.emplace_back([&, i] {
          std::uint64_t value = 0;
          for (pop_status status = pop_status::ok; status != pop_status::closed;) {
            status = ring.try_pop(value);
            if (status == pop_status::ok) sums_out[i] += value;
            if (status == pop_status::empty) std::this_thread::yield();
          }
          EXPECT_TRUE(ring.ended());
        });
      }
      threads.emplace_back([&] {
        while (ring.pushed_hint() < 50) std::this_thread::yield();
        ring.close();
      });
    }
    ASSERT_EQ(sums_in[0] + sums_in[1], sums_out[0] + sums_out[1]) << "everything accepted came out, in round " << round;
    ASSERT_EQ(ring.depth_hint(), 0U);
  }
}

TEST_F(ticketed, ended_tells_empty_from_over) {
  ticketed_ring<int> ring(3);
  int out = 0;
  EXPECT_FALSE(ring.ended()) << "empty";
  ASSERT_EQ(ring.try_push(1), push_status::ok);
  ring.close();
  EXPECT_TRUE(ring.closed());
  EXPECT_FALSE(ring.ended()) << "one is left";
  EXPECT_EQ(ring.try_pop_n(&out, 1), 1U);
  EXPECT_EQ(ring.try_pop_n(&out, 1), 0U);
  EXPECT_TRUE(ring.ended());
  EXPECT_EQ(ring.try_push_n(&out, 1), 0U);
}

// Memory.

template <class Ring>
void expect_error(std::size_t capacity, const memory_options& memory, std::errc expected) {
  std::error_code error;
  EXPECT_EQ(Ring::make(capacity, memory, error), nullptr);
  EXPECT_EQ(error, expected) << error.message();
}

TEST_F(ticketed, impossible_capacities_are_error_codes) {
  using ring = ticketed_ring<std::uint64_t>;
  expect_error<ring>(0, {}, std::errc::invalid_argument);
  expect_error<ring>(ring::max_capacity + 1, {}, std::errc::invalid_argument);
  expect_error<ring>(SIZE_MAX, {}, std::errc::invalid_argument);
  expect_error<ring>(ring::max_capacity, {}, std::errc::not_enough_memory);
  std::error_code error = std::make_error_code(std::errc::io_error);
  const auto made = make_ticketed_ring<std::uint64_t>(5, {}, error);
  ASSERT_NE(made, nullptr);
  EXPECT_FALSE(error) << "cleared";
  EXPECT_EQ(made->capacity(), 5U);
  EXPECT_TRUE(made->notes().none());
}

TEST_F(ticketed, memory_of_the_caller_is_used_in_place_and_all_of_it_is_known) {
  using dense = ticketed_ring<std::uint64_t, ticketed_options{.cells = cell_spacing::dense}>;
  alignas(cache_line_bytes) std::array<std::byte, 5 * cache_line_bytes> bytes{};
  ticketed_ring<std::uint64_t> padded(5, {.span = std::span<std::byte>(bytes)});
  EXPECT_EQ(padded.max_bytes(), sizeof(padded) + 5 * cache_line_bytes);
  std::uint64_t* where = nullptr;
  for (std::uint64_t value = 0; value < 12; ++value) {
    ASSERT_EQ(padded.try_push(value), push_status::ok);
    ASSERT_EQ(padded.try_consume([&](std::uint64_t&& element) noexcept { where = &element; }), pop_status::ok);
    EXPECT_EQ(reinterpret_cast<std::byte*>(where), bytes.data() + (value % 5) * cache_line_bytes + 8);
  }
  const dense packed(4);
  EXPECT_EQ(packed.max_bytes(), sizeof(packed) + 4 * 2 * sizeof(std::uint64_t));
}

TEST_F(ticketed, memory_that_was_not_prepared_aborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(ticketed_ring<int>{ticketed_ring<int>::prepared{}}, "ticketed_ring: built from memory that was not");
}

}  // namespace
}  // namespace tidegate::test
