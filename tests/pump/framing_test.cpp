#include "pump/framing.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::pump {
namespace {

/// What a stream was cut into.
struct outcome {
  std::vector<std::string> records;
  std::string left;  ///< not cut at the end
  std::uint64_t too_long_bytes = 0;
  bool operator==(const outcome&) const = default;
};

/// Feeds `stream` in pieces that end at `ends`, `at_once` lengths at a time, as the reader does.
outcome cut(const framing& how, std::string_view stream, const std::vector<std::size_t>& ends, std::size_t at_once) {
  framer cutter(how);
  std::vector<std::uint32_t> lengths(at_once);
  outcome found;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    for (;;) {
      const auto bytes = std::as_bytes(std::span(stream.substr(begin, end - begin)));
      const framer::cut done = cutter.next(bytes, lengths);
      for (std::size_t i = 0; i < done.count; ++i) {
        found.records.emplace_back(stream.substr(begin, lengths[i]));
        begin += lengths[i];
      }
      found.too_long_bytes = done.too_long_bytes;
      if (done.count == 0 || done.too_long_bytes != 0) break;
    }
    if (found.too_long_bytes != 0) break;
  }
  found.left = stream.substr(begin);
  if (found.too_long_bytes == 0 && cutter.is_record(found.left.size())) {
    found.records.push_back(std::exchange(found.left, {}));
  }
  return found;
}

outcome cut_whole(const framing& how, std::string_view stream) { return cut(how, stream, {stream.size()}, 1000); }

std::vector<std::size_t> byte_by_byte(std::size_t size) {
  std::vector<std::size_t> ends;
  for (std::size_t end = 1; end <= size; ++end) ends.push_back(end);
  return ends;
}

std::string prefixed(std::string_view content) {
  const auto size = static_cast<std::uint32_t>(content.size());
  std::string record;
  for (int shift = 0; shift < 32; shift += 8) record += static_cast<char>(size >> shift & 0xff);
  return record.append(content);
}

/// The records do not depend on how the stream arrives: any single cut, every byte on its own, any number at once.
void expect_same_however_cut(const framing& how, std::string_view stream, const std::vector<std::string>& records) {
  const outcome whole = cut_whole(how, stream);
  EXPECT_EQ(whole.records, records);
  for (const std::size_t at_once : {1u, 2u, 1000u}) {
    for (std::size_t end = 0; end <= stream.size(); ++end) {
      ASSERT_EQ(cut(how, stream, {end, stream.size()}, at_once), whole)
          << "cut at " << end << ", " << at_once << " at once";
    }
    ASSERT_EQ(cut(how, stream, byte_by_byte(stream.size()), at_once), whole)
        << "byte by byte, " << at_once << " at once";
  }
}

TEST(framing, lines_keep_their_newline_however_cut) {
  expect_same_however_cut({}, "one\n\ntwo and more\n\n", {"one\n", "\n", "two and more\n", "\n"});
}

TEST(framing, last_line_without_newline_is_a_record) { expect_same_however_cut({}, "a\nb", {"a\n", "b"}); }

TEST(framing, nothing_is_no_record) { expect_same_however_cut({}, "", {}); }

TEST(framing, zero_and_high_bytes_are_bytes_like_any_other) {
  const std::string stream("a\0b\n\0\n\xff\r\n\0", 10);
  expect_same_however_cut({}, stream,
                          {std::string("a\0b\n", 4), std::string("\0\n", 2), "\xff\r\n", std::string("\0", 1)});
}

TEST(framing, the_longest_line_is_accepted_with_and_without_newline) {
  expect_same_however_cut({.max_content_bytes = 4}, "abcd\nabcd", {"abcd\n", "abcd"});
}

TEST(framing, a_longer_line_is_refused_and_what_came_before_is_cut) {
  const framing how{.max_content_bytes = 4};
  for (const std::string_view stream : {"ok\nabcde\nok\n", "ok\nabcde"}) {
    for (std::size_t end = 0; end <= stream.size(); ++end) {
      const outcome found = cut(how, stream, {end, stream.size()}, 1000);
      EXPECT_EQ(found.records, std::vector<std::string>{"ok\n"});
      EXPECT_GT(found.too_long_bytes, 4u);
    }
  }
}

