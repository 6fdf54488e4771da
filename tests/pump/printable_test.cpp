#include "pump/printable.hpp"

#include <gtest/gtest.h>

namespace tidegate::pump {
namespace {

TEST(printable, ordinary_text_stays) {
  for (const char* text : {"", "a", "source file:/tmp/a b: No such file", "\xc3\xa4\xe2\x82\xac", "\xff\xfe"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(printable, control_characters_are_escaped) {
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(printable("\x1b[2J\x7f\x01"), "\\x1b[2J\\x7f\\x01");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
}

TEST(printable, control_characters_of_utf_8_are_escaped_byte_by_byte) {
  EXPECT_EQ(printable("\xc2\x80\xc2\x9f"), "\\xc2\\x80\\xc2\\x9f");
  EXPECT_EQ(printable("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

TEST(printable, can_be_read_back) { EXPECT_EQ(printable("a\\nb\n"), "a\\\\nb\\n"); }

}  // namespace
}  // namespace tidegate::pump
