// record.hpp: what travels through the queue: where a record lies. The bytes stay in their block.
#pragma once

#include <cstdint>

namespace tidegate::pump {

struct record {
  std::uint32_t block;
  std::uint32_t offset;
  std::uint32_t length;
};

}  // namespace tidegate::pump
