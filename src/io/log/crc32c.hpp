// crc32c.hpp: CRC-32C (Castagnoli) by ISA-L, as a running state: start with crc_start, end with crc_end().
//
// ISA-L picks the widest instructions at run time. A call into it costs some 20 ns however short the bytes are, so the
// four bytes that a record has before its checksum go through a table here (crc_word).
// Source: RFC 3720, appendix B.4; Intel ISA-L crc32_iscsi.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tidegate::detail {

inline constexpr std::uint32_t crc_start = ~std::uint32_t{0};

[[nodiscard]] constexpr std::uint32_t crc_end(std::uint32_t state) noexcept { return ~state; }

/// The state after `bytes`; at most 1 GiB in one call.
[[nodiscard]] std::uint32_t crc_bytes(std::uint32_t state, std::span<const std::byte> bytes) noexcept;

inline constexpr auto crc_table = [] {
  constexpr std::uint32_t reversed_polynomial = 0x82F63B78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t index = 0; index < table.size(); ++index) {
    std::uint32_t value = index;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? reversed_polynomial : 0);
    table[index] = value;
  }
  return table;
}();

/// The state after the four bytes of `word` in little endian.
[[nodiscard]] constexpr std::uint32_t crc_word(std::uint32_t state, std::uint32_t word) noexcept {
  state ^= word;
  for (int byte = 0; byte < 4; ++byte) state = (state >> 8) ^ crc_table[state & 0xFF];
  return state;
}

}  // namespace tidegate::detail
