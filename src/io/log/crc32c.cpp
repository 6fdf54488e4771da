#include "io/log/crc32c.hpp"

#include <isa-l/crc.h>

namespace tidegate::detail {

std::uint32_t crc_bytes(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  // ISA-L only reads, but its parameter is not const.
  auto* const data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return crc32_iscsi(data, static_cast<int>(bytes.size()), state);
}

}  // namespace tidegate::detail
