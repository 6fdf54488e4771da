// deal.hpp: which reader reads which sources.
//
// One thread each, as far as threads and blocks reach: block_pool needs a credit for every reader. What is left over is
// dealt out in turn. A rate limit is for all sources together, and one reader keeps it without asking others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pump/options.hpp"
#include "pump/source.hpp"

namespace tidegate::pump {

/// With --lane: a source, whose reader has the same number.
struct lane {
  const endpoint* source;
  std::uint32_t weight;
};

/// In the order in which deal() deals the sources out; none without --lane.
[[nodiscard]] std::vector<lane> lanes_of(const options& wanted);

/// How many readers there may be; one for each source, if that is less.
[[nodiscard]] std::size_t reader_count(const options& wanted, const sizing& sizes) noexcept;

/// Deals the sources out to at most `readers` hands, none of which is empty.
[[nodiscard]] std::vector<inputs> deal(inputs&& from, std::size_t readers);

}  // namespace tidegate::pump
