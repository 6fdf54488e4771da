// histogram_test.cpp: recording, from one thread and from several, and what a snapshot tells.
#include "tidegate/observe/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tidegate/observe/histogram_shape.hpp"
#include "tidegate/observe/histogram_snapshot.hpp"

namespace tidegate::test {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

TEST(histogram_shape, every_value_lies_in_its_cell_and_cells_follow_each_other) {
  for (unsigned digits = 1; digits <= 5; ++digits) {
    const histogram_shape shape({.highest = hours(30), .digits = digits});
    std::uint64_t begin = 0;
    for (std::size_t cell = 0; cell < shape.cells(); ++cell) {
      ASSERT_EQ(shape.begin_of(cell), begin) << digits << " digits, cell " << cell;
      ASSERT_EQ(shape.cell_of(begin), cell);
      begin += shape.width_of(cell);
      ASSERT_EQ(shape.cell_of(begin - 1), cell);
    }
    EXPECT_GT(begin, shape.limit());
    EXPECT_LE(begin / 2, shape.limit());  // and no power of two more than that
  }
}

TEST(histogram_shape, a_cell_is_as_narrow_as_the_digits_ask) {
  double part = 1;
  for (unsigned digits = 1; digits <= 5; ++digits) {
    part /= 10;
    const histogram_shape shape({.digits = digits});
    for (std::size_t cell = 1; cell < shape.cells(); ++cell) {
      const auto wide = static_cast<double>(shape.width_of(cell) - 1);
      ASSERT_LE(wide, part * static_cast<double>(shape.begin_of(cell))) << digits << " digits, cell " << cell;
    }
  }
}

TEST(histogram_shape, refuses_what_it_cannot_divide) {
  EXPECT_THROW(histogram_shape({.digits = 0}), std::invalid_argument);
  EXPECT_THROW(histogram_shape({.digits = 6}), std::invalid_argument);
  EXPECT_THROW(histogram_shape({.highest = 1ns}), std::invalid_argument);
  EXPECT_NO_THROW(histogram_shape({.highest = nanoseconds::max(), .digits = 5}));
}

/// The smallest of the values that so large a part does not exceed.
nanoseconds truth(std::vector<nanoseconds> all, double percent) {
  std::ranges::sort(all);
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(all.size()) - 1e-9));
  return all[std::max<std::size_t>(rank, 1) - 1];
}

TEST(histogram, percentiles_are_right_to_the_digits) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> shape(12, 2);
  for (unsigned digits = 1; digits <= 4; ++digits) {
    histogram made({.digits = digits});
    std::vector<nanoseconds> all;
    for (int i = 0; i < 5'000; ++i) all.emplace_back(static_cast<std::int64_t>(shape(random)));
    for (const nanoseconds each : all) made.record(each);
    const histogram_snapshot taken = made.snapshot();
    for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
      const nanoseconds right = truth(all, percent);
      EXPECT_GE(taken.percentile(percent), right);
      EXPECT_LE(double(taken.percentile(percent).count()), double(right.count()) * (1 + std::pow(10, -int(digits))))
          << percent;
    }
    EXPECT_EQ(taken.max(), *std::ranges::max_element(all));
    EXPECT_EQ(taken.min(), *std::ranges::min_element(all));
  }
}

TEST(histogram, one_in_a_hundred_does_not_move_the_99th_percentile) {
  own_histogram made;
  for (int i = 0; i < 99; ++i) made.record(1us);
  made.record(1s);
  const histogram_snapshot taken = made.snapshot();
  EXPECT_LT(taken.percentile(99), 2us);
  EXPECT_EQ(taken.percentile(99.01), 1s);
  EXPECT_EQ(taken.count_up_to(2us), 99u);
  EXPECT_EQ(taken.count_up_to(1s), 100u);
}

TEST(histogram, what_lies_beyond_its_range_counts_at_its_ends) {
  own_histogram made({.highest = 1s});
  made.record(-5ns);
  made.record(hours(1));
  const histogram_snapshot taken = made.snapshot();
  EXPECT_EQ(taken.count(), 2u);
  EXPECT_EQ(taken.min(), 0ns);
  EXPECT_EQ(taken.max(), hours(1));
  EXPECT_EQ(taken.percentile(100), hours(1));
  EXPECT_EQ(taken.percentile(50), 0ns);
}

