// What a log's bytes mean: format, order of segments, where reading ends, what is refused.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "io/log/crc32c.hpp"
#include "io/log/log_format.hpp"
#include "tests/io/log_image.hpp"
#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::test {
namespace {

using detail::log_frame_bytes;
using detail::log_header_bytes;

// --- format

std::uint32_t crc_of(std::string_view text) {
  return detail::crc_end(detail::crc_bytes(detail::crc_start, std::as_bytes(std::span(text))));
}

TEST(log_format, checksum_is_crc32c) {
  EXPECT_EQ(crc_of("123456789"), 0xE3069283U);
  EXPECT_EQ(crc_of(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(crc_of(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(detail::crc_end(detail::crc_word(detail::crc_start, 0x34333231)), crc_of("1234"));
  const std::string text(100'000, 'x');
  const auto whole = std::as_bytes(std::span(text));
  const auto pieces = detail::crc_bytes(detail::crc_bytes(detail::crc_start, whole.first(777)), whole.subspan(777));
  EXPECT_EQ(detail::crc_end(pieces), crc_of(text));
}

TEST(log_format, header_comes_back_and_no_flipped_bit_passes) {
  const detail::segment_header header{.marks = true,
                                      .number = 9'999'999'999,
                                      .first_seq = ~std::uint64_t{0},
                                      .salt = 0x0123456789ABCDEF,
                                      .created_ns = 77,
                                      .durable_seq = 12};
  std::array<std::byte, log_header_bytes> image{};
  detail::encode_header(header, image);
  EXPECT_EQ(detail::decode_header(image), header);
  for (std::size_t bit = 0; bit < image.size() * 8; ++bit) {
    image[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_EQ(detail::decode_header(image), std::nullopt) << bit;
    image[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
}

TEST(log_format, header_that_contradicts_itself_is_none) {
  std::array<std::byte, log_header_bytes> image{};
  detail::encode_header({.number = 1, .first_seq = 5, .durable_seq = 5}, image);
  EXPECT_EQ(detail::decode_header(image), std::nullopt);  // durable before it was written
  detail::encode_header({.number = 10'000'000'000, .first_seq = 5}, image);
  EXPECT_EQ(detail::decode_header(image), std::nullopt);  // eleven digits
  detail::encode_header({.number = 1, .first_seq = 0}, image);
  EXPECT_EQ(detail::decode_header(image), std::nullopt);  // seqs count from 1
}

TEST(log_format, frames_are_little_endian_and_aligned) {
  std::array<std::byte, 32> frame;
  frame.fill(std::byte{0xEE});
  std::memcpy(frame.data() + log_frame_bytes, "tide!", 5);
  const std::uint32_t salted = detail::salt_crc(0x1122334455667788);
  detail::seal_frame(frame.data(), salted, detail::frame_kind::pad, 5, 0x0102030405060708);
  EXPECT_EQ(detail::frame_size(5), 24U);
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned>(frame[at]); };
  EXPECT_EQ((std::vector{byte_at(0), byte_at(3), byte_at(8), byte_at(15)}), (std::vector{5U, 0x40U, 8U, 1U}));
  EXPECT_EQ((std::vector{byte_at(20), byte_at(21), byte_at(23), byte_at(24)}), (std::vector{0x21U, 0U, 0U, 0xEEU}));
  // salt | length and kind | seq | payload
  const std::string covered("\x88\x77\x66\x55\x44\x33\x22\x11\x05\0\0\x40\x08\x07\x06\x05\x04\x03\x02\x01tide!", 25);
  EXPECT_EQ(detail::load_little<std::uint32_t>(frame.data() + 4), crc_of(covered));
}

TEST(log_format, file_names) {
  const detail::segment_name name{"a-b.c", 12, 345};
  EXPECT_EQ(to_file_name(name), "a-b.c-0000000012-00000000000000000345.log");
  EXPECT_EQ(detail::parse_file_name(to_file_name(name)), name);
  for (const char* other : {"", ".log", "a.log", "a-1-2.log", "-0000000012-00000000000000000345.log",
                            "a-0000000012-00000000000000000345.log.damaged", "a-000000001x-00000000000000000345.log",
                            "a-+000000012-00000000000000000345.log", "a-0000000012-99999999999999999999.log",
                            "a 0000000012-00000000000000000345.log", ".a-0000000012-00000000000000000345.log",
                            "a/b-0000000012-00000000000000000345.log"}) {
    EXPECT_EQ(detail::parse_file_name(other), std::nullopt) << other;
  }
  EXPECT_FALSE(detail::is_log_name(std::string(201, 'a')));
}

// --- reading

TEST(log_read, segments_of_two_directories_in_the_order_of_their_numbers) {
  const folder first, second;
  first.put(segment_image(1, 1).fill(10).zeros(4096));
  second.put(segment_image(2, 11).fill(30));
  first.put(segment_image(3, 31).fill(40).pad(16).pad(128).mark(35).fill(41).zeros(64));
  const read_back found = read_log(first.log(second.path()));
  expect_records(found, 1, 41);
  EXPECT_FALSE(found.error);
  const log_recovery report = examine_log(first.log(second.path()));
  EXPECT_FALSE(report.error) << report.problem;
  EXPECT_EQ((std::vector{report.first_seq, report.next_seq, report.records, report.last_number, report.cut_bytes()}),
            (std::vector<std::uint64_t>{1, 42, 41, 3, 0}));
  ASSERT_EQ(report.segments.size(), 3U);
  EXPECT_EQ(report.segments[1].path, second.at(segment_image(2, 11).file()));
  EXPECT_EQ(report.segments[1].records, 20U);
  EXPECT_EQ(report.segments[2].state, segment_state::whole);
}

TEST(log_read, other_files_are_passed_over) {
  const folder place;
  place.put(segment_image(1, 1).fill(3));
  place.put("a.lock", {});
  place.put("a-0000000002-00000000000000000004.log.damaged", bytes(99));
  place.put("a-b-0000000001-00000000000000000001.log", bytes(99));
  place.put("notes.log", bytes(99));
  expect_records(read_log(place.log()), 1, 3);
  std::error_code error;
  EXPECT_EQ(log_names(place.path(), error), (std::vector<std::string>{"a", "a-b"}));
  EXPECT_FALSE(error);
}

TEST(log_read, records_of_every_length_around_the_window) {
  const folder place;
  segment_image segment(1, 1);
  std::vector<std::size_t> lengths{0, 1, 7, 8, 9};
  for (const std::size_t near : {std::size_t{4096}, std::size_t{256} << 10, std::size_t{512} << 10}) {
    for (const std::size_t below : std::initializer_list<std::size_t>{24, 17, 16, 15, 8, 1, 0}) {
      lengths.insert(lengths.end(), {near - below, near + below});
    }
  }
  for (const std::size_t length : lengths) segment.add(bytes(length, static_cast<std::byte>(length * 31)));
  place.put(segment);
  const read_back found = read_log(place.log());
  EXPECT_FALSE(found.error) << found.problem;
  ASSERT_EQ(found.records.size(), lengths.size());
  for (std::size_t index = 0; index < lengths.size(); ++index) {
    EXPECT_EQ(found.records[index].second, bytes(lengths[index], static_cast<std::byte>(lengths[index] * 31)));
  }
}

TEST(log_read, from_a_seq_reads_no_segment_before_it) {
  const folder place;
  place.put(segment_image(1, 1).fill(10).flip(70));  // would be refused
  place.put(segment_image(2, 11).fill(20));
  place.put(segment_image(3, 21).fill(25));
  for (const std::uint64_t from : {11U, 12U, 20U, 21U, 25U}) {
    const read_back found = read_log(place.log(), {.from_seq = from});
    expect_records(found, from, 26 - from);
    EXPECT_FALSE(found.error) << found.problem;
  }
  for (const std::uint64_t beyond : {std::uint64_t{26}, ~std::uint64_t{0}}) {
    expect_records(read_log(place.log(), {.from_seq = beyond}), 0, 0);
  }
  EXPECT_EQ(read_log(place.log(), {.from_seq = 10}).error, log_errc::corrupt);
}

TEST(log_read, a_record_that_is_too_large_is_refused_before_it_takes_memory) {
  const folder place;
  place.put(segment_image(1, 1).add(bytes(1000)).add(bytes(1001)));
  const read_back found = read_log(place.log(), {.largest_record = 1000});
  EXPECT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.error, log_errc::record_too_large);
  EXPECT_NE(found.problem.find("offset 1080"), std::string::npos) << found.problem;
}

TEST(log_read, a_file_that_shrinks_meanwhile_is_no_signal) {
  const folder place;
  segment_image segment(1, 1);
  for (int i = 0; i < 6; ++i) segment.add(bytes(std::size_t{200} << 10, std::byte{1}));
  place.put(segment);
  log_reader reader(place.log());
  ASSERT_EQ(reader.next(), read_status::ok);
  ASSERT_EQ(::truncate(place.at(segment.file()).c_str(), 100), 0);
  read_status last = read_status::ok;
  for (int i = 0; i < 6 && last == read_status::ok; ++i) last = reader.next();
  EXPECT_EQ(last, read_status::end);  // torn, as far as a reader can tell
}

TEST(log_read, a_log_that_is_not_there) {
  const folder place;
  EXPECT_EQ(read_log(place.log()).error, log_errc::no_log);
  EXPECT_EQ(read_log({place.path(), "../a", {}}).error, log_errc::bad_name);
  EXPECT_EQ(read_log({place.path(), "", {}}).error, log_errc::bad_name);
  EXPECT_EQ(read_log({place.at("nowhere"), "a", {}}).error, std::errc::no_such_file_or_directory);
  EXPECT_THROW(log_reader(place.log()), std::system_error);
}

// --- tails

constexpr std::uint64_t small = 8;

TEST(log_read, cut_at_every_byte) {
  const segment_image whole = segment_image(1, 1).fill(small).mark(3).fill(small + 2);
  const folder place;
  for (std::size_t cut = 0; cut <= whole.image.size(); ++cut) {
    place.put(whole.file(), bytes(whole.image.begin(), whole.image.begin() + static_cast<std::ptrdiff_t>(cut)));
    const read_back found = read_log(place.log());
    EXPECT_FALSE(found.error) << cut << ": " << found.problem;
    const auto complete = std::ranges::count_if(whole.ends, [&](std::size_t end) { return end <= cut; });
    expect_records(found, 1, static_cast<std::uint64_t>(complete));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(log_read, cut_at_every_byte_of_a_preallocated_file) {
  const segment_image whole = segment_image(1, 1).fill(small);
  const folder place;
  for (std::size_t cut = 0; cut <= whole.image.size(); ++cut) {
    bytes image(whole.image.begin(), whole.image.begin() + static_cast<std::ptrdiff_t>(cut));
    image.resize(whole.image.size() + 512);
    place.put(whole.file(), image);
    const read_back found = read_log(place.log());
    EXPECT_FALSE(found.error) << cut << ": " << found.problem;
    const auto complete = std::ranges::count_if(whole.ends, [&](std::size_t end) { return end <= cut; });
    // A record whose last bytes are zeros is whole a little earlier.
    ASSERT_GE(found.records.size(), static_cast<std::size_t>(complete));
    expect_prefix(found, static_cast<std::uint64_t>(complete) + 1);
    if (testing::Test::HasFatalFailure()) return;
  }
}

/// Whatever happened to the bytes: a prefix, as it was written, and if a later record is whole, then an error.
void expect_prefix_or_refusal(const folder& place, const segment_image& whole, std::size_t damaged_from,
                              std::size_t damaged_to, const std::string& what) {
  SCOPED_TRACE(what);
  const read_back found = read_log(place.log());
  expect_prefix(found, whole.ends.size());
  if (testing::Test::HasFatalFailure()) return;
  const auto untouched = std::ranges::count_if(whole.ends, [&](std::size_t end) { return end <= damaged_from; });
  EXPECT_GE(found.records.size(), static_cast<std::size_t>(untouched));
  if (found.records.size() == whole.ends.size()) return;  // only what carries nothing was hit
  const std::size_t last_begin = whole.ends[whole.ends.size() - 2];
  if (damaged_to <= last_begin) {
    EXPECT_EQ(found.error, log_errc::corrupt) << "the last record is whole";
    EXPECT_NE(found.problem.find(whole.file() + ": offset "), std::string::npos) << found.problem;
  } else if (found.error) {
    EXPECT_EQ(found.error, log_errc::corrupt);
  }
}

TEST(log_read, every_single_bit_flip) {
  segment_image whole = segment_image(1, 1).fill(small).pad(24).fill(small + 2);
  const folder place;
  for (std::size_t bit = 0; bit < whole.image.size() * 8; ++bit) {
    whole.flip(bit / 8, static_cast<int>(bit % 8));
    place.put(whole);
    expect_prefix_or_refusal(place, whole, bit / 8, bit / 8 + 1, "bit " + std::to_string(bit));
    whole.flip(bit / 8, static_cast<int>(bit % 8));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(log_read, every_sector_zeroed_or_inverted) {
  constexpr std::size_t sector = 512;
  segment_image whole = segment_image(1, 1).fill(150);
  const folder place;
  for (std::size_t at = 0; at < whole.image.size(); at += sector) {
    const std::size_t end = std::min(at + sector, whole.image.size());
    for (const bool zero : {true, false}) {
      segment_image damaged = whole;
      for (std::size_t i = at; i < end; ++i) {
        damaged.image[i] = zero ? std::byte{0} : ~damaged.image[i];
      }
      place.put(damaged);
      expect_prefix_or_refusal(place, whole, at, end, "sector at " + std::to_string(at));
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(log_read, every_two_sectors_swapped) {
  constexpr std::size_t sector = 512;
  segment_image whole = segment_image(1, 1);
  for (int i = 0; i < 40; ++i) whole.add(record_of(static_cast<std::uint64_t>(i + 1)));
  whole.image.resize((whole.image.size() / sector + 1) * sector);
  const folder place;
  for (std::size_t one = 0; one < whole.image.size(); one += sector) {
    for (std::size_t other = one + sector; other < whole.image.size(); other += sector) {
      segment_image damaged = whole;
      std::swap_ranges(damaged.image.begin() + static_cast<std::ptrdiff_t>(one),
                       damaged.image.begin() + static_cast<std::ptrdiff_t>(one + sector),
                       damaged.image.begin() + static_cast<std::ptrdiff_t>(other));
      place.put(damaged);
      expect_prefix_or_refusal(place, whole, one, other + sector, std::to_string(one) + "," + std::to_string(other));
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(log_read, two_records_of_one_length_swapped) {
  const folder place;
  segment_image segment = segment_image(1, 1);
  for (int i = 0; i < 4; ++i) segment.add(bytes(24, static_cast<std::byte>(i)));
  const auto begin = segment.image.begin() + log_header_bytes;
  std::swap_ranges(begin + 40, begin + 80, begin + 80);
  place.put(segment);
  const read_back found = read_log(place.log());
  EXPECT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.error, log_errc::corrupt);
}

TEST(log_read, what_a_recycled_file_held_before_is_nothing) {
  const folder place;
  segment_image stale(1, 1, {.salt = 99});
  stale.fill(60);
  for (std::uint64_t kept = 0; kept < 20; ++kept) {
    segment_image fresh = segment_image(1, 1, {.salt = 100}).fill(kept);
    std::copy(stale.image.begin() + static_cast<std::ptrdiff_t>(fresh.image.size()), stale.image.end(),
              std::back_inserter(fresh.image));
    place.put(fresh);
    const read_back found = read_log(place.log());
    expect_records(found, 1, kept);
    EXPECT_FALSE(found.error) << found.problem;
  }
}

// --- headers and files

TEST(log_read, half_written_header_of_the_last_segment) {
  const folder place;
  place.put(segment_image(1, 1).fill(5).zeros(100));
  const segment_image next(2, 6);
  for (std::size_t cut = 0; cut < log_header_bytes; ++cut) {
    for (const std::size_t size : {cut, std::size_t{4096}}) {
      bytes image(next.image.begin(), next.image.begin() + static_cast<std::ptrdiff_t>(cut));
      image.resize(size);
      for (const std::string& name : {next.file(), detail::to_file_name({"a", 2, 0})}) {
        place.put(name, image);
        const log_recovery report = examine_log(place.log());
        EXPECT_FALSE(report.error) << report.problem;
        EXPECT_EQ(report.next_seq, 6U);
        EXPECT_EQ(report.segments.back().state, segment_state::not_begun);
        std::filesystem::remove(place.at(name));
      }
    }
  }
}

TEST(log_read, damaged_header_with_something_behind_it_is_corruption) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  place.put(segment_image(2, 6).fill(9).flip(20));
  const read_back found = read_log(place.log());
  expect_records(found, 1, 5);
  EXPECT_EQ(found.error, log_errc::corrupt);
  EXPECT_NE(found.problem.find(segment_image(2, 6).file() + ": offset 0"), std::string::npos) << found.problem;
  const read_back salvaged = read_log(place.log(), {.damage = recovery_policy::salvage});
  expect_records(salvaged, 1, 5);
  EXPECT_EQ(salvaged.gaps, (std::vector{std::pair<std::uint64_t, std::uint64_t>{6, 0}}));
}

TEST(log_read, a_segment_under_another_segments_name_is_corruption) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  place.put(segment_image(3, 6).file(), segment_image(2, 6).fill(9).image);
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
  std::filesystem::remove(place.at(segment_image(3, 6).file()));
  place.put(segment_image(2, 6).file(), segment_image(2, 5).fill(9).image);  // the right number, another first seq
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
}

TEST(log_read, a_file_that_waits_may_hold_anything) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  place.put(detail::to_file_name({"a", 2, 0}), segment_image(1, 1, {.salt = 3}).fill(50).image);
  const log_recovery report = examine_log(place.log());
  EXPECT_FALSE(report.error) << report.problem;
  EXPECT_EQ(report.next_seq, 6U);
}

TEST(log_read, begun_under_the_name_of_a_file_that_waits) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  place.put(detail::to_file_name({"a", 2, 0}), segment_image(2, 6).fill(9).image);
  expect_records(read_log(place.log()), 1, 9);
}

TEST(log_read, newer_version_is_named) {
  const folder place;
  segment_image segment(1, 1);
  detail::store_little(segment.image.data() + 8, std::uint32_t{2});
  const auto covered = std::span<const std::byte>(segment.image).first(60);
  detail::store_little(segment.image.data() + 60, detail::crc_end(detail::crc_bytes(detail::crc_start, covered)));
  place.put(segment);
  EXPECT_EQ(read_log(place.log()).error, log_errc::newer_version);
}

TEST(log_read, missing_double_and_disordered_segments) {
  const folder missing;
  missing.put(segment_image(1, 1).fill(5));
  missing.put(segment_image(3, 11).fill(15));
  const read_back found = read_log(missing.log());
  expect_records(found, 1, 5);
  EXPECT_EQ(found.error, log_errc::corrupt);
  EXPECT_NE(found.problem.find("later segments hold records"), std::string::npos) << found.problem;
  const read_back salvaged = read_log(missing.log(), {.damage = recovery_policy::salvage});
  EXPECT_EQ(salvaged.records.size(), 10U);
  EXPECT_EQ(salvaged.gaps, (std::vector{std::pair<std::uint64_t, std::uint64_t>{6, 10}}));

  const folder twice, other;
  twice.put(segment_image(1, 1).fill(5));
  other.put(segment_image(1, 6).fill(9));
  EXPECT_EQ(read_log(twice.log(other.path())).error, log_errc::double_segment);

  const folder disorder;
  disorder.put(segment_image(1, 8).fill(9));
  disorder.put(segment_image(2, 3).fill(12));
  EXPECT_EQ(read_log(disorder.log()).error, log_errc::order_of_numbers);
}

TEST(log_read, the_oldest_segments_may_be_gone_and_numbers_may_be_left_out) {
  const folder place;
  place.put(segment_image(7, 100).fill(110));
  place.put(segment_image(9, 111).fill(115));
  const read_back found = read_log(place.log());
  expect_records(found, 100, 16);
  EXPECT_FALSE(found.error) << found.problem;
}

TEST(log_read, only_regular_files_are_segments) {
  const folder place, elsewhere;
  elsewhere.put(segment_image(1, 1).fill(5));
  const std::string name = segment_image(1, 1).file();
  std::filesystem::create_symlink(elsewhere.at(name), place.at(name));
  EXPECT_EQ(read_log(place.log()).error, log_errc::not_a_file);
  std::filesystem::remove(place.at(name));
  std::filesystem::create_directory(place.at(name));
  EXPECT_EQ(read_log(place.log()).error, log_errc::not_a_file);
  std::filesystem::remove(place.at(name));
  ASSERT_EQ(::mkfifo(place.at(name).c_str(), 0600), 0);
  EXPECT_EQ(read_log(place.log()).error, log_errc::not_a_file);  // and does not wait for a writer
  // The folder itself may be a link.
  std::filesystem::create_directory_symlink(elsewhere.path(), place.at("link"));
  expect_records(read_log({place.at("link"), "a", {}}), 1, 5);
}

// --- handover and power cuts

TEST(log_read, what_a_poisoned_segment_holds_behind_the_handover_does_not_count) {
  const folder place;
  segment_image poisoned = segment_image(1, 1).fill(9);
  const std::size_t handover = poisoned.ends[4];
  segment_image next(2, 6, {.salt = 8});
  next.fill(12);
  place.put(next);
  for (std::size_t at = handover; at < poisoned.image.size(); ++at) {
    poisoned.flip(at);
    place.put(poisoned);
    const read_back found = read_log(place.log());
    expect_records(found, 1, 12);
    EXPECT_FALSE(found.error) << found.problem;
    poisoned.flip(at);
  }
  place.put(poisoned.flip(handover - 1));
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
}

TEST(log_read, a_segment_that_was_poisoned_before_anything_was_durable) {
  const folder place;
  place.put(segment_image(1, 1).fill(4));
  place.put(segment_image(2, 5).fill(9).flip(70));
  place.put(segment_image(3, 5).fill(7));
  expect_records(read_log(place.log()), 1, 7);
  EXPECT_EQ(examine_log(place.log()).segments[1].state, segment_state::superseded);
}

TEST(log_read, a_hole_that_no_mark_promises_is_what_a_power_cut_leaves) {
  const folder place;
  const detail::segment_header marks{.marks = true};
  segment_image segment = segment_image(1, 1, marks).fill(4).mark(4).fill(6);
  const std::size_t hole = segment.ends[4];
  segment.fill(7).mark(4).fill(9);
  const segment_image unharmed = segment;
  std::fill(segment.image.begin() + static_cast<std::ptrdiff_t>(hole),
            segment.image.begin() + static_cast<std::ptrdiff_t>(segment.ends[5]), std::byte{0});
  place.put(segment);
  const read_back found = read_log(place.log());
  EXPECT_FALSE(found.error) << found.problem;
  expect_records(found, 1, 5);
  const log_recovery report = examine_log(place.log());
  EXPECT_EQ(report.segments[0].state, segment_state::torn);
  EXPECT_EQ(report.segments[0].cut_records, 3U);
  // The same hole, but a later mark says that seq 6 was durable.
  place.put(segment.mark(6));
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
  // The same hole without marks.
  segment_image plain = segment_image(1, 1).fill(4);
  const std::size_t from = plain.image.size();
  plain.fill(9);
  std::fill_n(plain.image.begin() + static_cast<std::ptrdiff_t>(from), 16, std::byte{0});
  place.put(plain);
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
}

TEST(log_read, a_fresh_segment_behind_a_torn_one_counts_only_if_it_promises) {
  const folder place;
  place.put(segment_image(1, 1).fill(5));
  segment_image torn = segment_image(1, 1).fill(9);
  torn.image.resize(torn.ends[6] + 5);
  place.put(torn);
  place.put(segment_image(2, 10).zeros(300));
  const read_back found = read_log(place.log());
  expect_records(found, 1, 7);
  EXPECT_FALSE(found.error) << found.problem;
  place.put(segment_image(2, 10, {.durable_seq = 9}).zeros(300));
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
  place.put(segment_image(2, 10).fill(10));
  EXPECT_EQ(read_log(place.log()).error, log_errc::corrupt);
}

// --- hostile bytes

TEST(log_read, a_search_that_would_take_minutes_is_given_up_and_refused) {
  const folder place;
  segment_image segment = segment_image(1, 1).fill(3);
  const std::size_t begin = segment.image.size();
  segment.zeros(std::size_t{4} << 20);
  for (std::size_t at = begin; at + 16 <= segment.image.size(); at += 16) {
    detail::store_little(segment.image.data() + at, std::uint32_t{1} << 20);
    detail::store_little(segment.image.data() + at + 8, std::uint64_t{4});
  }
  place.put(segment);
  const read_back found = read_log(place.log());
  expect_records(found, 1, 3);
  EXPECT_EQ(found.error, log_errc::corrupt);
  EXPECT_NE(found.problem.find("cannot be told"), std::string::npos) << found.problem;
}

/// Random bytes behind a right header, among them many that look like frames with lengths around every bound.
TEST(log_read, random_bytes_never_come_back_as_records) {
  const folder place;
  std::mt19937_64 random(20'251'126);
  for (int run = 0; run < repetitions(2000); ++run) {
    segment_image segment = segment_image(1, 1).fill(random() % 4);
    const std::uint64_t kept = segment.ends.size();
    const std::size_t begin = segment.image.size();
    segment.zeros(random() % 600);
    for (std::size_t at = begin; at < segment.image.size(); ++at) segment.image[at] = static_cast<std::byte>(random());
    for (std::size_t at = begin; at + 16 <= segment.image.size() && random() % 4 != 0; at += 8 * (1 + random() % 8)) {
      const std::uint64_t left = segment.image.size() - at;
      const std::uint64_t lengths[] = {0, left - 16, left - 8, left, left + 1, (1U << 28) - 1, 1U << 28, 0xFFFFFFFF};
      detail::store_little(segment.image.data() + at, static_cast<std::uint32_t>(lengths[random() % 8]));
      detail::store_little(segment.image.data() + at + 8, std::uint64_t{1} + random() % 8);
    }
    place.put(segment);
    const read_back found = read_log(place.log());
    expect_records(found, 1, kept);
    ASSERT_FALSE(found.error) << "run " << run << ": " << found.problem;
  }
}

/// Two segments, damaged at random places in random ways. Strict: a prefix. Salvage: what comes back is as it was.
TEST(log_read, random_damage) {
  const folder place;
  std::mt19937_64 random(7);
  for (int run = 0; run < repetitions(2000); ++run) {
    std::vector<segment_image> segments{segment_image(1, 1).fill(12), segment_image(2, 13).fill(25)};
    for (std::uint64_t hits = random() % 4; hits > 0; --hits) {
      bytes& image = segments[random() % 2].image;
      const std::size_t at = random() % image.size();
      const std::size_t count = std::min<std::size_t>(image.size() - at, 1 + random() % 80);
      const auto way = random() % 3;
      for (std::size_t i = at; i < at + count; ++i)
        image[i] = way == 0 ? std::byte{0} : static_cast<std::byte>(random());
      if (way == 2) image.resize(at + count / 2);
    }
    for (const segment_image& segment : segments) place.put(segment);
    const read_back strict = read_log(place.log());
    expect_prefix(strict, 25);
    const read_back salvaged = read_log(place.log(), {.damage = recovery_policy::salvage});
    ASSERT_FALSE(salvaged.error) << run << ": " << salvaged.problem;
    std::uint64_t before = 0;
    for (const auto& [seq, payload] : salvaged.records) {
      ASSERT_GT(seq, before) << run;
      ASSERT_EQ(payload, record_of(seq)) << run;
      before = seq;
    }
    ASSERT_GE(salvaged.records.size(), strict.records.size());
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tidegate::test
