// stretch.hpp: what travels through the queues of several threads: neighbouring records of one reader.
//
// Their lengths lie in a ring of that reader, in which every record that has a credit has a place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tidegate::pump {

/// How many records a stretch has at most.
inline constexpr std::size_t most_in_stretch = 256;

struct stretch {
  std::uint32_t block;
  std::uint32_t offset;
  std::uint32_t bytes;
  std::uint32_t count;
  std::uint32_t reader;                        ///< who read it; order is kept for each
  std::uint64_t sequence;                      ///< among the stretches of that reader, from 0; see shared_passage
  std::uint64_t first;                         ///< number of its first record among that reader's, from 0
  std::chrono::steady_clock::time_point when;  ///< it went into the queue
  std::chrono::steady_clock::time_point read;  ///< it was cut out of its source; only with --deadline-per-record
};

}  // namespace tidegate::pump
