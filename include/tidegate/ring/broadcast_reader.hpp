// broadcast_reader: a reader of a broadcast_ring: its own place among the elements. Obtained from make_reader().
//
// Move-only; one thread at a time; must not outlive the ring. Two readers have nothing to do with each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"

namespace tidegate {

template <class Core>
class broadcast_reader {
  using cursor = typename Core::cursor;

 public:
  using value_type = typename Core::value_type;

  broadcast_reader() noexcept = default;
  broadcast_reader(Core& core, const cursor& at) noexcept : core_(&core), at_(at) {}
  broadcast_reader(broadcast_reader&& other) noexcept : core_(std::exchange(other.core_, nullptr)), at_(other.at_) {}
  broadcast_reader& operator=(broadcast_reader&& other) noexcept {
    broadcast_reader taken(std::move(other));
    std::swap(core_, taken.core_);
    std::swap(at_, taken.at_);
    return *this;
  }
  ~broadcast_reader() {
    if (core_ != nullptr) core_->leave(at_);
  }

  /// True when it reads a ring. Without one its pops answer `no_row`.
  [[nodiscard]] explicit operator bool() const noexcept { return core_ != nullptr; }

  /// Copies the next element into `out`: `ok`, `empty`, `closed`, `lapped` (nothing was read; lost() tells, and the
  /// next pop reads on behind what was lost) or `evicted`. Wait-free.
  /// An element whose copy throws has been read.
  pop_status try_pop(value_type& out) noexcept(copies_calmly) requires std::is_copy_assignable_v<value_type> {
    return try_consume([&out](const value_type& value) noexcept(copies_calmly) { out = value; });
  }

  /// Calls `use(const T&)` on the next element, with the answers of try_pop(). In lap mode on a copy; in gate mode in
  /// place, and it must not use this reader. An element whose callback throws has been read.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<const value_type&>()))) {
    return core_ != nullptr ? core_->pop(at_, use) : pop_status::no_row;
  }

  /// False only if at some instant during the call a pop would have answered `empty`. No effect.
  [[nodiscard]] bool pop_ready() const noexcept { return core_ == nullptr || core_->pop_ready(at_); }

  /// Elements that this reader has lost so far: the sum of what its `lapped` answers stand for.
  [[nodiscard]] std::uint64_t lost() const noexcept { return at_.lost; }

  /// Elements that the last `lapped` stands for.
  [[nodiscard]] std::uint64_t last_lost() const noexcept { return at_.last_lost; }

  /// Elements published and not read by this reader, a moment ago; in lap mode it may exceed the capacity.
  [[nodiscard]] std::size_t lag_hint() const noexcept { return core_ != nullptr ? core_->lag_hint(at_) : 0; }

  /// True once a pop has answered `closed`.
  [[nodiscard]] bool ended() const noexcept { return at_.ended; }

 private:
  static constexpr bool copies_calmly = std::is_nothrow_copy_assignable_v<value_type>;

  Core* core_ = nullptr;
  cursor at_;
};

}  // namespace tidegate
