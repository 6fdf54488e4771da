// ring_options.hpp: what changes the code or the layout of a ring. Part of its type; numbers are constructor arguments.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/base/config.hpp"
#include "tidegate/base/element.hpp"

namespace tidegate {

/// How slots lie in memory.
enum class ring_layout : std::uint8_t {
  automatic,  ///< packed where it wins (small plain elements), indexed otherwise
  indexed,    ///< an array of elements and two shared positions: any element, long contiguous spans
  packed,     ///< elements beside a position inside each cache line: one line moves per hand-off; plain elements only
};

/// What two failures seen by two threads say together.
enum class failure_order : std::uint8_t {
  independent,  ///< each `full` and `empty` is true on its own; no fence (store buffering may reorder two of them)
  joint,        ///< all answers have one common order; costs a locked instruction per operation on x86
};

/// Options of a ring, a template argument: `spsc_ring<tick, ring_options{.layout = ring_layout::indexed}>`.
struct ring_options {
  ring_layout layout = ring_layout::automatic;
  failure_order failures = failure_order::independent;
  bool check_roles = checks_enabled;  ///< abort when a second thread plays a single role

  bool operator==(const ring_options&) const = default;
};

/// Largest element that is packed by default; measured in docs/results.
inline constexpr std::size_t packed_element_bytes = 8;

/// The layout that `options` means for elements of type T.
template <queue_element T>
[[nodiscard]] constexpr ring_layout layout_for(ring_options options) noexcept {
  if (options.layout != ring_layout::automatic) return options.layout;
  return plain_element<T> && sizeof(T) <= packed_element_bytes ? ring_layout::packed : ring_layout::indexed;
}

}  // namespace tidegate
