// block_ring: exact in elements at any capacity, whatever the mix of runs and single calls; rows, close, bounds.
#include "tidegate/ring/block_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <system_error>
#include <thread>
#include <vector>

#include "tidegate/ring/block_handles.hpp"
#include "tidegate/ring/block_options.hpp"

namespace tidegate {
namespace {

constexpr block_options runs_of(std::size_t most) { return {.longest_run = most}; }

/// Few laps, and the first wrap soon.
struct narrow_sync : native_sync {
  using position = std::uint8_t;
  static constexpr position first_position = 254;
};

/// Plain, of an odd number of bytes, and without a default constructor.
struct odd_bytes {
  explicit odd_bytes(std::uint64_t of) noexcept : low(static_cast<std::uint8_t>(of)), again{low, low} {}
  std::uint8_t low;
  std::array<std::uint8_t, 2> again;
  bool operator==(const odd_bytes&) const = default;
};
struct large {
  explicit large(std::uint64_t of) noexcept { values.fill(of); }
  std::array<std::uint64_t, 10> values;
  bool operator==(const large&) const = default;
};

/// A ring beside a deque that does the same.
template <class Ring>
class Compared {
  using T = typename Ring::value_type;
  static constexpr std::size_t most = 40;

 public:
  explicit Compared(std::size_t capacity) : ring_(capacity, ring_rows{2, 2}), random_(capacity) {}

  void do_something() {
    const std::size_t count = random_() % most + 1;
    switch (random_() % 4) {
      case 0: push_n(count); break;
      case 1: push(); break;
      case 2: pop_n(count); break;
      default: pop();
    }
    ASSERT_EQ(ring_.push_ready(), inside_.size() < ring_.capacity());
    ASSERT_EQ(ring_.pop_ready(), !inside_.empty());
    look_at_marks();
  }

 private:
  /// Old ones and new ones: each has left when so many were popped as had been pushed when it was taken.
  void look_at_marks() {
    marks_[random_() % (random_() % 64 == 0 ? marks_.size() : 4)] = {ring_.pushed_mark(), next_};
    for (const auto& [mark, next] : marks_) {
      ASSERT_EQ(ring_.has_left(mark), next_ - inside_.size() >= next) << next << " of " << next_;
    }
  }
  void push_n(std::size_t count) {
    std::vector<T> some;
    for (std::size_t i = 0; i < count; ++i) some.emplace_back(next_ + i);
    const std::size_t pushed = ring_.try_push_n(some.data(), count);
    ASSERT_EQ(pushed, std::min(count, ring_.capacity() - inside_.size()));
    for (std::size_t i = 0; i < pushed; ++i) inside_.emplace_back(next_++);
    ASSERT_EQ(ring_.depth_hint(), inside_.size());
  }
  void push() {
    const bool fits = inside_.size() < ring_.capacity();
    ASSERT_EQ(ring_.try_push(T(next_)), fits ? push_status::ok : push_status::full);
    if (fits) inside_.emplace_back(next_++);
  }
  void pop_n(std::size_t count) {
    std::vector<T> some(count, T(0));
    const std::size_t popped = ring_.try_pop_n(some.data(), count);
    ASSERT_EQ(popped, std::min(count, inside_.size()));
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(some[i], i < popped ? inside_.front() : T(0));
      if (i < popped) inside_.pop_front();
    }
    ASSERT_EQ(ring_.depth_hint(), inside_.size());
  }
  void pop() {
    T out(77);
    ASSERT_EQ(ring_.try_pop(out), inside_.empty() ? pop_status::empty : pop_status::ok);
    ASSERT_EQ(out, inside_.empty() ? T(77) : inside_.front());
    if (!inside_.empty()) inside_.pop_front();
  }

  struct marked {
    typename Ring::mark at;
    std::uint64_t next = 0;
  };

