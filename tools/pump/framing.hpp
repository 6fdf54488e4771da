// framing.hpp: cuts a stream of bytes into records. Pure: no input, no output, no allocation.
//
// The bytes stay where they are; a framer only measures. It is called with everything of the stream that has not been
// cut yet, and may be called again with the same front and more bytes behind it: it remembers how far it has looked,
// so that a long line arriving in small pieces is scanned once. However the stream is cut into calls, the records are
// the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tidegate::pump {

enum class framing_kind : std::uint8_t {
  lines,     ///< up to and including a newline; the last line may lack it; zero bytes are bytes like any other
  fixed,     ///< every record has the same length
  prefixed,  ///< a 32-bit little-endian length, then that many bytes; delivered with the prefix
  raw,       ///< whatever one read returned; no boundaries
};

struct framing {
  framing_kind kind = framing_kind::lines;
  std::uint32_t max_content_bytes = 1u << 20;  ///< longest record, without its newline or prefix
  std::uint32_t fixed_bytes = 0;               ///< fixed only
  bool split = false;                          ///< lines only: cut a longer line instead of refusing it

  /// Longest record as delivered.
  [[nodiscard]] std::uint32_t max_record_bytes() const noexcept;
};

/// Length of the prefix of `prefixed` records.
inline constexpr std::uint32_t prefix_bytes = 4;

class framer {
 public:
  explicit framer(const framing& how) noexcept : how_(how) {}

  struct cut {
    std::size_t count = 0;             ///< lengths written
    std::size_t bytes = 0;             ///< their sum: how much of the front was cut off
    std::uint64_t too_long_bytes = 0;  ///< not 0: what follows is longer than allowed; this is the least it can be
  };

  /// Cuts whole records off the front of `bytes` and writes their lengths, at most as many as fit.
  [[nodiscard]] cut next(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) noexcept;

  /// True when the `left` bytes that remain at the end of the stream are a record: a last line without its newline.
  [[nodiscard]] bool is_record(std::size_t left) const noexcept { return how_.kind == framing_kind::lines && left > 0; }

 private:
  cut next_lines(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) noexcept;
  cut next_fixed(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) const noexcept;
  cut next_prefixed(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) const noexcept;
  cut next_raw(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) const noexcept;

  framing how_;
  std::size_t looked_at_ = 0;  // lines: bytes at the front that hold no newline
};

}  // namespace tidegate::pump
