// log_format.hpp: the bytes of a log on disk. Encoding and decoding only: no file, no memory of its own.
//
// A log is a row of segment files, NAME-<number, 10 digits>-<first seq, 20 digits>.log, in one or two directories.
// Everything is little endian.
//   segment header, 64 bytes: magic 8 | version u32 | flags u32 | number u64 | first seq u64 | salt u64 |
//                             created u64, ns since 1970 | durable seq u64 | zero u32 | crc u32 of the 60 bytes before
//   frame, at a multiple of 8: length and kind u32 | crc u32 | seq u64 | payload | zeros to a multiple of 8
// crc: CRC-32C of salt, length and kind, seq, payload. The salt is random for each segment, so that neither zeros nor
// what a file held before it was ours ever passes for a frame. Sixteen zero bytes where a frame would begin are the
// end of what was written. Four kinds: data (one record); the others take no seq and carry that of the next data frame.
// A pad fills a block, a mark's payload says how far the log was durable when the mark was written, and a gap stands
// where salvage found damage: the seqs before its own are lost, and its payload is what was found there.
//
// Rules for whoever writes, which recovery relies on (docs/design/logs.md):
//   - the header is complete in the file (and synced, unless the log never syncs) before a frame of it is written;
//   - a file that waits for its turn is named with first seq 0, and renamed when its header is written;
//   - first seqs never decrease from one number to the next; a segment's frames count up to the next one's first seq;
//   - with flag `marks`: a mark follows every sync that moved `durable`, and a segment is synced up to the next one's
//     first seq before that one's header is written, whose `durable seq` says so.
// Source: salted records after RocksDB's recyclable log; strict tails after etcd's write-ahead log.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/log/crc32c.hpp"

namespace tidegate::detail {

inline constexpr std::size_t log_header_bytes = 64;
inline constexpr std::size_t log_frame_bytes = 16;  ///< what stands before a payload
inline constexpr std::size_t log_alignment = 8;
inline constexpr std::uint32_t log_largest_payload = (std::uint32_t{256} << 20) - 1;
inline constexpr std::uint64_t log_last_number = 9'999'999'999;  ///< ten digits
inline constexpr std::uint32_t log_version = 1;

template <class Word>
[[nodiscard]] Word load_little(const std::byte* from) noexcept {
  Word value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, sizeof value);
  } else {
    for (std::size_t byte = 0; byte < sizeof value; ++byte) value |= static_cast<Word>(from[byte]) << (8 * byte);
  }
  return value;
}

template <class Word>
void store_little(std::byte* to, Word value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(to, &value, sizeof value);
  } else {
    for (std::size_t byte = 0; byte < sizeof value; ++byte) to[byte] = static_cast<std::byte>(value >> (8 * byte));
  }
}

// --- segment header

struct segment_header {
  bool marks = false;  ///< every sync is followed by a mark, see above
  std::uint64_t number = 0;
  std::uint64_t first_seq = 1;  ///< seq of the first data frame; from here on older segments do not count
  std::uint64_t salt = 0;
  std::uint64_t created_ns = 0;   ///< since 1970, for people only
  std::uint64_t durable_seq = 0;  ///< everything up to here was synced when this header was written

  bool operator==(const segment_header&) const = default;
};

void encode_header(const segment_header& header, std::span<std::byte, log_header_bytes> out) noexcept;

/// Nothing when the bytes are not a whole header of this version.
[[nodiscard]] std::optional<segment_header> decode_header(std::span<const std::byte, log_header_bytes> bytes) noexcept;

/// The version that a header names, if the magic and the checksum are right: to say that a newer tool is needed.
[[nodiscard]] std::optional<std::uint32_t> header_version(std::span<const std::byte, log_header_bytes> bytes) noexcept;

// --- frames

enum class frame_kind : std::uint8_t { data, pad, mark, gap };

struct frame_header {
  frame_kind kind = frame_kind::data;
  std::uint32_t length = 0;  ///< of the payload
  std::uint32_t crc = 0;
  std::uint64_t seq = 0;
};

/// What a payload of this length takes in the file.
[[nodiscard]] constexpr std::uint64_t frame_size(std::uint32_t length) noexcept {
  return log_frame_bytes + ((std::uint64_t{length} + log_alignment - 1) & ~std::uint64_t{log_alignment - 1});
}

/// A mark in the file.
inline constexpr std::uint64_t mark_size = frame_size(sizeof(std::uint64_t));

/// The first four bytes of a frame.
[[nodiscard]] constexpr std::uint32_t frame_word(frame_kind kind, std::uint32_t length) noexcept {
  constexpr unsigned kind_shift = 30;
  return length | (static_cast<std::uint32_t>(kind) << kind_shift);
}

/// The running checksum after the salt: where every frame's checksum of one segment begins.
[[nodiscard]] std::uint32_t salt_crc(std::uint64_t salt) noexcept;

/// Completes the frame at `frame`: its header, its checksum, the zeros behind it. The payload, `length` bytes, lies at
/// frame + log_frame_bytes; frame_size(length) bytes are ours.
void seal_frame(std::byte* frame, std::uint32_t salted, frame_kind kind, std::uint32_t length,
                std::uint64_t seq) noexcept;

/// Writes a pad of `size` bytes in all: a multiple of 8, at least log_frame_bytes.
void seal_pad(std::byte* frame, std::uint32_t salted, std::uint32_t size, std::uint64_t next_seq) noexcept;

/// Writes a mark, mark_size bytes.
void seal_mark(std::byte* frame, std::uint32_t salted, std::uint64_t next_seq, std::uint64_t durable_seq) noexcept;

/// Nothing when no frame can begin like this: a length above the largest, or another than a mark has, or seq 0.
[[nodiscard]] std::optional<frame_header> decode_frame(std::span<const std::byte, log_frame_bytes> bytes) noexcept;

/// The checksum that a frame should have. Running form, so that a long payload may come in pieces: begin with
/// frame_crc_start(), go through the payload with crc_bytes(), end with crc_end().
[[nodiscard]] std::uint32_t frame_crc_start(std::uint32_t salted,
                                            std::span<const std::byte, log_frame_bytes> bytes) noexcept;

// --- file names

struct segment_name {
  std::string log;
  std::uint64_t number = 0;
  std::uint64_t first_seq = 0;  ///< 0: has not begun

  bool operator==(const segment_name&) const = default;
};

/// Letters, digits, '_', '-' and '.', at most 200 and no '.' first.
[[nodiscard]] bool is_log_name(std::string_view name) noexcept;

[[nodiscard]] std::string to_file_name(const segment_name& name);

/// Nothing when it is no segment's name.
[[nodiscard]] std::optional<segment_name> parse_file_name(std::string_view file);

}  // namespace tidegate::detail
