// ticketed_seats: a ticketed_ring as the queues with several threads on a side use it. It has no rows: any thread may
// call, and handles are names only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/ring/detail/exchange/row.hpp"
#include "tidegate/ring/exchange_options.hpp"
#include "tidegate/ring/ticketed_ring.hpp"

namespace tidegate::detail {

template <class T, class Sync>
class ticketed_seats : private ticketed_ring<T, ticketed_options{}, Sync> {
  using ring = ticketed_ring<T, ticketed_options{}, Sync>;

 public:
  using value_type = T;
  using ring::capacity;
  using ring::close;
  using ring::closed;
  using ring::credits_hint;
  using ring::depth_hint;
  using ring::max_bytes;
  using ring::max_capacity;
  using ring::popped_hint;
  using ring::pushed_hint;
  using typename ring::prepared;

  static constexpr bool can_evict = false;
  /// `full` and `empty` may be false while a peer is in mid-call: who sleeps on one is woken by the next success of
  /// either side.
  static constexpr bool may_fail_falsely = true;

  ticketed_seats(std::size_t elements, ring_rows, memory_options memory) : ring(elements, memory) {}
  explicit ticketed_seats(prepared&& memory) noexcept : ring(std::move(memory)) {}
  [[nodiscard]] static prepared prepare(std::size_t elements, ring_rows, const memory_options& memory,
                                        std::error_code& error) noexcept {
    return ring::prepare(elements, memory, error);
  }

  /// Access for one call of one side.
  template <side Side>
  class port {
   public:
    static constexpr bool moves_runs = true;
    explicit port(ring& of) noexcept : ring_(&of) {}

    [[nodiscard]] explicit operator bool() const noexcept { return true; }
    [[nodiscard]] bool is_ready() noexcept { return Side == side::push ? ring_->push_ready() : ring_->pop_ready(); }
    push_status push(T&& value) noexcept { return ring_->try_push(std::move(value)); }
    template <class... Args>
    push_status emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
      return ring_->try_emplace(std::forward<Args>(args)...);
    }
    std::size_t push_run(T* first, std::size_t count) noexcept { return ring_->try_push_n(first, count); }
    template <class Use>
    pop_status pop(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
      return ring_->try_consume(std::forward<Use>(use));
    }
    pop_status pop_run(T* out, std::size_t count, std::size_t& taken) noexcept {
      const bool ended = ring_->ended();  // before the look, so that what came before the end is found
      taken = ring_->try_pop_n(out, count);
      if (taken != 0) return pop_status::ok;
      return ended ? pop_status::closed : pop_status::empty;
    }
    [[nodiscard]] completions take_settled() noexcept { return {}; }  // nobody helps here

   private:
    ring* ring_;
  };
  [[nodiscard]] port<side::push> push_port() noexcept { return port<side::push>(*this); }
  [[nodiscard]] port<side::pop> pop_port() noexcept { return port<side::pop>(*this); }

  /// Handles: empty when default-made.
  class handle {
   public:
    handle() noexcept = default;
    explicit handle(ring& of) noexcept : ring_(&of) {}
    handle(handle&& other) noexcept : ring_(std::exchange(other.ring_, nullptr)) {}
    handle& operator=(handle&& other) noexcept {
      ring_ = std::exchange(other.ring_, nullptr);
      return *this;
    }
    [[nodiscard]] explicit operator bool() const noexcept { return ring_ != nullptr; }
    [[nodiscard]] port<side::push> push_port() noexcept { return port<side::push>(*ring_); }
    [[nodiscard]] port<side::pop> pop_port() noexcept { return port<side::pop>(*ring_); }

   private:
    ring* ring_ = nullptr;
  };
  using producer = handle;
  using consumer = handle;
  [[nodiscard]] producer make_producer() noexcept { return handle(*this); }
  [[nodiscard]] consumer make_consumer() noexcept { return handle(*this); }
  [[nodiscard]] producer try_make_producer() noexcept { return handle(*this); }
  [[nodiscard]] consumer try_make_consumer() noexcept { return handle(*this); }

  /// A mark behind everything that was pushed before the call, and whether all before it was claimed by pops.
  using mark = typename ring::position;
  [[nodiscard]] mark pushed_mark() const noexcept { return pushed_hint(); }
  [[nodiscard]] bool has_left(mark until) const noexcept {
    return static_cast<std::make_signed_t<mark>>(static_cast<mark>(popped_hint() - until)) >= 0;
  }

  void rebind_producer() noexcept {}  // any thread may push
  void rebind_consumer() noexcept {}  // any thread may pop
};

}  // namespace tidegate::detail
