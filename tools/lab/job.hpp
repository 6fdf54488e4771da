// job.hpp: what travels through the lab's policies: a request, with the permit that it may hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "lab/clock.hpp"
#include "tidegate/flow/capacity_limiter.hpp"

namespace tidegate::lab {

using limiter = basic_capacity_limiter<credit_options{}, lab_sync>;

struct job {
  static constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();

  limiter::permit_type room{};         ///< destroyed last
  time_point intended{};               ///< when it was to come: latencies count from here
  time_point since{};                  ///< when it was offered
  time_point taken{};                  ///< when a worker took it
  deadline until = deadline::never();  ///< when its client gives up
  nanoseconds service{0};
  std::uint64_t attempt = nobody;  ///< of clients that ask again
  std::uint32_t flow = 0;
  std::unique_ptr<std::byte[]> payload;
};

}  // namespace tidegate::lab
