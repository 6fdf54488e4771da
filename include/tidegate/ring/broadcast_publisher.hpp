// broadcast_publisher: one of several publishers of a broadcast_ring: a row of its own. Obtained from make_publisher().
//
// Move-only; one thread at a time; must not outlive the ring.
#pragma once

#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"

namespace tidegate {

template <class Core>
class broadcast_publisher {
 public:
  using value_type = typename Core::value_type;
  using seat = typename Core::seat;

  broadcast_publisher() noexcept = default;
  broadcast_publisher(Core& core, seat* mine) noexcept : core_(&core), mine_(mine) {}
  broadcast_publisher(broadcast_publisher&& other) noexcept
      : core_(other.core_), mine_(std::exchange(other.mine_, nullptr)) {}
  broadcast_publisher& operator=(broadcast_publisher&& other) noexcept {
    leave();
    core_ = other.core_;
    mine_ = std::exchange(other.mine_, nullptr);
    return *this;
  }
  ~broadcast_publisher() { leave(); }

  /// True when it has a row. Without one its pushes answer `no_row`.
  [[nodiscard]] explicit operator bool() const noexcept { return mine_ != nullptr; }

  /// Copies `value` in: `ok` or `closed`. Lock-free.
  push_status try_push(const value_type& value) noexcept { return try_emplace(value); }

  /// Constructs an element from `args`. Nothing changes if the constructor throws.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<value_type, Args&&...>) {
    return mine_ != nullptr ? core_->push(*mine_, std::forward<Args>(args)...) : push_status::no_row;
  }

 private:
  void leave() noexcept {
    if (mine_ != nullptr) core_->leave_seat(*mine_);
  }

  Core* core_ = nullptr;
  seat* mine_ = nullptr;
};

}  // namespace tidegate
