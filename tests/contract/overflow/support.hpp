// support.hpp: what the tests of overflow policies share: the queues, an element, and a hook that spills.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/shared_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {

struct item {
  std::uint32_t producer = 0;
  std::uint32_t number = 0;
  std::uint64_t weight = 1;
};

[[nodiscard]] constexpr queue_options by_policy(overflow_kind policy, ring_choice ring = ring_choice::exact) {
  queue_options made{.many = ring};
  made.overflow = policy;
  return made;
}

/// A queue by its sides and its ring.
struct one_to_one {
  static constexpr std::uint32_t producers = 1;
  static constexpr std::uint32_t consumers = 1;
  template <overflow_kind Policy>
  using type = spsc_queue<item, by_policy(Policy)>;
};
template <side_count Sides, ring_choice Ring = ring_choice::exact>
struct of_sides {
  static constexpr std::uint32_t producers = Sides == side_count::one_to_many ? 1 : 3;
  static constexpr std::uint32_t consumers = Sides == side_count::many_to_one ? 1 : 2;
  template <overflow_kind Policy>
  using type = shared_queue<item, Sides, by_policy(Policy, Ring), native_sync>;
};
using many_to_many = of_sides<side_count::many_to_many>;
using many_to_one = of_sides<side_count::many_to_one>;
using one_to_many = of_sides<side_count::one_to_many>;
using on_blocks = of_sides<side_count::many_to_one, ring_choice::block>;
using on_tickets = of_sides<side_count::many_to_many, ring_choice::ticketed>;

/// A list behind a lock, of so many elements at most.
class locked_spill {
 public:
  explicit locked_spill(std::size_t most = 1'000'000) : most_(most) {}

  bool spill(item&& value) noexcept {
    const std::scoped_lock lock(mutex_);
    if (held_.size() == most_) return false;
    held_.push_back(value);
    return true;
  }
  [[nodiscard]] bool is_spilling() const noexcept {
    const std::scoped_lock lock(mutex_);
    return !held_.empty();
  }
  bool unspill(item& out) noexcept {
    const std::scoped_lock lock(mutex_);
    if (held_.empty()) return false;
    out = held_.front();
    held_.pop_front();
    return true;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<item> held_;
};

}  // namespace tidegate::test
