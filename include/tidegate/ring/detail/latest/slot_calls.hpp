// slot_calls.hpp: what is done to an element in a slot that the caller owns alone.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace tidegate::detail {

/// Constructs an element from `args`. A constructor that may throw runs outside the slot.
template <class Cell, class... Args>
void construct_in(Cell& slot, Args&&... args) {
  using element = std::remove_reference_t<decltype(slot.get())>;
  if constexpr (std::is_nothrow_constructible_v<element, Args&&...>) {
    slot.construct(std::forward<Args>(args)...);
  } else {
    element value(std::forward<Args>(args)...);
    slot.construct(std::move(value));
  }
}

/// Calls `use` on the element, then destroys it, also when `use` throws.
template <class Cell, class Use>
void consume_in(Cell& slot, Use&& use) noexcept(noexcept(use(std::move(slot.get())))) {
  struct leaving {
    Cell& from;
    ~leaving() { from.destroy(); }
  };
  const leaving guard{slot};
  use(std::move(slot.get()));
}

/// A refused element goes back where it came from.
template <class Cell, class Element>
void take_back(Cell& slot, Element& value) noexcept {
  consume_in(slot, [&value](Element&& left) noexcept {
    if constexpr (std::is_nothrow_move_assignable_v<Element>) {
      value = std::move(left);
    } else {
      std::destroy_at(std::addressof(value));
      std::construct_at(std::addressof(value), std::move(left));
    }
  });
}

}  // namespace tidegate::detail
