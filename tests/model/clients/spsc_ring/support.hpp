// support.hpp: what the clients of spsc_ring share: the kinds of ring, the order of values, the forms of push and pop.
//
// Elements carry the values 1, 2, 3, ... in the order of their pushes. A client tries a fixed number of times and never
// waits, so that an engine can run it to its end in every schedule.
#pragma once

#include <cstddef>

#include "tests/model/clients/elements.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::model {

/// An element and a layout. Roles are not checked: it would only add schedules.
template <class Element, ring_layout Layout>
struct ring_kind {
  using element = Element;
  template <class Engine, failure_order Failures = failure_order::independent>
  using ring = spsc_ring<Element, ring_options{.layout = Layout, .failures = Failures, .check_roles = false},
                         typename Engine::sync>;
};
using indexed = ring_kind<counted, ring_layout::indexed>;
using indexed_plain = ring_kind<small, ring_layout::indexed>;
using packed = ring_kind<wide, ring_layout::packed>;
using packed_by_default = ring_kind<small, ring_layout::automatic>;

/// Asked with the value of each element that comes out.
template <class Engine>
struct in_order {
  int last = 0;

  void operator()(int value) noexcept {
    ++last;
    Engine::check(value == last, "elements come out in the order of their pushes");
  }
};

/// Pushes and pops `count` elements that no client sees: moves the ring on to another slot.
template <class Ring>
void turn(Ring& ring, unsigned count) noexcept {
  for (unsigned i = 0; i < count; ++i) {
    static_cast<void>(ring.try_push(typename Ring::value_type{0}));
    static_cast<void>(ring.try_consume([](auto&&) noexcept {}));
  }
}

/// Pushes the values from `first` to `last`; there is room.
template <class Engine, class Ring>
void fill(Ring& ring, int first, int last) noexcept {
  for (int value = first; value <= last; ++value) {
    Engine::check(ring.try_push(typename Ring::value_type{value}) == push_status::ok, "there is room");
  }
}

/// Takes one element out.
template <class Engine, class Ring>
[[nodiscard]] pop_status take(Ring& ring, in_order<Engine>& seen) noexcept {
  return ring.try_consume([&seen](typename Ring::value_type&& element) noexcept { seen(element.value); });
}

/// Takes out what is left when all threads have ended: `pushed` values are then seen, and nothing more.
template <class Engine, class Ring>
void take_rest(Ring& ring, in_order<Engine>& seen, int pushed) noexcept {
  Engine::check(ring.depth_hint() == static_cast<std::size_t>(pushed - seen.last), "the depth is exact when all rest");
  while (take<Engine>(ring, seen) == pop_status::ok) {
  }
  Engine::check(seen.last == pushed, "every accepted element comes out, once");
}

/// The ways to push one element.
enum class push_form : unsigned { one, many, claimed };
inline constexpr unsigned push_forms = 3;

/// Pushes one element by a form; false when it was refused.
template <class Engine, class Ring>
[[nodiscard]] bool push_by(push_form form, Ring& ring, int value) noexcept {
  typename Ring::value_type element{value};
  if (form == push_form::one) return ring.try_push(std::move(element)) == push_status::ok;
  if (form == push_form::many) return ring.try_push_n(&element, 1) == 1;
  auto slots = ring.try_claim(1);
  if (!slots) return false;
  Engine::check(slots.count() == 1, "no more is granted than was asked for");
  slots.emplace(std::move(element));
  slots.publish(1);
  return true;
}

/// The ways to pop one element.
enum class pop_form : unsigned { one, many, peeked };
inline constexpr unsigned pop_forms = 3;

/// Pops one element by a form; false when there was none.
template <class Engine, class Ring>
[[nodiscard]] bool pop_by(pop_form form, Ring& ring, in_order<Engine>& seen) noexcept {
  if (form == pop_form::peeked) {
    auto shown = ring.try_peek(1);
    if (!shown) return false;
    Engine::check(shown.count() == 1, "no more is shown than was asked for");
    seen(shown[0].value);
    shown.release(1);
    return true;
  }
  typename Ring::value_type out{0};
  const bool popped = form == pop_form::one ? ring.try_pop(out) == pop_status::ok : ring.try_pop_n(&out, 1) == 1;
  if (popped) seen(out.value);
  return popped;
}

}  // namespace tidegate::model
