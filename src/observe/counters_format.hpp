// counters_format.hpp: the bytes of a counters file. Encoding and decoding only: no file, no clock.
//
// header | frame 0 | frame 1; a frame is its head and rows; every part is a multiple of 8 bytes. Byte order: the
// machine's, since the file does not leave it. Sample number n lies in frame n % 2, so that the one before stays whole
// while n is written. A head's checksum covers the head; a row's covers the row and starts from its sample's number and
// its place, so that neither a row of an older sample nor one of another place passes for it. No order of writing
// matters: what is not whole does not pass.
// docs/design/counters-file.md has the table of offsets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "tidegate/observe/counters_reader.hpp"
#include "tidegate/observe/pressure.hpp"

namespace tidegate::detail {

inline constexpr std::array<char, 8> counters_magic{'\x89', 'T', 'G', 'C', '\r', '\n', '\x1a', '\n'};
inline constexpr std::uint32_t counters_version = 1;
inline constexpr std::uint32_t counters_byte_order = 0x01020304;
inline constexpr std::uint64_t none_whole = ~std::uint64_t{0};  ///< of a whole field: there is no value
inline constexpr std::size_t most_counters_bytes = std::size_t{64} << 20;
inline constexpr std::size_t most_counters_rows = 4096;
inline constexpr std::size_t most_counters_fields = 1024;

/// At the beginning of the file, followed by the table of fields.
struct counters_header {
  std::array<char, 8> magic = counters_magic;
  std::uint32_t version = counters_version;
  std::uint32_t byte_order = counters_byte_order;
  std::uint64_t checksum = 0;      ///< of all header_bytes, with this word 0
  std::uint32_t fixed_bytes = 0;   ///< of this; more in a later version that only adds
  std::uint32_t field_bytes = 0;   ///< of one counters_field_entry; likewise
  std::uint32_t fields = 0;        ///< how many of them follow
  std::uint32_t header_bytes = 0;  ///< all of it: where frame 0 begins
  std::uint32_t head_bytes = 0;    ///< of a frame's head
  std::uint32_t row_bytes = 0;
  std::uint32_t most_rows = 0;
  std::uint32_t pid = 0;
  std::uint64_t pid_started_ticks = 0;  ///< tells a later process with the same pid apart; 0: not known
  std::uint64_t pid_namespace = 0;      ///< inode; the pid means something only to readers in the same one
  std::uint64_t created_ns = 0;         ///< since 1970
  std::uint64_t base_ns = 0;            ///< the same instant on the writer's monotonic clock
  std::uint64_t period_ns = 0;
  std::array<char, 32> process{};
};

/// One column.
struct counters_field_entry {
  std::array<char, 32> name{};  ///< ends with at least one 0
  std::array<char, 16> unit{};  ///< likewise
  std::uint32_t offset = 0;     ///< in a row, a multiple of 8, not 0: a row begins with its checksum
  std::uint32_t length = 0;     ///< 8, or of text any multiple of 8
  std::uint32_t kind = 0;       ///< counters_kind
  std::uint32_t type = 0;       ///< counters_type
};

/// One sample, followed by its rows.
struct counters_frame_head {
  std::uint64_t sequence = 0;    ///< of the sample; 0: never written
  std::uint64_t sampled_ns = 0;  ///< on the monotonic clock: the heartbeat
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;
  std::uint64_t checksum = 0;  ///< of all head_bytes, with this word 0
};

static_assert(sizeof(counters_header) == 128 && sizeof(counters_field_entry) == 64);
static_assert(sizeof(counters_frame_head) == 40);

/// Of whole words, 8 bytes each. FNV-1a (Fowler, Noll, Vo) taken by words, with a finisher so that every bit reaches
/// every other one. Finds accidents, not forgers.
[[nodiscard]] std::uint64_t counters_checksum(std::span<const std::byte> words, std::uint64_t start) noexcept;

/// What a row's checksum starts from.
[[nodiscard]] constexpr std::uint64_t row_salt(std::uint64_t sequence, std::size_t row) noexcept {
  return sequence * 0x9e3779b97f4a7c15u + row;
}

/// The header with its table of fields, without a checksum.
[[nodiscard]] std::vector<std::byte> encode_header(const counters_header& who, std::size_t most_rows);
void seal_header(std::span<std::byte> header) noexcept;

[[nodiscard]] std::size_t frame_bytes(std::size_t most_rows) noexcept;

/// Writes head and rows of one sample to the beginning of `frame`; returns how many bytes that is.
[[nodiscard]] std::size_t encode_frame(std::span<std::byte> frame, std::span<const pressure> sample,
                                       counters_frame_head head) noexcept;

/// What a whole file says. Everything but the writer's state and ages, for these need a clock.
struct decoded_counters {
  counters_header header;
  counters_frame_head head;
  bool whole = false;  ///< every row is readable; otherwise another look may help
};

/// Fills the snapshot and says what else there is. On error the snapshot holds `error` and a problem without a path.
[[nodiscard]] decoded_counters decode_counters(std::span<const std::byte> image, counters_snapshot& into);

}  // namespace tidegate::detail
