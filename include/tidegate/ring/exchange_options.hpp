// exchange_options.hpp: what changes the code or the layout of mpmc_ring, mpsc_ring and spmc_ring.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/base/config.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/ring/ring_options.hpp"

namespace tidegate {

/// How many threads a ring has on each side.
enum class side_count : std::uint8_t { many_to_many, many_to_one, one_to_many };

/// What a call promises while others run at full speed against it.
enum class progress_kind : std::uint8_t {
  wait_free,  ///< every call ends within a bounded number of its own steps: whoever loses too often is helped
  lock_free,  ///< somebody always gets on; one call may be overtaken without bound
};

/// How the entries of a ring lie in memory, and its slots with them.
enum class entry_layout : std::uint8_t {
  line,    ///< one to a cache line: neighbours do not disturb each other
  packed,  ///< close together: an eighth of the memory
};

/// Where elements are.
enum class element_place : std::uint8_t {
  automatic,  ///< in the entry where they fit beside what it must say, else in slots
  slot,       ///< in slots: any element
  entry,      ///< in the entry itself: plain elements of up to 4 bytes, with helping up to 2
};

/// Options of an exchange ring, a template argument: `mpmc_ring<tick, exchange_options{.entries =
/// entry_layout::packed}>`.
struct exchange_options {
  progress_kind progress = progress_kind::wait_free;
  entry_layout entries = entry_layout::line;
  element_place elements = element_place::automatic;
  failure_order failures = failure_order::independent;  ///< of a side with one thread; sides with many are always joint
  bool evicts = false;                ///< mpsc_ring: offers push_evict(), and pops by a locked operation
  unsigned attempts = 64;             ///< before a call asks for help
  bool check_roles = checks_enabled;  ///< abort when a second thread plays a single role

  bool operator==(const exchange_options&) const = default;
};

/// How many threads or handles may use a ring at the same time: each takes a row of its side and keeps it, a thread for
/// its calls without a handle until it ends. A row costs a cache line and a slot.
/// A thread that is killed keeps its rows, and so does one that uses a ring from destructors that run after its end was
/// told (of thread_local objects made before its first call); in the child of a fork(), the parent's other threads.
struct ring_rows {
  std::size_t producers = 64;
  std::size_t consumers = 64;
};

/// The largest plain elements that travel inside an entry.
[[nodiscard]] constexpr std::size_t entry_element_bytes(progress_kind progress) noexcept {
  return progress == progress_kind::wait_free ? 2 : 4;
}

/// True when elements of type T are in the entries.
template <queue_element T>
[[nodiscard]] constexpr bool in_entry(exchange_options options) noexcept {
  if (options.elements != element_place::automatic) return options.elements == element_place::entry;
  return plain_element<T> && sizeof(T) <= entry_element_bytes(options.progress);
}

}  // namespace tidegate
