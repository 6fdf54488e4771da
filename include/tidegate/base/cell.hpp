// cell.hpp: raw storage for one element, with an explicit life: construct, use, destroy.
//
// A cell does not know whether its element lives; the ring that owns it does. The model checker substitutes a cell that
// does know, and reports a race, a double construction or a use of nothing. Arrays of cells are arrays of T in memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "tidegate/base/element.hpp"

namespace tidegate {

template <queue_element T>
class plain_cell {
 public:
  /// raw → live
  template <class... Args>
  void construct(Args&&... args) noexcept {
    static_assert(std::is_nothrow_constructible_v<T, Args&&...>,
                  "constructing in a slot must not throw: construct first, then move in");
    ::new (static_cast<void*>(bytes_)) T(std::forward<Args>(args)...);
  }

  /// The living element.
  [[nodiscard]] T& get() noexcept { return *std::launder(reinterpret_cast<T*>(bytes_)); }

  /// live → raw
  void destroy() noexcept { get().~T(); }

  /// Constructs `count` neighbours from `from`, moving out of it.
  static void construct_n(plain_cell* to, T* from, std::size_t count) noexcept {
    if constexpr (plain_element<T>) {
      std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) to[i].construct(std::move(from[i]));
    }
  }

  /// Moves `count` neighbours out into `to` and destroys them. T must be nothrow move-assignable.
  static void take_n(plain_cell* from, T* to, std::size_t count) noexcept {
    if constexpr (plain_element<T>) {
      std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = std::move(from[i].get());
        from[i].destroy();
      }
    }
  }

  /// construct_n() and take_n() for a count that the compiler knows: a few wide moves for plain elements. The
  /// pointers are opaque to it, because GCC follows the constant count into callers whose arrays are shorter, and
  /// warns about a copy that is never made.
  template <std::size_t Count>
  static void construct_all(plain_cell* to, T* from) noexcept {
    construct_n(opaque(to), opaque(from), Count);
  }
  template <std::size_t Count>
  static void take_all(plain_cell* from, T* to) noexcept {
    take_n(opaque(from), opaque(to), Count);
  }

  /// The elements of an array of cells as an array of T.
  [[nodiscard]] static T* elements(plain_cell* cells) noexcept { return reinterpret_cast<T*>(cells); }

 private:
  template <class Object>
  [[nodiscard]] static Object* opaque(Object* pointer) noexcept {
    asm("" : "+r"(pointer));
    return pointer;
  }

  alignas(T) std::byte bytes_[sizeof(T)];
};

}  // namespace tidegate
