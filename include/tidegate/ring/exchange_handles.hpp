// exchange_handles.hpp: the calls of mpmc_ring, mpsc_ring and spmc_ring, with a handle or without.
//
// A handle owns a row of its ring for its lifetime, and passes between threads like any object: one thread at a time.
// It must not outlive the ring. Calls on the ring itself use the row of the calling thread, which they look up; the
// first one of a thread in the process allocates (base/living_threads.hpp), later ones never. A side with one thread
// has one row, with a handle and without: one thread uses both.
// Constructors, callbacks and signal handlers that run inside a call must not use the same side of the same ring.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/ring/detail/exchange/exchange_core.hpp"

namespace tidegate {

/// Access to a row of one side, for one call. It tells what the call has completed for others.
template <class Core, detail::side Side>
class exchange_port {
  using T = typename Core::value_type;

 public:
  static constexpr bool moves_runs = false;

  exchange_port(Core& core, unsigned row) noexcept : core_(&core), row_(row) {}

  /// False: more threads than rows.
  [[nodiscard]] explicit operator bool() const noexcept { return row_ != detail::no_row; }

  push_status push(T&& value) noexcept { return core_->push(row_, std::move(value)); }
  template <class... Args>
  push_status emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    return core_->emplace(row_, std::forward<Args>(args)...);
  }
  template <class Use>
  push_status push_evict(T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    return core_->push(row_, std::move(value), true, std::forward<Use>(use));
  }
  template <class Use>
  pop_status pop(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    return core_->pop(row_, std::forward<Use>(use));
  }

  /// False only if a call would have been refused (`full`, `empty`) at some instant meanwhile.
  [[nodiscard]] bool is_ready() noexcept { return core_->template is_ready<Side>(row_); }

  /// What calls on this row have completed for others since the last question.
  [[nodiscard]] detail::completions take_settled() noexcept { return core_->take_settled(Side, row_); }

 private:
  Core* core_;
  unsigned row_;
};

/// Pushes. `Self` offers push_port(). Wait-free with progress_kind::wait_free, else lock-free; see
/// mpmc_ring.hpp.
template <class Self, class T, bool CanEvict>
class exchange_push_calls {
 public:
  /// Moves `value` in: `ok`, `full` or `closed` (or `no_row`, on the ring itself). Unless `ok`, it has its value still.
  push_status try_push(T&& value) noexcept {
    auto port = self().push_port();
    return port ? port.push(std::move(value)) : push_status::no_row;
  }

