// broadcast_ring in lap mode: the publisher never waits; what a reader loses is counted exactly, nothing is torn.
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/broadcast_reader.hpp"
#include "tidegate/ring/broadcast_ring.hpp"
#include "tidegate/ring/detail/broadcast/words_of.hpp"

namespace tidegate::test {
namespace {

constexpr broadcast_options lapping{.mode = broadcast_mode::lap};
template <class T>
using lap_ring = broadcast_ring<T, lapping>;

/// Every byte tells the number, so that a torn copy shows; sizes that are no multiple of a word included.
template <std::size_t Bytes, std::size_t Alignment = alignof(std::uint64_t)>
struct alignas(Alignment) pattern {
  explicit pattern(std::uint64_t of = 0) noexcept : number(of) {
    for (std::size_t i = 0; i < Bytes; ++i) bytes[i] = byte_at(i);
  }
  [[nodiscard]] bool is_whole() const noexcept {
    for (std::size_t i = 0; i < Bytes; ++i) {
      if (bytes[i] != byte_at(i)) return false;
    }
    return true;
  }
  [[nodiscard]] unsigned char byte_at(std::size_t i) const noexcept {
    return static_cast<unsigned char>(number * 31 + i * 7);
  }

  std::uint64_t number;
  std::array<unsigned char, Bytes> bytes{};
};

/// As a reader copies: out of line, so that the compiler sees nothing else.
template <class T>
[[gnu::noinline]] T copied(const std::uint64_t* from) noexcept {
  detail::words_of<T> image;
  for (std::size_t i = 0; i < image.count; ++i) image.set_word(i, from[i]);
  return image.value();
}

TEST(broadcast_lap, copies_elements_that_are_no_words) {
  EXPECT_EQ(copied<double>(std::array{std::bit_cast<std::uint64_t>(1.5)}.data()), 1.5);
  EXPECT_EQ((copied<std::array<float, 3>>(std::array{std::bit_cast<std::uint64_t>(std::array{1.F, 2.F}),
                                                     std::bit_cast<std::uint64_t>(std::array{3.F, 0.F})}
                                              .data())),
            (std::array{1.F, 2.F, 3.F}));
  lap_ring<double> ring(2);
  auto reader = ring.make_reader();
  ASSERT_EQ(ring.try_push(2.5), push_status::ok);
  double out = 0;
  ASSERT_EQ(reader.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 2.5);
}

TEST(broadcast_lap, gives_every_reader_every_element_in_order) {
  lap_ring<int> ring(8);
  auto one = ring.make_reader();
  auto other = ring.make_reader();
  int out = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(one.try_pop(out), pop_status::empty);
    EXPECT_FALSE(one.pop_ready());
    EXPECT_TRUE(ring.push_ready());
    ASSERT_EQ(ring.try_push(i), push_status::ok);
    EXPECT_TRUE(one.pop_ready());
    EXPECT_EQ(one.lag_hint(), 1U);
    ASSERT_EQ(one.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, i);
    EXPECT_EQ(one.lag_hint(), 0U);
  }
  EXPECT_EQ(one.lost(), 0U);
  EXPECT_EQ(other.lag_hint(), 100U);
  ASSERT_EQ(other.try_pop(out), pop_status::lapped);
  EXPECT_EQ(other.lost() + other.lag_hint(), 100U);
}

TEST(broadcast_lap, keeps_an_element_until_the_push_a_capacity_later) {
  for (std::size_t capacity = 1; capacity <= 40; ++capacity) {
    for (std::size_t ahead = 0; ahead <= 2 * capacity + 3; ++ahead) {
      lap_ring<std::size_t> ring(capacity);
      auto reader = ring.make_reader();
      for (std::size_t i = 0; i < ahead; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
      std::size_t out = 0;
      const pop_status status = reader.try_pop(out);
      if (ahead <= capacity) {
        ASSERT_EQ(status, ahead == 0 ? pop_status::empty : pop_status::ok);
      }
      ASSERT_EQ(out, 0U);
    }
  }
}

TEST(broadcast_lap, tells_exactly_how_many_were_lost_and_goes_on_with_slack) {
  for (const std::size_t capacity : {1U, 2U, 3U, 8U, 16U, 64U}) {
    lap_ring<std::uint64_t> ring(capacity);
    auto reader = ring.make_reader();
    std::uint64_t pushed = 0;
    std::uint64_t read = 0;
    for (unsigned round = 1; round <= 50; ++round) {
      for (unsigned i = 0; i < round * 7 % 97; ++i) ASSERT_EQ(ring.try_push(++pushed), push_status::ok);
      std::uint64_t out = 0;
      const std::uint64_t lost_before = reader.lost();
      pop_status status = reader.try_pop(out);
      if (status == pop_status::lapped) {
        EXPECT_EQ(reader.last_lost(), reader.lost() - lost_before);
        EXPECT_LE(reader.lag_hint(), capacity < 2 ? 1U : capacity * 2 - 1);
        for (std::size_t i = 0; i < capacity / 8; ++i) ASSERT_EQ(ring.try_push(++pushed), push_status::ok);
        status = reader.try_pop(out);
        ASSERT_EQ(status, pop_status::ok) << "an eighth of the ring may be published before it is overtaken again";
      }
      for (; status == pop_status::ok; status = reader.try_pop(out)) ASSERT_EQ(out, ++read + reader.lost());
      ASSERT_EQ(status, pop_status::empty);
      EXPECT_EQ(read + reader.lost(), pushed);
    }
    EXPECT_GT(reader.lost(), 0U);
  }
}

TEST(broadcast_lap, begins_where_it_is_asked_to) {
  lap_ring<int> ring(4);
  int out = 0;
  EXPECT_EQ(ring.make_reader({.start = reader_start::oldest}).try_pop(out), pop_status::empty);
  for (int i = 1; i <= 2; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
  ASSERT_EQ(ring.make_reader({.start = reader_start::oldest}).try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 1) << "of a ring that is not full, the first";
  EXPECT_EQ(ring.make_reader().try_pop(out), pop_status::empty);
  for (int i = 3; i <= 9; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
  ASSERT_EQ(ring.make_reader({.start = reader_start::oldest}).try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 7) << "three are there, the place of the fourth is the next to be overwritten";
}

TEST(broadcast_lap, delivers_what_came_before_the_close_then_closed_for_ever) {
  lap_ring<int> ring(4);
  auto reader = ring.make_reader();
  auto late = ring.make_reader();
  for (int i = 1; i <= 9; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
  EXPECT_FALSE(ring.closed());
  ring.close();
  ring.close();
  EXPECT_TRUE(ring.closed());
  int untouched = 5;
  EXPECT_EQ(ring.try_push(std::move(untouched)), push_status::closed);
  EXPECT_EQ(untouched, 5);
  int out = 0;
  ASSERT_EQ(reader.try_pop(out), pop_status::lapped);
  for (std::uint64_t next = reader.lost() + 1; next <= 9; ++next) {
    ASSERT_EQ(reader.try_pop(out), pop_status::ok);
    EXPECT_EQ(static_cast<std::uint64_t>(out), next);
  }
  EXPECT_FALSE(reader.ended());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(reader.pop_ready());
    EXPECT_EQ(reader.try_pop(out), pop_status::closed);
    EXPECT_TRUE(reader.ended());
  }
  EXPECT_EQ(late.lag_hint(), 9U) << "the end of one reader is nothing to another";
  EXPECT_EQ(ring.make_reader().try_pop(out), pop_status::closed);
}

TEST(broadcast_lap, reader_moves_with_its_place) {
  lap_ring<int> ring(2);
  auto reader = ring.make_reader();
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
  int out = 0;
  ASSERT_EQ(reader.try_pop(out), pop_status::lapped);
  auto moved = std::move(reader);
  EXPECT_FALSE(static_cast<bool>(reader));
  ASSERT_TRUE(static_cast<bool>(moved));
  EXPECT_EQ(moved.lost(), 4U);
  ASSERT_EQ(moved.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 5);
  moved = ring.make_reader();
  EXPECT_EQ(moved.lost(), 0U);
}

TEST(broadcast_lap, element_whose_callback_throws_has_been_read) {
  lap_ring<int> ring(2);
  auto reader = ring.make_reader();
  ASSERT_EQ(ring.try_push(1), push_status::ok);
  ASSERT_EQ(ring.try_push(2), push_status::ok);
  const auto thrower = [](const int&) { throw std::runtime_error("no"); };
  EXPECT_THROW(static_cast<void>(reader.try_consume(thrower)), std::runtime_error);
  int out = 0;
  ASSERT_EQ(reader.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 2);
}

TEST(broadcast_lap, cannot_be_had_with_bad_arguments) {
  EXPECT_THROW(lap_ring<int>(0), std::invalid_argument);
  EXPECT_THROW(lap_ring<int>(lap_ring<int>::max_capacity + 1), std::invalid_argument);
  EXPECT_THROW(lap_ring<int>(std::size_t{1} << 61), std::bad_alloc);
  EXPECT_THROW(lap_ring<int>(1, broadcast_rows{.readers = 0}), std::invalid_argument);
  std::error_code error;
  EXPECT_EQ((make_broadcast_ring<int, lapping>(0, {}, {}, error)), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  const auto ring = make_broadcast_ring<int, lapping>(5, {}, {}, error);
  ASSERT_TRUE(ring && !error);
  EXPECT_EQ(ring->capacity(), 5U);
  EXPECT_GE(ring->max_bytes(), 8 * sizeof(int));
}

template <class Element>
class broadcast_lap_traffic : public testing::Test {};
using element_kinds = testing::Types<pattern<1>, pattern<8>, pattern<27>, pattern<120>, pattern<24, 64>>;
TYPED_TEST_SUITE(broadcast_lap_traffic, element_kinds);

/// Three readers, one of them slow, against a publisher at full speed.
TYPED_TEST(broadcast_lap_traffic, is_never_torn_and_its_losses_add_up) {
  constexpr std::uint64_t count = 15'000;
  broadcast_ring<TypeParam, lapping> ring(16);
  std::atomic<unsigned> ready{0};
  const auto read = [&](auto reader, unsigned pauses) {
    ++ready;
    std::uint64_t seen = 0;
    std::uint64_t wrong = 0;
    for (pop_status status = pop_status::ok; status != pop_status::closed;) {
      status = reader.try_consume([&](const TypeParam& element) {
        ++seen;
        wrong += !element.is_whole() || element.number != seen + reader.lost() ? 1 : 0;
        for (unsigned i = 0; i < pauses; ++i) native_sync::pause();
      });
      if (status == pop_status::empty) native_sync::yield();
    }
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(seen + reader.lost(), count);
  };
  std::vector<std::thread> readers;
  for (const unsigned pauses : {0U, 3U, 50U}) readers.emplace_back(read, ring.make_reader(), pauses);
  while (ready != 3) native_sync::yield();
  for (std::uint64_t i = 1; i <= count; ++i) {
    ASSERT_EQ(ring.try_emplace(i), push_status::ok);
    if (i % 64 == 0) native_sync::yield();
  }
  ring.close();
  for (std::thread& each : readers) each.join();
}

}  // namespace
}  // namespace tidegate::test
