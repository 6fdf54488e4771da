// offering_calls: offer(), in the form that the queue's overflow policy has. See docs/design/overflow.md.
//
// Every outcome is counted by its reason (queue_stats): an element is never lost silently.
// `Self` offers to its base, as a friend: attempt_push() and wait_to_push(), counted(), push_counting(), numbers(), and
// where its policy needs them push_evict(), overflow(), depth(), is_closed() and tell_of_spilled().
#pragma once

#include <chrono>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/spill_calls.hpp"
#include "tidegate/queue/waiting_calls.hpp"

namespace tidegate {

template <class Self, class T, queue_options Options, class Sync>
class offering_calls : public waiting_push_calls<Self, Sync, T&&> {
  static constexpr overflow_kind policy = Options.overflow;

 public:
  static constexpr overflow_kind overflow_policy = policy;

  /// Applies the queue's overflow policy when full: see overflow_kind. An element that was not accepted is untouched.
  /// What is evicted is destroyed; of a sample nobody is told the weights.
  push_status offer(T&& value) noexcept requires(policy != overflow_kind::redirect && policy != overflow_kind::spill) {
    if constexpr (policy == overflow_kind::drop_oldest) {
      return offer(std::move(value), [](T&&) noexcept {});
    } else if constexpr (policy == overflow_kind::sample) {
      return offer(std::move(value), [](T&, std::uint64_t) noexcept {});
    } else if constexpr (policy == overflow_kind::reject) {
      return self().try_push(std::move(value));
    } else {
      const push_status status = self().attempt_push(std::move(value));
      if (status != push_status::full) [[likely]]
        return self().counted(status);
      if constexpr (policy == overflow_kind::drop_newest) return self().counted(push_status::dropped);
      return self().wait_to_push(std::move(value), limit(), {});
    }
  }

  /// drop_oldest: when full, the oldest element goes to `use(T&&)`, and `value` in, in one step: `ok`, `evicted` or
  /// `closed`.
  template <class Use>
  push_status offer(T&& value,
                    Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) requires(policy ==
                                                                                     overflow_kind::drop_oldest) {
    return self().push_evict(std::move(value), std::forward<Use>(use));
  }

  /// sample: `ok`, `dropped` or `closed`. Of those that are kept, `mark(T&, weight)` is called before they go in, and
  /// notes in the element how many it stands for, itself included; it does not throw. If the element then finds no room
  /// it is dropped, too, and keeps the mark; what it would have stood for, a later one stands for.
  template <class Mark>
  push_status offer(T&& value, Mark&& mark) noexcept requires(policy == overflow_kind::sample) {
    auto& sampling = self().overflow().sampling;
    const std::uint64_t weight = sampling.judge(self().depth() >= self().overflow().sampled_depth);
    if (weight == 0) return sampled_out();
    mark(value, weight);
    const push_status status = self().attempt_push(std::move(value));
    if (status == push_status::ok) [[likely]]
      return status;
    sampling.give_back(status == push_status::full ? weight : weight - 1);
    return status == push_status::full ? sampled_out() : self().counted(status);
  }

  /// redirect: when full, `value` is offered to `other` (or pushed, if that has no offer()), whose answer is returned,
  /// and counted there; here it counts as redirected.
  template <class Other>
  push_status offer(T&& value, Other& other) noexcept requires(policy == overflow_kind::redirect) {
    const push_status status = self().attempt_push(std::move(value));
    if (status != push_status::full) [[likely]]
      return self().counted(status);
    self().push_counting().count_redirected();
    if constexpr (requires { other.offer(std::move(value)); }) {
      return other.offer(std::move(value));
    } else {
      return other.try_push(std::move(value));
    }
  }

  /// spill: when full, and from then on until `hook` is drained, `value` goes to it: `ok`, `spilled`, `closed`, or
  /// `full` when it has no room either. See queue/spill_calls.hpp.
  template <spill_hook<T> Hook>
  push_status offer(T&& value, Hook& hook) noexcept requires(policy == overflow_kind::spill) {
    push_status status = push_status::full;
    if (!hook.is_spilling()) {
      status = self().attempt_push(std::move(value));
    } else if (self().is_closed()) {
      status = push_status::closed;
    }
    if (status == push_status::full && hook.spill(std::move(value))) {
      status = push_status::spilled;
      Self& queue = self();
      queue.tell_of_spilled();
    }
    return self().counted(status);
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

  push_status sampled_out() noexcept {
    self().push_counting().count_sampled_out();
    return push_status::dropped;
  }

  [[nodiscard]] deadline::time_point limit() noexcept {
    const std::chrono::nanoseconds patience = self().numbers().offer_for;
    const bool unlimited = patience == std::chrono::nanoseconds::max();
    return unlimited ? deadline::time_point::max() : deadline::after(Sync::now(), patience).when();
  }
};

}  // namespace tidegate
