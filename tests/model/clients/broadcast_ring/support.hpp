// support.hpp: what the clients of broadcast_ring share: the rings, and a reader that accounts for every element.
//
// Elements carry the values 1, 2, 3, ... in the order of their pushes. A client tries a fixed number of times and never
// waits.
#pragma once

#include <concepts>
#include <cstdint>

#include "tests/model/clients/elements.hpp"
#include "tidegate/ring/broadcast_ring.hpp"

namespace tidegate::model {

/// Two words that belong together: a torn copy shows.
struct paired {
  std::uint64_t first;
  std::uint64_t second;

  template <std::integral Number>
  explicit paired(Number value) noexcept : first(static_cast<std::uint64_t>(value)), second(~first) {}
  [[nodiscard]] bool is_whole() const noexcept { return second == ~first; }
};
[[nodiscard]] inline unsigned number_in(const paired& element) noexcept { return static_cast<unsigned>(element.first); }
[[nodiscard]] inline bool is_whole(const paired& element) noexcept { return element.is_whole(); }
[[nodiscard]] inline bool is_whole(const counted& element) noexcept { return element.value != counted::moved_out; }

struct lapping {
  using element = paired;
  template <class Engine>
  using ring = broadcast_ring<paired, broadcast_options{.mode = broadcast_mode::lap, .check_roles = false},
                              typename Engine::sync>;
};

struct gated {
  using element = counted;
  template <class Engine>
  using ring = broadcast_ring<counted, broadcast_options{.check_roles = false}, typename Engine::sync>;
};

/// What no reader can have seen more of.
template <class Atomic>
[[nodiscard]] unsigned newest(Atomic& number) noexcept {
  return number.fetch_add(0, order::relaxed);
}

/// A reader that holds every answer against its own account: what it has read and what it has lost are all that was
/// published from its beginning on, without a gap.
template <class Engine, class Kind>
struct accounting {
  using ring_type = typename Kind::template ring<Engine>;
  typename ring_type::reader reader;
  unsigned place = 0;  // elements before the next one: read, lost, or from before its beginning

  /// `start`: how many elements came before its beginning.
  void begin(ring_type& ring, unsigned start, const reader_options& asked = {}) noexcept {
    reader = ring.make_reader(asked);
    place = start;
  }

  pop_status pop() noexcept {
    const std::uint64_t lost_before = reader.lost();
    const pop_status status = reader.try_consume([this](const typename Kind::element& element) noexcept {
      Engine::check(is_whole(element), "no element is torn");
      Engine::check(number_in(element) == place + 1, "an element comes in its turn, and every lost one is counted");
      ++place;
    });
    const std::uint64_t lost = reader.lost() - lost_before;
    Engine::check((lost != 0) == (status == pop_status::lapped), "`lapped` says that something was lost");
    if (status == pop_status::lapped) Engine::check(lost == reader.last_lost(), "the last loss is told");
    place += static_cast<unsigned>(lost);
    return status;
  }
};

}  // namespace tidegate::model