TEST(histogram, its_text_ends_whatever_was_counted) {
  histogram_snapshot most({.digits = 2});
  most.record(1ns, 100'000'000'000'000'000);
  most.record(5ns);
  EXPECT_NE(most.to_hgrm().find("#[Max     =         5.00, Total count    = 100000000000000001]"), std::string::npos);
  EXPECT_EQ(most.percentile(std::numeric_limits<double>::quiet_NaN()), 1ns);
}

TEST(histogram, empty_tells_zeros) {
  const histogram_snapshot taken = histogram().snapshot();
  EXPECT_TRUE(taken.is_empty());
  EXPECT_EQ(taken.percentile(99), 0ns);
  EXPECT_EQ(taken.max(), 0ns);
  EXPECT_EQ(taken.min(), 0ns);
  EXPECT_EQ(taken.mean_ns(), 0);
}

TEST(histogram, several_of_one_duration_count_as_so_many) {
  histogram made;
  made.record(10us, 7);
  made.record(1ms, 0);
  EXPECT_EQ(made.snapshot().count(), 7u);
  EXPECT_EQ(made.snapshot().count_up_to(20us), 7u);
}

TEST(histogram, threads_lose_nothing) {
  constexpr unsigned threads = 4;
  constexpr std::uint64_t each = 100'000;
  histogram made;
  std::barrier start(threads + 1);
  std::vector<std::thread> crew;
  for (unsigned number = 0; number < threads; ++number) {
    crew.emplace_back([&, number] {
      start.arrive_and_wait();
      for (std::uint64_t i = 0; i < each; ++i) made.record(nanoseconds(number));
    });
  }
  start.arrive_and_wait();
  std::uint64_t seen = 0;
  for (int i = 0; i < 20; ++i) {  // snapshots meanwhile never tell less than before
    const histogram_snapshot taken = made.snapshot();
    EXPECT_GE(taken.count(), seen);
    EXPECT_LE(taken.count(), each * threads);
    seen = taken.count();
  }
  for (std::thread& one : crew) one.join();
  const histogram_snapshot taken = made.snapshot();
  for (unsigned number = 0; number < threads; ++number) EXPECT_EQ(taken.counts()[number], each);
  EXPECT_EQ(taken.max(), nanoseconds(threads - 1));
  EXPECT_EQ(taken.min(), 0ns);
}

TEST(histogram, the_difference_of_two_snapshots_is_what_came_in_between) {
  histogram made;
  made.record(1ms);
  made.record(20s);
  const histogram_snapshot before = made.snapshot();
  made.record(5us);
  made.record(2ms, 3);
  histogram_snapshot between = made.snapshot();
  between.subtract(before);
  EXPECT_EQ(between.count(), 4u);
  EXPECT_LE(between.min(), 5us);
  EXPECT_GE(between.min(), 4900ns);
  EXPECT_GE(between.max(), 2ms);
  EXPECT_LE(between.max(), 2020us);
}

TEST(histogram, other_shapes_are_not_added) {
  histogram_snapshot one({.digits = 2});
  const histogram_snapshot other({.digits = 3});
  EXPECT_THROW(one.add(other), std::invalid_argument);
  EXPECT_THROW(one.subtract(other), std::invalid_argument);
}

TEST(histogram, its_memory_is_known) {
  EXPECT_LT(histogram().max_bytes(), std::size_t{40'000});
  EXPECT_LT(histogram({.digits = 3}).max_bytes(), std::size_t{300'000});
}

TEST(histogram, json_tells_the_cells_that_count) {
  histogram made;
  made.record(3ns, 2);
  made.record(7ns);
  EXPECT_EQ(made.snapshot().to_json(),
            R"({"count":3,"min_ns":3,"max_ns":7,"mean_ns":4.333333333333333,"percentiles_ns":{"50":3,"90":7,"99":7,)"
            R"("99.9":7,"99.99":7},"highest_ns":3600000000000,"digits":2,"cells":[[3,2],[7,1]]})");
}

}  // namespace
}  // namespace tidegate::test
