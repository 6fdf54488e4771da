// support.hpp: what the clients of the exchange rings share: the kinds of ring.
#pragma once

#include <cstddef>

#include "tests/model/clients/elements.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace tidegate::model {

/// Sides and options of an exchange ring. Roles are not checked: it would only add schedules.
template <side_count Sides, exchange_options Options>
struct exchange_kind {
  static constexpr side_count sides = Sides;
  static constexpr exchange_options options = Options;
  template <class Engine>
  using ring = exchange_ring<counted, Sides, Options, typename Engine::sync>;
};

constexpr exchange_options helped(unsigned attempts) noexcept {
  return {.entries = entry_layout::packed, .attempts = attempts, .check_roles = false};
}
constexpr exchange_options unhelped() noexcept {
  return {.progress = progress_kind::lock_free, .entries = entry_layout::packed, .check_roles = false};
}

}  // namespace tidegate::model
