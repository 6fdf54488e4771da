// block_handles.hpp: the calls of block_ring, with a handle or without.
//
// A handle owns a row of its ring for its lifetime, and passes between threads like any object: one thread at a time.
// It must not outlive the ring. Calls on the ring itself use the row of the calling thread; they cost a look-up of that
// row.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/ring/detail/block/block_core.hpp"
#include "tidegate/ring/exchange_handles.hpp"

namespace tidegate {

/// Pushes. `Self` offers core() and push_row(). Lock-free; see block_ring.hpp.
template <class Self, class T>
class block_push_calls {
 public:
  /// Copies `value` in: `ok`, `full` or `closed` (or `no_row`, without a handle).
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }
  push_status try_push(T&& value) noexcept { return try_emplace(std::move(value)); }

  /// Constructs an element from `args`, once it has seen room; nothing changes if the constructor throws. When another
  /// push takes the room first, arguments that were moved from stay so.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const unsigned row = self().push_row();
    return row == detail::no_row ? push_status::no_row : self().core().emplace(row, std::forward<Args>(args)...);
  }

  /// Copies up to `count` elements in, in their order, until the ring is full or closed; returns how many. They go in
  /// runs, each at once; between two runs elements of other producers may come.
  std::size_t try_push_n(const T* first, std::size_t count) noexcept {
    const unsigned row = self().push_row();
    return row == detail::no_row ? 0 : self().core().push_n(row, first, count);
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

/// Pops. `Self` offers core() and pop_row().
template <class Self, class T>
class block_pop_calls {
 public:
  /// Copies the oldest element into `out`: `ok`, `empty` or `closed` (or `no_row`, without a handle).
  pop_status try_pop(T& out) noexcept {
    const unsigned row = self().pop_row();
    return row == detail::no_row ? pop_status::no_row
                                 : self().core().pop(row, reinterpret_cast<std::byte*>(std::addressof(out)));
  }

  /// Takes the oldest element out and calls `use(T&&)` on it. An element whose callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const unsigned row = self().pop_row();
    if (row == detail::no_row) return pop_status::no_row;
    alignas(T) std::byte element[sizeof(T)];
    const pop_status status = self().core().pop(row, element);
    if (status == pop_status::ok) use(std::move(*std::launder(reinterpret_cast<T*>(element))));
    return status;
  }

  /// Copies up to `count` elements out, in their order, until there is none; returns how many. They come in runs, or
  /// what is left of runs, each at once.
  std::size_t try_pop_n(T* out, std::size_t count) noexcept {
    const unsigned row = self().pop_row();
    return row == detail::no_row ? 0 : self().core().pop_n(row, reinterpret_cast<std::byte*>(out), count);
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

/// A producer's handle: see make_producer() of the ring.
template <class Core, class T>
class block_producer : public exchange_row_loan<Core, detail::side::push>,
                       public block_push_calls<block_producer<Core, T>, T> {
  friend block_push_calls<block_producer, T>;

 public:
  using exchange_row_loan<Core, detail::side::push>::exchange_row_loan;

 private:
  [[nodiscard]] unsigned push_row() const noexcept { return this->row(); }
};

/// A consumer's handle: see make_consumer() of the ring.
template <class Core, class T>
class block_consumer : public exchange_row_loan<Core, detail::side::pop>,
                       public block_pop_calls<block_consumer<Core, T>, T> {
  friend block_pop_calls<block_consumer, T>;

 public:
  using exchange_row_loan<Core, detail::side::pop>::exchange_row_loan;

 private:
  [[nodiscard]] unsigned pop_row() const noexcept { return this->row(); }
};

}  // namespace tidegate
