// block_ring under load: every element comes out once, those of one producer in order.
#include "tidegate/ring/block_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace tidegate {
namespace {

struct load {
  unsigned producers;
  unsigned consumers;
  std::size_t capacity;
  std::uint32_t each;  // elements of a producer
};

/// Producer above, number below.
[[nodiscard]] constexpr std::uint64_t element_of(unsigned producer, std::uint32_t number) {
  return std::uint64_t{producer} << 32 | number;
}

template <class Ring>
class Traffic {
 public:
  explicit Traffic(const load& of) : load_(of), ring_(of.capacity, ring_rows{of.producers, of.consumers}) {}

  void run() {
    {
      std::vector<std::jthread> consumers;
      for (unsigned i = 0; i < load_.consumers; ++i) consumers.emplace_back([this, i] { consume(i); });
      std::vector<std::jthread> producers;
      for (unsigned i = 0; i < load_.producers; ++i) producers.emplace_back([this, i] { produce(i); });
      producers.clear();
      ring_.close();
    }
    const std::uint64_t all = std::uint64_t{load_.each} * load_.producers;
    EXPECT_EQ(out_of_order_.load(), 0u);
    EXPECT_EQ(popped_.load(), all);
    EXPECT_EQ(sum_.load(), std::uint64_t{load_.each} * (load_.each - 1) / 2 * load_.producers);
    EXPECT_EQ(ring_.pushed_hint(), all);
    EXPECT_EQ(ring_.popped_hint(), all);
    EXPECT_EQ(ring_.depth_hint(), 0u);
  }

 private:
  static constexpr std::size_t most = 20;

  void produce(unsigned self) {
    auto handle = ring_.make_producer();
    std::minstd_rand random(self + 1);
    std::array<std::uint64_t, most> some;
    for (std::uint32_t next = 0; next < load_.each;) {
      const std::size_t count = std::min<std::size_t>(random() % most + 1, load_.each - next);
      for (std::size_t i = 0; i < count; ++i) some[i] = element_of(self, next + static_cast<std::uint32_t>(i));
      const std::size_t pushed =
          count == 1 ? handle.try_push(some[0]) == push_status::ok : handle.try_push_n(some.data(), count);
      next += static_cast<std::uint32_t>(pushed);
      if (pushed == 0) std::this_thread::yield();
    }
  }

  void consume(unsigned self) {
    auto handle = ring_.make_consumer();
    std::minstd_rand random(100 + self);
    std::array<std::uint64_t, most> some;
    std::vector<std::uint64_t> next(load_.producers);  // the least number that may come
    for (;;) {
      std::size_t popped = handle.try_pop_n(some.data(), random() % most + 1);
      if (popped == 0) {
        const pop_status status = handle.try_pop(some[0]);
        if (status == pop_status::closed) return;
        if (status == pop_status::empty) std::this_thread::yield();
        popped = status == pop_status::ok;
      }
      note({some.data(), popped}, next);
    }
  }

  void note(std::span<const std::uint64_t> elements, std::vector<std::uint64_t>& next) {
    for (const std::uint64_t element : elements) {
      const std::uint64_t number = element & 0xffff'ffff;
      std::uint64_t& least = next[element >> 32];
      if (number < least) out_of_order_.fetch_add(1);
      least = number + 1;
      sum_.fetch_add(number, std::memory_order_relaxed);
    }
    popped_.fetch_add(elements.size());
  }

  const load load_;
  Ring ring_;
  std::atomic<std::uint64_t> popped_{0};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> out_of_order_{0};
};

class BlockRingStress : public ::testing::TestWithParam<load> {};

TEST_P(BlockRingStress, KeepsTheOrderOfEachProducer) { Traffic<block_ring<std::uint64_t>>(GetParam()).run(); }
TEST_P(BlockRingStress, KeepsItWithShortRuns) {
  Traffic<block_ring<std::uint64_t, block_options{.longest_run = 3, .entries = entry_layout::line}>>(GetParam()).run();
}

INSTANTIATE_TEST_SUITE_P(Loads, BlockRingStress,
                         ::testing::Values(load{1, 1, 64, 200'000}, load{2, 2, 64, 100'000}, load{4, 4, 1000, 50'000},
                                           load{2, 2, 5, 5'000}, load{4, 4, 1, 500}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.producers) + "P" +
                                  std::to_string(tested.param.consumers) + "C" + std::to_string(tested.param.capacity);
                         });

}  // namespace
}  // namespace tidegate
