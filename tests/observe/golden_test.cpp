// golden_test.cpp: the histogram against HdrHistogram's own answers, in tests/observe/hdr/golden (see generate.mjs).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tidegate/observe/histogram.hpp"
#include "tidegate/observe/histogram_snapshot.hpp"

namespace tidegate::test {
namespace {

using std::chrono::nanoseconds;

struct golden {
  histogram_config config;
  unsigned ticks = 0;
  nanoseconds unit{0};
  std::vector<nanoseconds> records;
  std::vector<std::pair<double, nanoseconds>> percentiles;
  double mean = 0;
  double deviation = 0;
  std::uint64_t count = 0;
  std::string hgrm;
};

void read_line(const std::string& line, golden& into) {
  std::istringstream words(line);
  std::string key;
  double number = 0;
  words >> key >> number;
  const nanoseconds span(static_cast<std::int64_t>(number));
  if (key == "digits") into.config.digits = static_cast<unsigned>(number);
  if (key == "highest") into.config.highest = span;
  if (key == "ticks") into.ticks = static_cast<unsigned>(number);
  if (key == "unit") into.unit = span;
  if (key == "record") into.records.push_back(span);
  if (key == "mean") into.mean = number;
  if (key == "deviation") into.deviation = number;
  if (key == "count") into.count = static_cast<std::uint64_t>(number);
  if (key != "percentile") return;
  std::int64_t value = 0;
  words >> value;
  into.percentiles.emplace_back(number, value);
}

golden read(const std::filesystem::path& path) {
  std::ifstream file(path);
  golden all;
  std::string line;
  while (std::getline(file, line) && line != "hgrm") read_line(line, all);
  all.hgrm.assign(std::istreambuf_iterator<char>(file), {});
  return all;
}

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> found;
  for (const auto& each : std::filesystem::directory_iterator(TIDEGATE_GOLDEN_FOLDER)) found.push_back(each.path());
  std::ranges::sort(found);
  return found;
}

template <class Histogram>
histogram_snapshot recorded(const golden& all) {
  Histogram made(all.config);
  for (const nanoseconds duration : all.records) made.record(duration);
  return made.snapshot();
}

void expect_as(const golden& all, const histogram_snapshot& made) {
  EXPECT_EQ(made.count(), all.count);
  EXPECT_DOUBLE_EQ(made.mean_ns(), all.mean);
  EXPECT_NEAR(made.deviation_ns(), all.deviation, 1e-12 * all.deviation);
  // HdrHistogram tells the end of the cell; ours never tells more than the longest duration there was
  for (const auto& [percent, value] : all.percentiles) {
    EXPECT_EQ(made.percentile(percent), std::min(value, made.max())) << percent << " %";
  }
  EXPECT_EQ(made.to_hgrm(all.ticks, all.unit), all.hgrm);
}

TEST(golden, the_answers_of_hdr_histogram) {
  const auto all = files();
  ASSERT_EQ(all.size(), 9u);
  for (const auto& path : all) {
    SCOPED_TRACE(path.filename().string());
    const golden wanted = read(path);
    ASSERT_FALSE(wanted.hgrm.empty());
    expect_as(wanted, recorded<histogram>(wanted));
    expect_as(wanted, recorded<own_histogram>(wanted));
    histogram_snapshot value(wanted.config);
    for (const nanoseconds duration : wanted.records) value.record(duration);
    expect_as(wanted, value);
  }
}

TEST(golden, halves_that_are_added_up_are_the_whole) {
  for (const auto& path : files()) {
    SCOPED_TRACE(path.filename().string());
    const golden wanted = read(path);
    histogram_snapshot first(wanted.config);
    histogram_snapshot second(wanted.config);
    for (std::size_t i = 0; i < wanted.records.size(); ++i) {
      (i % 3 == 0 ? first : second).record(wanted.records[i]);
    }
    first.add(second);
    expect_as(wanted, first);
  }
}

}  // namespace
}  // namespace tidegate::test
