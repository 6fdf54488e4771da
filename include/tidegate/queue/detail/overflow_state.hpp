// overflow_state: what a queue keeps for its overflow policy; nothing for the plain ones.
#pragma once

#include <cstddef>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"
#include "tidegate/queue/queue_options.hpp"

namespace tidegate::detail {

/// Of a queue that does not sample: nothing.
template <overflow_kind Policy, class Sync>
struct sampling_state {
  explicit sampling_state(const queue_config&) noexcept {}
};
template <class Sync>
struct sampling_state<overflow_kind::sample, Sync> {
  sampler<Sync> sampling;
  std::size_t sampled_depth;  // from which it samples

  explicit sampling_state(const queue_config& config) noexcept
      : sampling(config.sample.every),
        sampled_depth(static_cast<std::size_t>(config.sample.above * static_cast<double>(config.capacity))) {}
};

template <queue_options Options, class Sync>
struct overflow_state : sampling_state<Options.overflow, Sync> {
  [[no_unique_address]] waiter_limit<Options.limits_waiters, Sync> waiters;

  explicit overflow_state(const queue_config& config) noexcept
      : sampling_state<Options.overflow, Sync>(config), waiters(config.max_waiters) {}

  /// A number that the type would ignore is refused.
  [[nodiscard]] static bool accepts(const queue_config& config) noexcept {
    return (Options.limits_waiters || config.max_waiters == queue_config::any_number) && config.sample.above >= 0 &&
           config.sample.above <= 1;
  }
  [[nodiscard]] static queue_config&& checked(queue_config&& config) {
    if (!accepts(config)) {
      fail_construction(std::make_error_code(std::errc::invalid_argument),
                        "queue_config: max_waiters needs queue_options{.limits_waiters = true}, and sample.above lies "
                        "between 0 and 1");
    }
    return std::move(config);
  }
  [[nodiscard]] static bool accepts(const queue_config& config, std::error_code& error) noexcept {
    error = accepts(config) ? std::error_code() : std::make_error_code(std::errc::invalid_argument);
    return !error;
  }
};

}  // namespace tidegate::detail
