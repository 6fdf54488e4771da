// spsc_seats: an spsc_ring as a lane uses it. It has no rows, and frees a place before the element is used, because
// those who wait for room are told then.
#pragma once

#include <cstddef>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/ring/detail/exchange/row.hpp"
#include "tidegate/ring/exchange_options.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::detail {

template <class T, ring_options Options, class Sync>
class spsc_seats : private spsc_ring<T, Options, Sync> {
  using ring = spsc_ring<T, Options, Sync>;

 public:
  using value_type = T;
  using ring::capacity;
  using ring::close;
  using ring::closed;
  using ring::depth_hint;
  using ring::max_bytes;
  using ring::max_capacity;
  using ring::popped_hint;
  using ring::pushed_hint;
  using ring::rebind_consumer;
  using ring::rebind_producer;
  using typename ring::prepared;

  static constexpr bool can_evict = false;
  static constexpr bool may_fail_falsely = false;

  explicit spsc_seats(prepared&& memory) noexcept : ring(std::move(memory)) {}
  [[nodiscard]] static prepared prepare(std::size_t elements, ring_rows, const memory_options& memory,
                                        std::error_code& error) noexcept {
    return ring::prepare(elements, memory, error);
  }

  /// Access for one call of one side.
  template <side Side>
  class port {
   public:
    static constexpr bool moves_runs = false;
    explicit port(ring& of) noexcept : ring_(&of) {}

    [[nodiscard]] explicit operator bool() const noexcept { return true; }
    [[nodiscard]] bool is_ready() noexcept { return Side == side::push ? ring_->push_ready() : ring_->pop_ready(); }
    push_status push(T&& value) noexcept { return ring_->try_push(std::move(value)); }
    template <class... Args>
    push_status emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
      return ring_->try_emplace(std::forward<Args>(args)...);
    }
    template <class Use>
    pop_status pop(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
      std::optional<T> taken;
      const pop_status status = ring_->try_consume([&taken](T&& value) noexcept { taken.emplace(std::move(value)); });
      if (status == pop_status::ok) use(std::move(*taken));
      return status;
    }
    [[nodiscard]] completions take_settled() noexcept { return {}; }  // nobody helps here

   private:
    ring* ring_;
  };
  [[nodiscard]] port<side::push> push_port() noexcept { return port<side::push>(*this); }
  [[nodiscard]] port<side::pop> pop_port() noexcept { return port<side::pop>(*this); }

  /// A mark behind everything that was pushed before the call, and whether all before it has left.
  using mark = typename ring::position;
  [[nodiscard]] mark pushed_mark() const noexcept { return pushed_hint(); }
  [[nodiscard]] bool has_left(mark until) const noexcept {
    return static_cast<std::make_signed_t<mark>>(static_cast<mark>(popped_hint() - until)) >= 0;
  }
};

}  // namespace tidegate::detail
