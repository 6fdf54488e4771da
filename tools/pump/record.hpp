// record.hpp: what travels through the queue: where a record lies. The bytes stay in their block.
#pragma once

#include <cstdint>

#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::pump {

struct record {
  std::uint32_t block;
  std::uint32_t offset;
  std::uint32_t length;
};

using record_queue = spsc_queue<record>;

}  // namespace tidegate::pump
