#include "pump/units.hpp"

#include <gtest/gtest.h>

namespace tidegate::pump {
namespace {

using namespace std::chrono_literals;

TEST(units, sizes) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("18446744073709551615"), 18446744073709551615u);
  EXPECT_EQ(parse_size("64K"), 65536u);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("64kB"), 64000u);
  EXPECT_EQ(parse_size("1.5M"), 1572864u);
  EXPECT_EQ(parse_size("50MB"), 50000000u);
  EXPECT_EQ(parse_size("2G"), 2147483648u);
}

TEST(units, what_is_not_a_size) {
  for (const char* text : {"", " ", "K", "-1", "+1", "1 K", "1X", "1K ", "0x10", "inf", "nan", "1e3",
                           "99999999999999999999", "16777216T", "1..5"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(units, rates) {
  EXPECT_EQ(parse_rate("50MB/s"), 50000000u);
  EXPECT_EQ(parse_rate("64K"), 65536u);
  EXPECT_EQ(parse_rate("50MB/h"), std::nullopt);
  EXPECT_EQ(parse_rate("/s"), std::nullopt);
}

TEST(units, durations) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("5"), 5s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("2min"), 2min);
  EXPECT_EQ(parse_duration("0"), 0s);
  for (const char* text : {"", "-1s", "5 s", "5x", "forever", "999999999999h"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(units, counts_are_whole) {
  EXPECT_EQ(parse_count("65536"), 65536u);
  for (const char* text : {"", "1K", "1.0", "-1", "1 "})
    EXPECT_EQ(parse_count(text), std::nullopt) << '"' << text << '"';
}

TEST(units, written_for_people) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(1024.0 * 1024 - 1), "1.00 MiB");  // never "1024 KiB"
  EXPECT_EQ(format_count(950), "950");
  EXPECT_EQ(format_count(1234567), "1.23 M");
  EXPECT_EQ(format_duration(0ns), "0 ns");
  EXPECT_EQ(format_duration(1230us), "1.23 ms");
  EXPECT_EQ(format_duration(100s), "100 s");
  EXPECT_EQ(format_clock(83), "1:23");
  EXPECT_EQ(format_clock(3723), "1:02:03");
  EXPECT_EQ(format_clock(1e30), "99:59:59");
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(1234567), "1,234,567");
}

}  // namespace
}  // namespace tidegate::pump
