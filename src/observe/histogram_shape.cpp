#include "tidegate/observe/histogram_shape.hpp"

#include "tidegate/flow/detail/require.hpp"

namespace tidegate {
namespace {

/// Twice as many steps as `digits` digits have: so that a cell is never wider than one step of them.
std::uint64_t steps_of(unsigned digits) noexcept {
  std::uint64_t steps = 2;
  for (unsigned i = 0; i < digits; ++i) steps *= 10;
  return steps;
}

}  // namespace

histogram_shape::histogram_shape(histogram_config config) : config_(config) {
  detail::require(config.digits >= 1 && config.digits <= 5, "histogram_config: digits (accepted: 1 to 5)");
  detail::require(config.highest.count() >= 2, "histogram_config: highest (accepted: 2 ns and more)");
  half_bits_ = static_cast<unsigned>(std::bit_width(steps_of(config.digits) - 1)) - 1;
  buckets_ = shift_of(limit()) + 1;
}

}  // namespace tidegate
