// broadcast_publisher: one of several publishers of a broadcast_ring: a row of its own. Obtained from make_publisher().
//
// Move-only; one thread at a time; must not outlive the ring.
#pragma once

#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
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
    broadcast_publisher taken(std::move(other));
    std::swap(core_, taken.core_);
    std::swap(mine_, taken.mine_);
    return *this;
  }
  ~broadcast_publisher() {
    if (mine_ != nullptr) core_->leave_seat(*mine_);
  }

  /// True when it has a row. Without one its pushes answer `no_row`.
  [[nodiscard]] explicit operator bool() const noexcept { return mine_ != nullptr; }

  /// Moves `value` in: `ok`, `closed`, or in gate mode `full`; unless `ok`, it has its value still. Lock-free.
  push_status try_push(value_type&& value) noexcept {
    return mine_ != nullptr ? core_->push(*mine_, std::move(value)) : push_status::no_row;
  }

  /// Copies `value` in; nothing changes if the copy throws.
  push_status try_push(const value_type& value) noexcept(std::is_nothrow_copy_constructible_v<value_type>) {
    return try_emplace(value);
  }

  /// Constructs an element from `args`, once it has seen room; nothing changes if the constructor throws. When another
  /// push takes the room first, arguments that were moved from stay so.
  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<value_type, Args&&...>) {
    return mine_ != nullptr ? core_->push(*mine_, std::forward<Args>(args)...) : push_status::no_row;
  }

  /// False only if at some instant during the call a push would have answered `full`. No effect but that of such a push
  /// on readers that are too slow.
  [[nodiscard]] bool push_ready() noexcept { return mine_ == nullptr || core_->push_ready(*mine_); }

  /// When a push that was answered `full` is worth another try though no reader has moved: the end of a reader's grace.
  [[nodiscard]] deadline grace_end() const noexcept { return mine_ != nullptr ? mine_->grace_end : deadline::never(); }

 private:
  Core* core_ = nullptr;
  seat* mine_ = nullptr;
};

}  // namespace tidegate
