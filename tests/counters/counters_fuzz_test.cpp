// The reader over thousands of images that no writer makes: bits turned, words replaced, ends cut off, parts swapped;
// half of them sealed anew, so that what lies behind the checksums is reached. It must neither crash nor believe.
#include <algorithm>
#include <cstring>
#include <map>
#include <random>

#include "observe/counters_format.hpp"
#include "support.hpp"
#include "tidegate/observe/counters_file.hpp"

namespace tidegate {
namespace {

using namespace test;
using image = std::vector<std::byte>;
using generator = std::mt19937_64;

constexpr std::size_t rows = 3;
constexpr std::size_t head_bytes = sizeof(detail::counters_frame_head);

image sound_image() {
  image bytes = detail::encode_header({}, rows);
  detail::seal_header(bytes);
  for (std::uint64_t sequence = 2; sequence < 4; ++sequence) {
    detail::counters_frame_head head;
    head.sequence = sequence;
    image frame(detail::frame_bytes(rows));
    const std::vector<pressure> sample(rows, numbered("records", sequence));
    (void)detail::encode_frame(frame, sample, head);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
  return bytes;
}

std::uint64_t interesting(generator& random) {
  constexpr std::uint64_t values[] = {0,        1,        7,           8,          9,          63,
                                      64,       0xff,     0xffff,      0x7fffffff, 0x80000000, 0xffffffff,
                                      1u << 20, 1u << 26, 0x100000001, ~0ull,      ~0ull >> 1, 4096};
  const std::uint64_t any = random();
  return any % 3 == 0 ? any : values[any % std::size(values)];
}

/// Most changes go where the lengths are.
std::size_t a_place(generator& random, const image& bytes) {
  const std::size_t most = random() % 2 == 0 ? std::min<std::size_t>(bytes.size(), 256) : bytes.size();
  return most == 0 ? 0 : random() % most;
}

void change(generator& random, image& bytes) {
  if (bytes.empty()) return;
  const std::size_t at = a_place(random, bytes);
  switch (random() % 6) {
    case 0: bytes[at] ^= static_cast<std::byte>(1u << (random() % 8)); break;
    case 1: bytes.resize(at); break;
    case 2: bytes.resize(bytes.size() + random() % 64); break;
    case 3: {
      const std::size_t from = a_place(random, bytes);
      const std::size_t length = std::min({std::size_t{random() % 600}, bytes.size() - at, bytes.size() - from});
      std::memmove(bytes.data() + at, bytes.data() + from, length);
      break;
    }
    default: {
      const std::uint64_t value = interesting(random);
      const std::size_t width = random() % 2 == 0 ? 4 : 8;
      const std::size_t aligned = at / width * width;
      if (aligned + width <= bytes.size()) std::memcpy(bytes.data() + aligned, &value, width);
    }
  }
}

/// Makes the header's checksum right again, over what the header itself calls its length.
void seal(image& bytes) {
  std::uint32_t length = 0;
  constexpr std::size_t at = offsetof(detail::counters_header, header_bytes);
  if (bytes.size() < sizeof(detail::counters_header)) return;
  std::memcpy(&length, bytes.data() + at, sizeof length);
  if (length >= sizeof(detail::counters_header) && length % 8 == 0 && length <= bytes.size()) {
    detail::seal_header(std::span(bytes).first(length));
  }
}

/// Looks at everything there is, with every accessor; a sum, so that nothing is left out.
std::size_t touch_all(const counters_snapshot& seen) {
  std::size_t sum = 0;
  for (std::size_t row = 0; row <= seen.rows; ++row) {
    for (std::size_t field = 0; field <= seen.fields.size(); ++field) {
      sum += seen.text(row, field).size() + seen.whole(row, field).value_or(1) + (seen.real(row, field) ? 1 : 0);
    }
  }
  return sum;
}

std::size_t images() {
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  return wish != nullptr && std::string(wish) == "long" ? 5'000'000 : 40'000;
}

TEST(counters_fuzz, no_image_is_believed_beyond_what_it_holds) {
  const image sound = sound_image();
  std::map<int, std::size_t> answers;
  std::size_t unreadable_rows = 0;
  for (std::size_t seed = 0; seed < images(); ++seed) {
    SCOPED_TRACE(seed);
    generator random(seed);
    image bytes = sound;
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) change(random, bytes);
    if (seed % 2 == 0) seal(bytes);
    const image exact(bytes.begin(), bytes.end());  // no room behind it that a sanitizer would not see
    counters_snapshot seen;
    const detail::decoded_counters found = detail::decode_counters(exact, seen);
    ++answers[seen.error.value()];
    if (seen.error) {
      ASSERT_FALSE(seen.problem.empty());
      ASSERT_EQ(seen.rows, 0u);
      continue;
    }
    ASSERT_EQ(seen.bytes.size(), seen.rows * seen.row_bytes);
    ASSERT_EQ(seen.whole_rows.size(), seen.rows);
    ASSERT_LE(seen.rows, found.header.most_rows);
    ASSERT_GT(touch_all(seen), 0u);
    if (!found.whole) ++unreadable_rows;
  }
  for (const counters_errc code : {counters_errc::not_counters, counters_errc::other_version, counters_errc::truncated,
                                   counters_errc::damaged, counters_errc::half_written}) {
    EXPECT_GT(answers[static_cast<int>(code)], 0u) << "never met: " << make_error_code(code).message();
  }
  EXPECT_GT(answers[0], images() / 50) << "hardly anything was accepted";
  EXPECT_GT(unreadable_rows, 0u) << "never were both samples hit";
}

TEST(counters_fuzz, one_changed_bit_in_a_row_is_noticed) {
  const image sound = sound_image();
  const std::size_t frame = detail::frame_bytes(rows);
  const std::size_t first = sound.size() - 2 * frame;
  counters_snapshot seen;
  (void)detail::decode_counters(sound, seen);
  ASSERT_FALSE(seen.error);
  ASSERT_EQ(seen.sequence, 3u);
  generator random(1);
  for (int turn = 0; turn < 2000; ++turn) {
    image bytes = sound;
    const std::size_t at = head_bytes + random() % (frame - head_bytes);
    bytes[first + frame + at] ^= static_cast<std::byte>(1u << (random() % 8));
    EXPECT_TRUE(detail::decode_counters(bytes, seen).whole);
    EXPECT_EQ(seen.sequence, 2u) << "the sample before it is shown instead";
    bytes[first + at] ^= std::byte{1};
    EXPECT_FALSE(detail::decode_counters(bytes, seen).whole);
    EXPECT_FALSE(seen.error) << "the other rows can be read";
    EXPECT_EQ(seen.sequence, 3u);
    EXPECT_EQ(std::count(seen.whole_rows.begin(), seen.whole_rows.end(), false), 1) << at;
    const auto bad = static_cast<std::size_t>(std::ranges::find(seen.whole_rows, false) - seen.whole_rows.begin());
    EXPECT_EQ(seen.whole(bad, seen.field("depth")), std::nullopt);
    EXPECT_EQ(whole(seen, (bad + 1) % rows, "depth"), 3u);
  }
}

TEST(counters_fuzz, one_changed_bit_in_the_header_is_noticed) {
  const image sound = sound_image();
  const std::size_t header = sound.size() - 2 * detail::frame_bytes(rows);
  for (std::size_t at = 0; at < header; ++at) {
    image bytes = sound;
    bytes[at] ^= static_cast<std::byte>(1u << (at % 8));
    counters_snapshot seen;
    (void)detail::decode_counters(bytes, seen);
    EXPECT_TRUE(seen.error) << at;
  }
}

TEST(counters_fuzz, a_row_of_an_older_sample_or_another_place_does_not_pass) {
  image bytes = sound_image();
  const std::size_t frame = detail::frame_bytes(rows);
  const std::size_t row = (frame - head_bytes) / rows;
  std::byte* const older = bytes.data() + bytes.size() - 2 * frame;
  std::byte* const newer = bytes.data() + bytes.size() - frame;
  std::memcpy(older, newer, head_bytes);                           // a head of 3 over rows of 2
  std::memcpy(newer + head_bytes, newer + head_bytes + row, row);  // row 1 also in place 0
  counters_snapshot seen;
  EXPECT_FALSE(detail::decode_counters(bytes, seen).whole);
  EXPECT_LE(std::count(seen.whole_rows.begin(), seen.whole_rows.end(), true), 2);
}

}  // namespace
}  // namespace tidegate
