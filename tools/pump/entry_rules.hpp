// entry_rules.hpp: what all readers share of the rules by which records enter: the sampling, and who may wait.
//
// Threads: any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "pump/options.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"

namespace tidegate::pump {

/// Part of the queue, in records or in memory, from which --overflow sample:N samples.
inline constexpr double sampled_saturation = sampling{}.above;

struct entry_rules {
  using waiter_limit = detail::waiter_limit<true, native_sync>;

  explicit entry_rules(const options& wanted) noexcept
      : overflow(wanted.overflow), sampling(wanted.sample_every), waiters(wanted.max_waiters) {}

  const overflow_policy overflow;
  sampler<> sampling;    ///< of sample:N: one for all readers, as a queue has one for all producers
  waiter_limit waiters;  ///< readers that wait for room, in records or in memory
};

/// How many records a queue of `capacity` holds before it counts as nearly full.
[[nodiscard]] constexpr std::size_t sampled_depth(std::size_t capacity) noexcept {
  return std::max<std::size_t>(static_cast<std::size_t>(sampled_saturation * static_cast<double>(capacity)), 1);
}

}  // namespace tidegate::pump