  Ring ring_;
  std::deque<T> inside_;
  std::uint64_t next_ = 1;
  std::array<marked, 8> marks_{};
  std::mt19937_64 random_;
};

template <class Ring>
class BlockRing : public ::testing::Test {};
using rings = ::testing::Types<
    block_ring<std::uint64_t>, block_ring<std::uint32_t>, block_ring<std::uint64_t, runs_of(1)>,
    block_ring<std::uint64_t, runs_of(3)>, block_ring<std::uint16_t, block_options{.entries = entry_layout::line}>,
    block_ring<odd_bytes, runs_of(5)>, block_ring<large, runs_of(4)>,
    block_ring<std::uint64_t, runs_of(8), narrow_sync>, block_ring<std::uint64_t, runs_of(3), narrow_sync>,
    block_ring<std::uint64_t, runs_of(1), narrow_sync>>;
TYPED_TEST_SUITE(BlockRing, rings);

TYPED_TEST(BlockRing, AnswersLikeADequeAtAnyCapacity) {
  for (const std::size_t capacity : {1u, 2u, 3u, 5u, 8u, 9u, 17u, 64u}) {
    Compared<TypeParam> both(capacity);
    for (int i = 0; i < 4000; ++i) {
      both.do_something();
      ASSERT_FALSE(this->HasFatalFailure()) << "capacity " << capacity << ", step " << i;
    }
  }
}

TEST(BlockRingRuns, AreAsLongAsACacheLineUnlessAsked) {
  EXPECT_EQ((block_ring<std::uint64_t>::longest_run), 8u);
  EXPECT_EQ((block_ring<std::uint32_t>::longest_run), 16u);
  EXPECT_EQ((block_ring<std::uint8_t>::longest_run), 16u);
  EXPECT_EQ((block_ring<large>::longest_run), 1u);
  EXPECT_EQ((block_ring<large, runs_of(4)>::longest_run), 4u);
}

TEST(BlockRingRuns, ArePartlyTakenAndTheRingIsFullToTheLastPlace) {
  block_ring<std::uint64_t, runs_of(4)> ring(4);
  const std::array<std::uint64_t, 5> some{1, 2, 3, 4, 5};
  ASSERT_EQ(ring.try_push_n(some.data(), 5), 4u);
  std::uint64_t out = 0;
  for (std::uint64_t i = 1; i <= 3; ++i) {  // the run keeps its entry, its places are free
    ASSERT_EQ(ring.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, i);
    ASSERT_EQ(ring.try_push(10 + i), push_status::ok);
    ASSERT_EQ(ring.try_push(99), push_status::full);
    EXPECT_EQ(ring.credits_hint(), 0u);
  }
  std::array<std::uint64_t, 8> rest{};
  ASSERT_EQ(ring.try_pop_n(rest.data(), 8), 4u);
  EXPECT_EQ(rest, (std::array<std::uint64_t, 8>{4, 11, 12, 13}));
}

TEST(BlockRingCalls, ConsumeAndEmplace) {
  struct pair {
    pair(int one, int other) noexcept : first(one), second(other) {}
    int first;
    int second;
  };
  block_ring<pair> ring(2);
  EXPECT_EQ(ring.try_emplace(1, 2), push_status::ok);
  int sum = 0;
  const auto add = [&sum](pair&& value) { sum += value.first + value.second; };
  EXPECT_EQ(ring.try_consume(add), pop_status::ok);
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(ring.try_consume(add), pop_status::empty);
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(ring.try_push_n(nullptr, 0), 0u);
  EXPECT_EQ(ring.try_pop_n(nullptr, 0), 0u);
  EXPECT_EQ(ring.pushed_hint(), 1u);
  EXPECT_EQ(ring.popped_hint(), 1u);
}

TEST(BlockRingClose, DeliversWhatIsInsideAlsoOfARunInParts) {
  block_ring<int, runs_of(3)> ring(3);
  const std::array<int, 3> some{1, 2, 3};
  int out = 0;
  ASSERT_EQ(ring.try_push_n(some.data(), 3), 3u);
  ASSERT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_FALSE(ring.closed());
  ring.close();
  EXPECT_TRUE(ring.closed());
  EXPECT_EQ(ring.try_push(4), push_status::closed);
  EXPECT_EQ(ring.try_push_n(some.data(), 1), 0u);
  EXPECT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_EQ(ring.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 3);
  EXPECT_EQ(ring.try_pop(out), pop_status::closed);
  EXPECT_EQ(ring.try_pop_n(&out, 1), 0u);
}

TEST(BlockRingRows, AreLentToHandlesAndThreads) {
  block_ring<int> ring(4, ring_rows{1, 1});
  int out = 0;
  {
    auto producer = ring.make_producer();
    auto consumer = ring.make_consumer();
    EXPECT_FALSE(ring.try_make_producer());
    EXPECT_THROW(static_cast<void>(ring.make_consumer()), std::system_error);
    EXPECT_EQ(producer.try_push(1), push_status::ok);
    EXPECT_EQ(ring.try_push(2), push_status::no_row);
    EXPECT_EQ(ring.try_push_n(&out, 1), 0u);
    EXPECT_EQ(ring.try_pop(out), pop_status::no_row);
    EXPECT_EQ(ring.try_consume([](int&&) {}), pop_status::no_row);
    EXPECT_EQ(ring.try_pop_n(&out, 1), 0u);
    EXPECT_EQ(consumer.try_pop(out), pop_status::ok);
  }
  for (int i = 0; i < 5; ++i) {
    std::jthread([&] { EXPECT_EQ(ring.try_push(i), push_status::ok); }).join();
    EXPECT_EQ(ring.make_consumer().try_pop(out), pop_status::ok);
    EXPECT_EQ(out, i);
  }
}

TEST(BlockRingBounds, AreChecked) {
  using ring = block_ring<int>;
  EXPECT_THROW(ring(0), std::invalid_argument);
  EXPECT_THROW(ring(ring::max_capacity + 1), std::invalid_argument);
  EXPECT_THROW(ring(4, ring_rows{0, 1}), std::invalid_argument);
  EXPECT_THROW(ring(4, ring_rows{1, ring::max_rows + 1}), std::invalid_argument);
  std::error_code error;
  EXPECT_EQ(make_block_ring<int>(0, ring_rows{}, {}, error), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  const auto made = make_block_ring<int>(7, ring_rows{1, 1}, {}, error);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->capacity(), 7u);
  EXPECT_EQ(made->rows().consumers, 1u);
  EXPECT_GE(made->max_bytes(), sizeof(ring) + 7 * 64);
  EXPECT_TRUE(ring::make(7, {}, error));
}

}  // namespace
}  // namespace tidegate
