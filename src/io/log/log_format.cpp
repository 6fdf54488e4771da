#include "io/log/log_format.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tidegate::detail {

namespace {

// Like PNG's: a byte that is not ASCII, and line ends that a transfer as text would change.
constexpr char magic[] = "\x89TGL\r\n\x1a\n";
constexpr std::size_t magic_bytes = sizeof magic - 1;
static_assert(magic_bytes == 8);

constexpr std::uint32_t flag_marks = 1;

constexpr unsigned kind_shift = 30;
constexpr std::uint32_t length_mask = (std::uint32_t{1} << kind_shift) - 1;

constexpr std::size_t number_digits = 10;
constexpr std::size_t seq_digits = 20;
constexpr std::string_view suffix = ".log";
constexpr std::size_t longest_log_name = 200;

/// Offsets of the header's fields.
enum header_field : std::size_t {
  at_version = 8,
  at_flags = 12,
  at_number = 16,
  at_first_seq = 24,
  at_salt = 32,
  at_created = 40,
  at_durable = 48,
  at_zero = 56,
  at_crc = 60,
};

std::uint32_t header_crc(std::span<const std::byte, log_header_bytes> bytes) noexcept {
  return crc_end(crc_bytes(crc_start, bytes.first(at_crc)));
}

/// All of `text` as a number in decimal digits.
std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept {
  if (!std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; })) return std::nullopt;
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Cuts "-<digits>" from the end of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::size_t digits) noexcept {
  if (text.size() <= digits || text[text.size() - digits - 1] != '-') return std::nullopt;
  const auto value = parse_digits(text.substr(text.size() - digits));
  text.remove_suffix(digits + 1);
  return value;
}

}  // namespace

void encode_header(const segment_header& header, std::span<std::byte, log_header_bytes> out) noexcept {
  std::memcpy(out.data(), magic, magic_bytes);
  store_little(out.data() + at_version, log_version);
  store_little(out.data() + at_flags, header.marks ? flag_marks : 0U);
  store_little(out.data() + at_number, header.number);
  store_little(out.data() + at_first_seq, header.first_seq);
  store_little(out.data() + at_salt, header.salt);
  store_little(out.data() + at_created, header.created_ns);
  store_little(out.data() + at_durable, header.durable_seq);
  store_little(out.data() + at_zero, std::uint32_t{0});
  store_little(out.data() + at_crc, header_crc(out));
}

std::optional<std::uint32_t> header_version(std::span<const std::byte, log_header_bytes> bytes) noexcept {
  if (std::memcmp(bytes.data(), magic, magic_bytes) != 0) return std::nullopt;
  if (load_little<std::uint32_t>(bytes.data() + at_crc) != header_crc(bytes)) return std::nullopt;
  return load_little<std::uint32_t>(bytes.data() + at_version);
}

std::optional<segment_header> decode_header(std::span<const std::byte, log_header_bytes> bytes) noexcept {
  if (header_version(bytes) != log_version) return std::nullopt;
  const auto flags = load_little<std::uint32_t>(bytes.data() + at_flags);
  if ((flags & ~flag_marks) != 0 || load_little<std::uint32_t>(bytes.data() + at_zero) != 0) return std::nullopt;
  segment_header header;
  header.marks = (flags & flag_marks) != 0;
  header.number = load_little<std::uint64_t>(bytes.data() + at_number);
  header.first_seq = load_little<std::uint64_t>(bytes.data() + at_first_seq);
  header.salt = load_little<std::uint64_t>(bytes.data() + at_salt);
  header.created_ns = load_little<std::uint64_t>(bytes.data() + at_created);
  header.durable_seq = load_little<std::uint64_t>(bytes.data() + at_durable);
  const bool possible = header.number <= log_last_number && header.first_seq > header.durable_seq;
  return possible ? std::optional(header) : std::nullopt;
}

std::uint32_t salt_crc(std::uint64_t salt) noexcept {
  return crc_word(crc_word(crc_start, static_cast<std::uint32_t>(salt)), static_cast<std::uint32_t>(salt >> 32));
}

std::uint32_t frame_crc_start(std::uint32_t salted, std::span<const std::byte, log_frame_bytes> bytes) noexcept {
  const auto word = load_little<std::uint32_t>(bytes.data());
  return crc_bytes(crc_word(salted, word), bytes.subspan<8>());
}

void seal_frame(std::byte* frame, std::uint32_t salted, frame_kind kind, std::uint32_t length,
                std::uint64_t seq) noexcept {
  const std::uint32_t word = frame_word(kind, length);
  store_little(frame, word);
  store_little(frame + 8, seq);
  // Seq and payload lie side by side: one call.
  const std::span covered(frame + 8, sizeof seq + length);
  store_little(frame + 4, crc_end(crc_bytes(crc_word(salted, word), covered)));
  std::memset(frame + log_frame_bytes + length, 0, frame_size(length) - log_frame_bytes - length);
}

void seal_pad(std::byte* frame, std::uint32_t salted, std::uint32_t size, std::uint64_t next_seq) noexcept {
  std::memset(frame + log_frame_bytes, 0, size - log_frame_bytes);
  seal_frame(frame, salted, frame_kind::pad, size - static_cast<std::uint32_t>(log_frame_bytes), next_seq);
}

void seal_mark(std::byte* frame, std::uint32_t salted, std::uint64_t next_seq, std::uint64_t durable_seq) noexcept {
  store_little(frame + log_frame_bytes, durable_seq);
  seal_frame(frame, salted, frame_kind::mark, sizeof durable_seq, next_seq);
}

std::optional<frame_header> decode_frame(std::span<const std::byte, log_frame_bytes> bytes) noexcept {
  const auto word = load_little<std::uint32_t>(bytes.data());
  const auto kind = static_cast<frame_kind>(word >> kind_shift);
  const frame_header header{kind, word & length_mask, load_little<std::uint32_t>(bytes.data() + 4),
                            load_little<std::uint64_t>(bytes.data() + 8)};
  if (header.length > log_largest_payload || header.seq == 0) return std::nullopt;
  if (kind == frame_kind::mark && header.length != sizeof(std::uint64_t)) return std::nullopt;
  return header;
}

bool is_log_name(std::string_view name) noexcept {
  const auto fits = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || letter == '-' || letter == '.';
  };
  return !name.empty() && name.size() <= longest_log_name && name.front() != '.' && std::ranges::all_of(name, fits);
}

std::string to_file_name(const segment_name& name) {
  char numbers[64];
  const int length =
      std::snprintf(numbers, sizeof numbers, "-%010llu-%020llu", static_cast<unsigned long long>(name.number),
                    static_cast<unsigned long long>(name.first_seq));
  return name.log + std::string(numbers, static_cast<std::size_t>(length)) + std::string(suffix);
}

std::optional<segment_name> parse_file_name(std::string_view file) {
  if (!file.ends_with(suffix)) return std::nullopt;
  file.remove_suffix(suffix.size());
  const auto first_seq = take_number(file, seq_digits);
  if (!first_seq) return std::nullopt;
  const auto number = take_number(file, number_digits);
  if (!number || !is_log_name(file)) return std::nullopt;
  return segment_name{std::string(file), *number, *first_seq};
}

}  // namespace tidegate::detail
