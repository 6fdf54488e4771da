#include "pump/transform.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string content(std::string_view whole, framing_kind kind) {
  const auto part = content_of(bytes_of(whole), kind);
  return {reinterpret_cast<const char*>(part.data()), part.size()};
}

bool matches(const std::string& pattern, std::string_view text) {
  const matcher::answer answer = matcher(pattern).look(bytes_of(text));
  EXPECT_NE(answer, matcher::answer::failed);
  return answer == matcher::answer::yes;
}

std::string hashed(std::string_view whole, framing_kind kind) {
  std::vector<std::byte> to(whole.size() + hash_text_bytes);
  const auto record = bytes_of(whole);
  EXPECT_EQ(write_hashed(record, fnv1a_64(content_of(record, kind)), kind, to.data()), to.size());
  return {reinterpret_cast<const char*>(to.data()), to.size()};
}

/// From the test suite that the authors of FNV publish (isthe.com/chongo/tech/comp/fnv).
TEST(hash, known_vectors) {
  EXPECT_EQ(fnv1a_64(bytes_of("")), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a_64(bytes_of("a")), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a_64(bytes_of("b")), 0xaf63df4c8601f1a5u);
  EXPECT_EQ(fnv1a_64(bytes_of("fo")), 0x08985907b541d342u);
  EXPECT_EQ(fnv1a_64(bytes_of("foobar")), 0x85944171f73967e8u);
  EXPECT_EQ(fnv1a_64(bytes_of(std::string_view("\0", 1))), 0xaf63bd4c8601b7dfu);
}

TEST(hash, comes_before_the_content) {
  EXPECT_EQ(hashed("foobar\n", framing_kind::lines), "85944171f73967e8 foobar\n");
  EXPECT_EQ(hashed("\n", framing_kind::lines), "cbf29ce484222325 \n");
  EXPECT_EQ(hashed("a", framing_kind::lines), "af63dc4c8601ec8c a");
  EXPECT_EQ(hashed("a\n", framing_kind::fixed).substr(16), " a\n");
  EXPECT_NE(hashed("a\n", framing_kind::fixed).substr(0, 16), "af63dc4c8601ec8c");
}

TEST(hash, of_a_prefixed_record_lengthens_it) {
  using namespace std::string_literals;
  EXPECT_EQ(hashed("\1\0\0\0a"s, framing_kind::prefixed), "\x12\0\0\0"s + "af63dc4c8601ec8c a");
  EXPECT_EQ(hashed("\0\0\0\0"s, framing_kind::prefixed), "\x11\0\0\0"s + "cbf29ce484222325 ");
}

TEST(content, is_without_newline_and_length) {
  EXPECT_EQ(content("ab\n", framing_kind::lines), "ab");
  EXPECT_EQ(content("ab", framing_kind::lines), "ab");
  EXPECT_EQ(content("\n", framing_kind::lines), "");
  EXPECT_EQ(content("a\n\n", framing_kind::lines), "a\n");
  EXPECT_EQ(content("ab\n", framing_kind::fixed), "ab\n");
  EXPECT_EQ(content(std::string_view("\2\0\0\0ab", 6), framing_kind::prefixed), "ab");
}

TEST(matcher, without_special_characters_searches_the_text) {
  EXPECT_TRUE(matcher("foo bar-7").plain());
  EXPECT_TRUE(matches("foo", "a foo"));
  EXPECT_TRUE(matches("foo", "foo"));
  EXPECT_FALSE(matches("foo", "fo o"));
  EXPECT_FALSE(matches("foo", "fo"));
  EXPECT_FALSE(matches("foo", ""));
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("", "a"));
  EXPECT_TRUE(matches("foo", std::string_view("\0foo", 4)));
}

TEST(matcher, extended_regular_expressions) {
  for (const char* special : {"a.c", "^a", "a$", "a|b", "a?", "a*", "a+", "(a)", "[a]", "a{2}", "\\."}) {
    EXPECT_FALSE(matcher(special).plain()) << special;
  }
  EXPECT_TRUE(matches("^ab+c$", "abbbc"));
  EXPECT_FALSE(matches("^ab+c$", "xabbbc"));
  EXPECT_FALSE(matches("^ab+c$", "abbbcx"));
  EXPECT_TRUE(matches("x|^$", ""));
  EXPECT_TRUE(matches("a{2}[0-9]", "baa7"));
  EXPECT_TRUE(matches("7$", std::string_view("a\0b7", 4)));  // the record's end, not the first zero byte
  EXPECT_FALSE(matches("b$", std::string_view("ab7", 3)));
  EXPECT_FALSE(matches("bc", std::string_view("abcd").substr(0, 2)));  // nothing behind the record is looked at
  EXPECT_FALSE(matches("b.$", std::string_view("abcd").substr(0, 2)));
}

TEST(matcher, refuses_what_is_no_expression) {
  for (const char* broken : {"(", "[a", "a{2,1}", "*a\\"}) {
    try {
      matcher m(broken);
      ADD_FAILURE() << broken;
    } catch (const failure& refused) {
      EXPECT_EQ(refused.code(), exit_code::unusable);
      EXPECT_NE(std::string(refused.what()).find(broken), std::string::npos) << refused.what();
      EXPECT_NE(std::string(refused.what()).find("accepted: "), std::string::npos) << refused.what();
    }
  }
}

TEST(transform, keeps_or_filters_and_hashes_what_it_keeps) {
  std::uint64_t hash = 1;
  const transform keep({.pattern = "foo", .hash = true}, framing_kind::lines);
  EXPECT_EQ(keep.apply(bytes_of("bar\n"), hash), transform::verdict::filter);
  EXPECT_EQ(hash, 1u);
  EXPECT_EQ(keep.apply(bytes_of("foobar\n"), hash), transform::verdict::keep);
  EXPECT_EQ(hash, 0x85944171f73967e8u);
  const transform inverted({.pattern = "foo", .inverted = true}, framing_kind::lines);
  EXPECT_EQ(inverted.apply(bytes_of("foobar\n"), hash), transform::verdict::filter);
  EXPECT_EQ(inverted.apply(bytes_of("bar\n"), hash), transform::verdict::keep);
  const transform nothing({}, framing_kind::lines);
  EXPECT_EQ(nothing.apply(bytes_of("bar\n"), hash), transform::verdict::keep);
}

}  // namespace
}  // namespace tidegate::pump
