// element.hpp: what a type must offer to travel through a queue.
#pragma once

#include <type_traits>

namespace tidegate {

/// Any object that can be moved and destroyed without throwing: move-only, over-aligned and not default-constructible
/// types included. No value is reserved.
template <class T>
concept queue_element = std::is_object_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T> && !std::is_array_v<T> &&
                        std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>;

/// An element whose bytes are its value: bulk transfers may use memcpy, and slots need no destructor.
template <class T>
concept plain_element = queue_element<T> && std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

}  // namespace tidegate
