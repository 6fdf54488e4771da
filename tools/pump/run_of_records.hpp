// run_of_records.hpp: records that lie one behind the other, as the sinks take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tidegate::pump {

struct run_of_records {
  std::span<const std::byte> bytes;
  std::span<const std::uint32_t> lengths;
};

}  // namespace tidegate::pump
