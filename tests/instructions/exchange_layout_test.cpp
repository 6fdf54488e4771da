// exchange_layout_test.cpp: what different threads write in an exchange ring lies on different cache lines: hints,
// rows, entries and slots.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "tests/instructions/written_lines.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace tidegate::test {
namespace {

using word = std::uint64_t;
constexpr std::size_t line = cache_line_bytes;
constexpr std::size_t capacity = 16;
constexpr ring_rows rows{2, 2};

constexpr exchange_options dense{.entries = entry_layout::packed};
constexpr exchange_options lock_free{.progress = progress_kind::lock_free};

/// A ring in memory of the test, used by two producers and two consumers where it can be.
template <class Ring>
class ExchangeLayout : public testing::Test {
 protected:
  static constexpr bool many_producers = !std::is_same_v<Ring, spmc_ring<word>>;
  static constexpr bool many_consumers = !std::is_same_v<Ring, mpsc_ring<word>>;
  static constexpr std::size_t producers = many_producers ? 2 : 1;
  static constexpr std::size_t consumers = many_consumers ? 2 : 1;

  /// The lines of the object and of its memory, the latter counted on from `beyond`.
  static constexpr std::size_t beyond = 1'000;
  [[nodiscard]] line_numbers written_by(const std::function<void()>& operation) {
    line_numbers object;
    line_numbers all = lines_written(memory_, [&] { object = lines_written(bytes_of(ring_), operation); });
    line_numbers both = object;
    for (const std::size_t number : all) both.insert(beyond + number);
    return both;
  }

  void expect_apart(const line_numbers& some, const line_numbers& others) {
    EXPECT_EQ(common(some, others), line_numbers{});
  }

  void push(std::size_t number) {
    word value = ++made_;
    EXPECT_EQ(producers_[number].try_push(std::move(value)), push_status::ok);
  }
  void pop(std::size_t number) {
    word out = 0;
    EXPECT_EQ(consumers_[number].try_pop(out), pop_status::ok);
  }

  alignas(line) std::array<std::byte, 64 * 1024> memory_{};
  Ring ring_{capacity, rows, {.span = memory_}};
  std::array<typename Ring::producer, 2> producers_{ring_.make_producer(), ring_.try_make_producer()};
  std::array<typename Ring::consumer, 2> consumers_{ring_.make_consumer(), ring_.try_make_consumer()};
  word made_ = 0;
};
using rings = testing::Types<mpmc_ring<word>, mpmc_ring<word, lock_free>, mpsc_ring<word>, spmc_ring<word>>;
TYPED_TEST_SUITE(ExchangeLayout, rings);

// A push writes its row, the entry and the slot it gives away; with every 32nd one also the hint of its side.
TYPED_TEST(ExchangeLayout, AnOperationWritesThreeLinesAndNowAndThenAHint) {
  for (std::size_t lap = 0; lap < 3; ++lap) {
    for (std::size_t i = 0; i < capacity; ++i) {
      const std::size_t hint = (i + 1) % capacity % 32 == 0 ? 1 : 0;
      const line_numbers push = this->written_by([&] { this->push(0); });
      EXPECT_EQ(push.size(), 3 + hint) << "push " << i;
      const line_numbers pop = this->written_by([&] { this->pop(0); });
      EXPECT_LE(pop.size(), 3 + hint) << "pop " << i;
      EXPECT_GE(pop.size(), 2 + hint) << "pop " << i;
    }
  }
}

TYPED_TEST(ExchangeLayout, WhatTwoThreadsOfASideWriteIsApart) {
  for (int round = 0; round < 20; ++round) {
    line_numbers first = this->written_by([&] { this->push(0); });
    line_numbers second = this->written_by([&] { this->push(this->many_producers ? 1 : 0); });
    if (this->many_producers && round % 4 != 3) this->expect_apart(first, second);
    first = this->written_by([&] { this->pop(0); });
    second = this->written_by([&] { this->pop(this->many_consumers ? 1 : 0); });
    if (this->many_consumers && round % 4 != 3) this->expect_apart(first, second);
  }
}

// Both sides at work on different elements, at a distance of half a ring.
TYPED_TEST(ExchangeLayout, WhatTheTwoSidesWriteIsApart) {
  for (std::size_t i = 0; i < capacity / 2; ++i) this->push(0);
  line_numbers pushes;
  line_numbers pops;
  for (std::size_t i = 0; i < capacity / 2; ++i) {
    pushes.merge(this->written_by([&] { this->push(0); }));
    pops.merge(this->written_by([&] { this->pop(0); }));
  }
  this->expect_apart(pushes, pops);
}

TYPED_TEST(ExchangeLayout, ClosingWritesNoLineOfARow) {
  line_numbers used;
  for (std::size_t i = 0; i < 2 * capacity; ++i) {
    used.merge(this->written_by([&] { this->push(0); }));
    used.merge(this->written_by([&] { this->pop(0); }));
  }
  const line_numbers closing = this->written_by([&] { this->ring_.close(); });
  EXPECT_LE(closing.size(), 2u) << "the flag, and the entry where the next push would be";
  EXPECT_LT(*closing.begin(), this->beyond);
  EXPECT_FALSE(used.contains(*closing.begin())) << "operations write beside the closing flag";
}

TYPED_TEST(ExchangeLayout, ALookWritesNothing) {
  this->push(0);
  word out = 0;
  const auto look = [&] { EXPECT_LE(this->ring_.depth_hint() + this->ring_.credits_hint(), capacity); };
  EXPECT_EQ(this->written_by(look), line_numbers{});
  EXPECT_EQ(this->written_by([&] { EXPECT_FALSE(this->ring_.closed()); }), line_numbers{});
  this->pop(0);
  const auto fail = [&] { EXPECT_EQ(this->consumers_[0].try_pop(out), pop_status::empty); };
  EXPECT_EQ(this->written_by(fail), line_numbers{}) << "a refusal disturbs nobody";
}

// Packed: eight entries share a line, and so do slots.
TEST(ExchangeLayoutPacked, TakesAnEighthOfTheLines) {
  constexpr std::size_t many = 1024;
  const mpmc_ring<word> roomy(many, rows);
  const mpmc_ring<word, dense> packed(many, rows);
  const std::size_t rows_bytes = 4 * line;
  EXPECT_EQ(roomy.max_bytes() - sizeof(roomy), many * 2 * line + rows_bytes + 4 * line);
  const std::size_t dense_bytes = many * 2 * sizeof(word) + rows_bytes + 4 * sizeof(word);
  EXPECT_EQ(packed.max_bytes() - sizeof(packed), (dense_bytes + line - 1) / line * line);
}

}  // namespace
}  // namespace tidegate::test