TEST(framing, split_cuts_longer_lines_in_the_same_places_however_they_arrive) {
  const framing how{.max_content_bytes = 4, .split = true};
  expect_same_however_cut(how, "abcdefghij\nxy\n", {"abcd", "efgh", "ij\n", "xy\n"});
  expect_same_however_cut(how, "abcdefgh\n", {"abcd", "efgh\n"});
  expect_same_however_cut(how, "abcdefgh", {"abcd", "efgh"});
  expect_same_however_cut(how, "abcde", {"abcd", "e"});
}

TEST(framing, fixed_records_however_cut) {
  const framing how{.kind = framing_kind::fixed, .fixed_bytes = 3};
  expect_same_however_cut(how, std::string("a\n\0def", 6), {std::string("a\n\0", 3), "def"});
  expect_same_however_cut(how, "abcde\nfgh", {"abc", "de\n", "fgh"});
}

TEST(framing, fixed_leaves_a_truncated_record) {
  const outcome found = cut_whole({.kind = framing_kind::fixed, .fixed_bytes = 3}, "abcde");
  EXPECT_EQ(found.records, std::vector<std::string>{"abc"});
  EXPECT_EQ(found.left, "de");
}

TEST(framing, prefixed_records_are_delivered_with_their_prefix_however_cut) {
  const framing how{.kind = framing_kind::prefixed};
  const std::vector<std::string> records{prefixed("abc"), prefixed(""), prefixed("x\ny"),
                                         prefixed(std::string(300, 'z'))};
  std::string stream;
  for (const auto& each : records) stream += each;
  expect_same_however_cut(how, stream, records);
}

TEST(framing, prefixed_leaves_a_truncated_record_or_prefix) {
  const framing how{.kind = framing_kind::prefixed};
  EXPECT_EQ(cut_whole(how, prefixed("abc").substr(0, 6)).left.size(), 6u);
  EXPECT_EQ(cut_whole(how, prefixed("abc") + "\1\0").left, "\1");
}

TEST(framing, prefixed_limit_is_on_the_content) {
  const framing how{.kind = framing_kind::prefixed, .max_content_bytes = 4};
  EXPECT_EQ(cut_whole(how, prefixed("abcd")).records.size(), 1u);
  EXPECT_EQ(cut_whole(how, prefixed("abcde")).too_long_bytes, 5u);
  EXPECT_EQ(cut_whole(how, "\xff\xff\xff\xff").too_long_bytes, 0xffffffffu);
}

TEST(framing, raw_takes_what_is_there_and_loses_nothing) {
  const framing how{.kind = framing_kind::raw, .max_content_bytes = 5};
  EXPECT_EQ(cut(how, "abcdefgh", {3, 8}, 1).records, (std::vector<std::string>{"abc", "defgh"}));
  EXPECT_EQ(cut_whole(how, "abcdefgh").records, (std::vector<std::string>{"abcde", "fgh"}));
}

TEST(framing, longest_record_as_delivered) {
  EXPECT_EQ((framing{.max_content_bytes = 10}.max_record_bytes()), 11u);
  EXPECT_EQ((framing{.kind = framing_kind::prefixed, .max_content_bytes = 10}.max_record_bytes()), 14u);
  EXPECT_EQ((framing{.kind = framing_kind::fixed, .max_content_bytes = 10, .fixed_bytes = 7}.max_record_bytes()), 7u);
}

/// A slow splitter that shares nothing with the real one.
std::vector<std::string> split_by_hand(const std::string& stream) {
  std::vector<std::string> records(1);
  for (const char byte : stream) {
    records.back() += byte;
    if (byte == '\n') records.emplace_back();
  }
  if (records.back().empty()) records.pop_back();
  return records;
}

TEST(framing, random_lines_in_random_pieces) {
  std::mt19937 random(20240607);
  for (int round = 0; round < 200; ++round) {
    std::string stream;
    for (auto left = random() % 400; left > 0; --left) stream += random() % 9 == 0 ? '\n' : static_cast<char>(random());
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < stream.size(); at += 1 + random() % 60) ends.push_back(at);
    ends.push_back(stream.size());
    ASSERT_EQ(cut({}, stream, ends, 1 + random() % 5).records, split_by_hand(stream)) << "round " << round;
  }
}

}  // namespace
}  // namespace tidegate::pump
