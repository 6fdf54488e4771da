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

/// Access to a row of one side, for one call.
template <class Core, detail::side Side>
class block_port {
  using T = typename Core::value_type;

 public:
  static constexpr bool moves_runs = true;

  block_port(Core& core, unsigned row) noexcept : core_(&core), row_(row) {}

  /// False: more threads than rows.
  [[nodiscard]] explicit operator bool() const noexcept { return row_ != detail::no_row; }

  push_status push(T&& value) noexcept { return core_->emplace(row_, std::move(value)); }
  template <class... Args>
  push_status emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    return core_->emplace(row_, std::forward<Args>(args)...);
  }
  template <class Use>
  pop_status pop(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    alignas(T) std::byte element[sizeof(T)];
    std::size_t count = 0;
    const pop_status status = core_->pop_run(row_, element, 1, count);
    if (status == pop_status::ok) use(std::move(*std::launder(reinterpret_cast<T*>(element))));
    return status;
  }

  /// One run of up to `count` > 0 elements; how many.
  std::size_t push_run(const T* first, std::size_t count) noexcept { return core_->push_run(row_, first, count); }

  /// Up to `count` > 0 elements of one run; `taken` says how many: at least one when `ok`.
  pop_status pop_run(T* out, std::size_t count, std::size_t& taken) noexcept {
    return core_->pop_run(row_, reinterpret_cast<std::byte*>(out), count, taken);
  }

  /// False only if a call would have been refused (`full`, `empty`) at some instant meanwhile.
  [[nodiscard]] bool is_ready() noexcept { return core_->template is_ready<Side>(row_); }

  /// Nobody completes a run for another.
  [[nodiscard]] detail::completions take_settled() const noexcept { return {}; }

 private:
  Core* core_;
  unsigned row_;
};

/// Pushes. `Self` offers push_port(). Lock-free; see block_ring.hpp.
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
    auto port = self().push_port();
    return port ? port.emplace(std::forward<Args>(args)...) : push_status::no_row;
  }

  /// Copies up to `count` elements in, in their order, until the ring is full or closed; returns how many. They go in
  /// runs, each at once; between two runs elements of other producers may come.
  std::size_t try_push_n(const T* first, std::size_t count) noexcept {
    auto port = self().push_port();
    if (!port) return 0;
    std::size_t pushed = 0;
    while (pushed != count) {
      const std::size_t run = port.push_run(first + pushed, count - pushed);
      if (run == 0) break;
      pushed += run;
    }
    return pushed;
  }

  /// False only if `capacity` elements were inside at some instant during the call: a push would be `full`.
  [[nodiscard]] bool push_ready() noexcept {
    auto port = self().push_port();
    return !port || port.is_ready();
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

/// Pops. `Self` offers pop_port().
template <class Self, class T>
class block_pop_calls {
 public:
  /// Copies the oldest element into `out`: `ok`, `empty` or `closed` (or `no_row`, without a handle).
  pop_status try_pop(T& out) noexcept {
    auto port = self().pop_port();
    std::size_t count = 0;
    return port ? port.pop_run(std::addressof(out), 1, count) : pop_status::no_row;
  }

  /// Takes the oldest element out and calls `use(T&&)` on it. An element whose callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    auto port = self().pop_port();
    return port ? port.pop(std::forward<Use>(use)) : pop_status::no_row;
  }

  /// Copies up to `count` elements out, in their order, until there is none; returns how many. They come in runs, or
  /// what is left of runs, each at once.
  std::size_t try_pop_n(T* out, std::size_t count) noexcept {
    auto port = self().pop_port();
    if (!port) return 0;
    std::size_t popped = 0;
    std::size_t run = 0;
    while (popped != count && port.pop_run(out + popped, count - popped, run) == pop_status::ok) popped += run;
    return popped;
  }

  /// False only if no element was inside at some instant during the call: a pop would be `empty`.
  [[nodiscard]] bool pop_ready() noexcept {
    auto port = self().pop_port();
    return !port || port.is_ready();
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

/// A producer's handle: see make_producer() of the ring.
template <class Core, class T>
class block_producer : public exchange_row_loan<Core, detail::side::push>,
                       public block_push_calls<block_producer<Core, T>, T> {
 public:
  using exchange_row_loan<Core, detail::side::push>::exchange_row_loan;

  /// For the queues of queue/.
  [[nodiscard]] block_port<Core, detail::side::push> push_port() noexcept { return {this->core(), this->row()}; }
};

/// A consumer's handle: see make_consumer() of the ring.
template <class Core, class T>
class block_consumer : public exchange_row_loan<Core, detail::side::pop>,
                       public block_pop_calls<block_consumer<Core, T>, T> {
 public:
  using exchange_row_loan<Core, detail::side::pop>::exchange_row_loan;

  /// For the queues of queue/.
  [[nodiscard]] block_port<Core, detail::side::pop> pop_port() noexcept { return {this->core(), this->row()}; }
};

}  // namespace tidegate
