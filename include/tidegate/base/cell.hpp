// cell.hpp: raw storage for one element, with an explicit life: construct, use, destroy.
//
// A cell does not know whether its element lives; the ring that owns it does. The model checker substitutes a cell that
// does know, and reports a race, a double construction or a use of nothing. Arrays of cells are arrays of T in memory.
#pragma once

#include <cstddef>
#include <cstdint>
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

  /// The living element, to look at: several threads may do so at the same time.
  [[nodiscard]] const T& get() const noexcept { return *std::launder(reinterpret_cast<const T*>(bytes_)); }

  /// live → raw
  void destroy() noexcept { get().~T(); }

  /// Constructs `count` neighbours from `from`, moving out of it.
  static void construct_n(plain_cell* to, T* from, std::size_t count) noexcept {
    if constexpr (plain_element<T>) {
      copy(to, from, count);
    } else {
      for (std::size_t i = 0; i < count; ++i) to[i].construct(std::move(from[i]));
    }
  }

  /// Moves `count` neighbours out into `to` and destroys them. T must be nothrow move-assignable.
  static void take_n(plain_cell* from, T* to, std::size_t count) noexcept {
    if constexpr (plain_element<T>) {
      copy(to, from, count);
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = std::move(from[i].get());
        from[i].destroy();
      }
    }
  }

  /// The elements of an array of cells as an array of T.
  [[nodiscard]] static T* elements(plain_cell* cells) noexcept { return reinterpret_cast<T*>(cells); }

 private:
  /// The compiler is told that `count` is a possible one and not told where the pointers come from: GCC 12 follows
  /// counts that never happen into callers with shorter arrays, and warns about copies that are never made.
  static void copy(void* to, const void* from, std::size_t count) noexcept {
    if (count > PTRDIFF_MAX / sizeof(T)) __builtin_unreachable();
    asm("" : "+r"(to), "+r"(from));
    std::memcpy(to, from, count * sizeof(T));
  }

  alignas(T) std::byte bytes_[sizeof(T)];
};

}  // namespace tidegate
