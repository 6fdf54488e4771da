// lane_pops.hpp: the pop calls of lane_queue and fair_queue: those of queue/shared_calls.hpp, and from which lane the
// element came. The consumer's thread only.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <stop_token>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/shared_calls.hpp"

namespace tidegate {

template <class Self, class T, lane_options Options, class Sync>
class lane_pops : public shared_pop_calls<Self, T, detail::to_queue_options(Options), Sync> {
  using calls = shared_pop_calls<Self, T, detail::to_queue_options(Options), Sync>;
  using time_point = deadline::time_point;

 public:
  using calls::pop;
  using calls::pop_for;
  using calls::pop_until;
  using calls::try_pop;

  /// The same; `lane` is set when it is `ok`.
  pop_status try_pop(T& out, std::size_t& lane) noexcept { return with_lane(lane, calls::try_pop(out)); }
  pop_status pop(T& out, std::size_t& lane, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return with_lane(lane, calls::pop(out, stop...));
  }
  template <class Rep, class Period>
  pop_status pop_for(T& out, std::size_t& lane, std::chrono::duration<Rep, Period> span,
                     const std::same_as<std::stop_token> auto&... stop) noexcept {
    return with_lane(lane, calls::pop_for(out, span, stop...));
  }
  pop_status pop_until(T& out, std::size_t& lane, time_point when,
                       const std::same_as<std::stop_token> auto&... stop) noexcept {
    return with_lane(lane, calls::pop_until(out, when, stop...));
  }

  /// The lane of the element that was popped last; in a callback of try_consume(), of that element.
  [[nodiscard]] std::size_t popped_lane() noexcept { return static_cast<Self*>(this)->core().popped_lane(); }

 private:
  pop_status with_lane(std::size_t& lane, pop_status status) noexcept {
    if (status == pop_status::ok) lane = popped_lane();
    return status;
  }
};

}  // namespace tidegate
