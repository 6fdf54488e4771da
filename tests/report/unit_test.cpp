#include "report/unit.hpp"

#include <gtest/gtest.h>

#include "tests/report/sample.hpp"

namespace tidegate::report {
namespace {

using testing::inf;

TEST(ReportUnit, ThreeDigitsAndAPrefix) {
  EXPECT_EQ(format_value(0, unit::count), "0");
  EXPECT_EQ(format_value(999, unit::count), "999");
  EXPECT_EQ(format_value(999.6, unit::count), "1 k");
  EXPECT_EQ(format_value(1'234'567, unit::count), "1.23 M");
  EXPECT_EQ(format_value(2e15, unit::count), "2,000 T");
  EXPECT_EQ(format_value(498e6, unit::per_second), "498 M/s");
  EXPECT_EQ(format_value(0.25, unit::per_second), "0.25/s");
}

TEST(ReportUnit, TimesFromNanosecondsToSeconds) {
  EXPECT_EQ(format_value(0, unit::seconds), "0 s");
  EXPECT_EQ(format_value(2.34e-9, unit::seconds), "2.34 ns");
  EXPECT_EQ(format_value(999.7e-9, unit::seconds), "1 µs");
  EXPECT_EQ(format_value(0.0123, unit::seconds), "12.3 ms");
  EXPECT_EQ(format_value(3600, unit::seconds), "3,600 s");
  EXPECT_EQ(format_value(513.9, unit::milliseconds), "514 ms");
  EXPECT_EQ(format_value(0.4, unit::nanoseconds), "0.4 ns");
  EXPECT_EQ(format_value(1500, unit::nanoseconds), "1.5 µs");
}

TEST(ReportUnit, BytesByPowersOfTwo) {
  EXPECT_EQ(format_value(512, unit::bytes), "512 B");
  EXPECT_EQ(format_value(1023.9, unit::bytes), "1 KiB");
  EXPECT_EQ(format_value(1.5 * 0x1p20, unit::bytes), "1.5 MiB");
  EXPECT_EQ(format_value(0x1p31, unit::bytes_per_second), "2 GiB/s");
}

TEST(ReportUnit, PartsRatiosAndWholeNumbers) {
  EXPECT_EQ(format_value(0.1234, unit::percent), "12.3 %");
  EXPECT_EQ(format_value(-0.005, unit::percent), "-0.5 %");
  EXPECT_EQ(format_value(1.011, unit::ratio), "1.01×");
  EXPECT_EQ(format_value(1'234'567, unit::exact), "1,234,567");
  EXPECT_EQ(format_value(12.5, unit::exact), "12.5");
  EXPECT_EQ(format_value(12'345.6, unit::number), "12,346");
  EXPECT_EQ(format_value(1.25e-5, unit::number), "1.25e-05");
  EXPECT_EQ(format_value(3e18, unit::number), "3e+18");
}

TEST(ReportUnit, TiesGoUpAsTheyDoInABrowser) {
  EXPECT_EQ(format_value(1.125, unit::number), "1.13");
  EXPECT_EQ(format_value(1.135, unit::number), "1.14");
}

TEST(ReportUnit, WhatIsNoNumber) {
  EXPECT_EQ(format_value(std::numeric_limits<double>::quiet_NaN(), unit::seconds), "–");
  EXPECT_EQ(format_value(inf, unit::seconds), "∞");
  EXPECT_EQ(format_value(-inf, unit::bytes), "-∞");
}

TEST(ReportUnit, EveryUnitHasAName) {
  EXPECT_EQ(to_string(unit::number), "number");
  EXPECT_EQ(to_string(unit::nanoseconds), "nanoseconds");
  EXPECT_EQ(to_string(unit::ratio), "ratio");
}

}  // namespace
}  // namespace tidegate::report