  /// Copies `value` in; nothing changes if the copy throws.
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  /// Constructs an element from `args`, once it has seen room. A constructor that may throw runs outside the ring:
  /// nothing changes if it throws. When another push takes the room first, arguments that were moved from stay so.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    auto port = self().push_port();
    return port ? port.emplace(std::forward<Args>(args)...) : push_status::no_row;
  }

  /// Moves up to `count` elements in, one after another, until one is refused; returns how many. Only those are moved
  /// from. Elements of other producers may come between.
  std::size_t try_push_n(T* first, std::size_t count) noexcept {
    auto port = self().push_port();
    if (!port) return 0;
    std::size_t pushed = 0;
    while (pushed != count && port.push(std::move(first[pushed])) == push_status::ok) ++pushed;
    return pushed;
  }

  /// False only if `capacity` elements were inside at some instant during the call: a push would be `full`.
  [[nodiscard]] bool push_ready() noexcept {
    auto port = self().push_port();
    return !port || port.is_ready();
  }

  /// Moves `value` in; when the ring is full, in exchange for the oldest element, which goes to `use(T&&)`: `ok`,
  /// `evicted` or `closed`. One step: the ring never holds more than its capacity, nor less in between, and nobody who
  /// is stopped while reading an element delays this.
  template <class Use>
  push_status push_evict(T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) requires CanEvict {
    auto port = self().push_port();
    if (!port) return push_status::no_row;
    return port.push_evict(std::move(value), std::forward<Use>(use));
  }

  /// The same; an evicted element is destroyed.
  push_status push_evict(T&& value) noexcept requires CanEvict {
    return push_evict(std::move(value), [](T&&) noexcept {});
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

/// Pops. `Self` offers pop_port().
template <class Self, class T>
class exchange_pop_calls {
 public:
  /// Moves the oldest element into `out`: `ok`, `empty` or `closed` (or `no_row`, on the ring itself).
  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  /// Takes the oldest element out, calls `use(T&&)` on it (which must not pop from this ring), then destroys it. Others
  /// go on meanwhile, for as long as it takes. An element whose callback throws has been consumed.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    auto port = self().pop_port();
    return port ? port.pop(std::forward<Use>(use)) : pop_status::no_row;
  }

  /// Moves up to `count` elements out, one after another, until there is none; returns how many.
  std::size_t try_pop_n(T* out, std::size_t count) noexcept requires std::is_nothrow_move_assignable_v<T> {
    auto port = self().pop_port();
    if (!port) return 0;
    std::size_t popped = 0;
    const auto take = [&](T&& value) noexcept { out[popped] = std::move(value); };
    while (popped != count && port.pop(take) == pop_status::ok) ++popped;
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

/// A row on loan. Empty when moved from, or when there was none.
template <class Core, detail::side Side>
class exchange_row_loan {
 public:
  exchange_row_loan() noexcept = default;
  exchange_row_loan(Core& core, unsigned row) noexcept : core_(row == detail::no_row ? nullptr : &core), row_(row) {}
  exchange_row_loan(exchange_row_loan&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)), row_(std::exchange(other.row_, detail::no_row)) {}
  exchange_row_loan& operator=(exchange_row_loan&& other) noexcept {
    exchange_row_loan taken(std::move(other));
    std::swap(core_, taken.core_);
    std::swap(row_, taken.row_);
    return *this;
  }
  ~exchange_row_loan() {
    if (core_ == nullptr) return;
    if constexpr (Side == detail::side::pop) core_->release(row_);
    core_->rows(Side).leave(row_);
  }

  /// True when it has a row; the calls need one.
  [[nodiscard]] explicit operator bool() const noexcept { return core_ != nullptr; }

 protected:
  [[nodiscard]] Core& core() noexcept {
    if constexpr (checks_enabled) {
      if (core_ == nullptr) abort_with("exchange ring: a call on an empty handle");
    }
    return *core_;
  }
  [[nodiscard]] unsigned row() const noexcept { return row_; }

 private:
  Core* core_ = nullptr;
  unsigned row_ = detail::no_row;
};

/// A producer's handle: see make_producer() of the ring.
template <class Core, class T, bool CanEvict>
class exchange_producer : public exchange_row_loan<Core, detail::side::push>,
                          public exchange_push_calls<exchange_producer<Core, T, CanEvict>, T, CanEvict> {
 public:
  using exchange_row_loan<Core, detail::side::push>::exchange_row_loan;

  /// For the queues of queue/.
  [[nodiscard]] exchange_port<Core, detail::side::push> push_port() noexcept { return {this->core(), this->row()}; }
};

/// A consumer's handle: see make_consumer() of the ring. It can also keep an element in place.
template <class Core, class T>
class exchange_consumer : public exchange_row_loan<Core, detail::side::pop>,
                          public exchange_pop_calls<exchange_consumer<Core, T>, T> {
 public:
  using exchange_row_loan<Core, detail::side::pop>::exchange_row_loan;

  /// Takes the oldest element out of the ring and keeps it in its slot, until release() or the next call that pops:
  /// `ok`, `empty` or `closed`.
  pop_status try_hold() noexcept requires(!Core::in_entries) { return this->core().hold(this->row()); }

  /// The element that is kept; null when there is none.
  [[nodiscard]] T* held() noexcept requires(!Core::in_entries) { return this->core().held(this->row()); }

  /// Destroys the element that is kept.
  void release() noexcept requires(!Core::in_entries) { this->core().release(this->row()); }

  /// For the queues of queue/.
  [[nodiscard]] exchange_port<Core, detail::side::pop> pop_port() noexcept { return {this->core(), this->row()}; }
};

}  // namespace tidegate
