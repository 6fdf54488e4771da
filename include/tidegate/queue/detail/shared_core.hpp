// shared_core: a ring, the two places to wait at, and the counters of a queue with several threads on a side.
//
// Whoever completes an exchange tells a waiter of the other side: the caller of a call that succeeded, and also a
// helper for those whose exchange it completed, because they may be stopped before they can tell. A waiter that leaves
// without what it may have been woken for passes the wake on.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/queue/detail/overflow_state.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/ring/detail/exchange/row.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate::detail {

/// NotEmpty: where consumers wait, of its own or shared with other rings.
template <class T, class Ring, queue_options Options, class Sync, class NotEmpty = wait_point<Options.wait, Sync>>
class shared_core {
 public:
  using ring_type = Ring;
  using time_point = deadline::time_point;
  using overflow_type = overflow_state<Options, Sync>;

  explicit shared_core(queue_config&& config)
      : config_(overflow_type::checked(std::move(config))), ring_(config_.capacity, config_.rows, config_.memory) {}
  template <class... At>
  shared_core(queue_config&& config, typename Ring::prepared&& reserved, At&... not_empty) noexcept
      : config_(std::move(config)), ring_(std::move(reserved)), not_empty_(not_empty...) {}

  [[nodiscard]] Ring& ring() noexcept { return ring_; }
  [[nodiscard]] const Ring& ring() const noexcept { return ring_; }
  [[nodiscard]] const queue_config& config() const noexcept { return config_; }

  // Pushes, through a port.

  template <class Port>
  push_status push(Port& port, T&& value) noexcept {
    return pushed(port, port.push(std::move(value)));
  }

  template <class Port, class... Args>
  push_status emplace(Port& port, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const telling_of_others<Port> after{*this, port};  // also when it throws: it may have completed others before
    const push_status status = port.emplace(std::forward<Args>(args)...);
    if (status == push_status::ok) [[likely]]
      tell_of_elements();
    return status;
  }

  /// How many; run by run where the ring moves runs, else one by one. Each wakes for itself, as many as it can serve:
  /// a thread that stops in between leaves at most its last run unannounced.
  template <class Port>
  std::size_t push_n(Port& port, T* first, std::size_t count) noexcept {
    std::size_t done = 0;
    if constexpr (Port::moves_runs) {
      while (done != count) {
        const std::size_t run = port.push_run(first + done, count - done);
        if (run == 0) break;
        tell_of_elements(run);
        done += run;
      }
    } else {
      while (done != count && push(port, std::move(first[done])) == push_status::ok) ++done;
    }
    return done;
  }

  /// Those who wait are told before `use` is called: it may take its time, or throw.
  template <class Port, class Use>
  push_status push_evict(Port& port, T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const telling_of_others<Port> after{*this, port};
    const push_status status =
        port.push_evict(std::move(value), [&](T&& victim) noexcept(noexcept(use(std::declval<T&&>()))) {
          pushing_.count_evicted();
          tell_of_elements();
          drained_.notify(everyone);
          use(std::move(victim));
        });
    if (status == push_status::ok) tell_of_elements();
    return status;
  }

  template <class Port>
  [[gnu::noinline]] push_status wait_to_push(Port& port, T&& value, deadline until,
                                             const std::stop_token& stop) noexcept {
    const auto attempt = [&]() noexcept { return push(port, std::move(value)); };
    const push_status status =
        wait_in_place<Sync>(overflow_.waiters, not_full_, pushing_, {until, stop, config_.budget}, attempt);
    // the room that it may have been woken for is somebody else's now
    if (status != push_status::ok && status != push_status::closed) not_full_.notify();
    return status;
  }

  // For offer().

  [[nodiscard]] auto& push_counting() noexcept { return pushing_; }
  [[nodiscard]] auto& pop_counting() noexcept { return popping_; }
  [[nodiscard]] auto& overflow() noexcept { return overflow_; }
  void tell_of_spilled() noexcept { not_empty_.notify(); }

  // Pops, through a port.

  /// Where the place is free before `use` is called, those who wait are told before, too: it may take its time, or
  /// throw.
  template <class Port, class Use>
  pop_status pop(Port& port, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    constexpr bool calm = noexcept(use(std::declval<T&&>()));
    const telling_of_others<Port> after{*this, port};
    pop_status status = pop_status::empty;
    if constexpr (!Ring::may_fail_falsely) {
      status = port.pop([&](T&& value) noexcept(calm) {
        tell_of_room();
        use(std::move(value));
      });
    } else {
      const telling_of_room at_the_end{*this, status};  // also when `use` throws: then its element has left
      if constexpr (!calm) status = pop_status::ok;
      status = port.pop(use);
    }
    if (status == pop_status::closed) [[unlikely]]
      drained_.notify(everyone);  // what is left inside never leaves
    return status;
  }

  /// As push_n(). `ok` when at least one was taken.
  template <class Port>
  pop_status pop_n(Port& port, T* out, std::size_t count, std::size_t& taken) noexcept {
    pop_status status = pop_status::ok;
    if constexpr (Port::moves_runs) {
      std::size_t run = 0;
      while (taken != count && (status = port.pop_run(out + taken, count - taken, run)) == pop_status::ok) {
        tell_of_room(run);
        taken += run;
      }
    } else {
      const auto take = [&](T&& value) noexcept { out[taken] = std::move(value); };
      while (taken != count && (status = pop(port, take)) == pop_status::ok) ++taken;
    }
    return taken != 0 ? pop_status::ok : status;
  }

  template <class Attempt>
  [[gnu::noinline]] pop_status wait_to_pop(Attempt&& pop_some, deadline until, const std::stop_token& stop) noexcept {
    const pop_status status = wait_and_try<Sync>(not_empty_, popping_, {until, stop, config_.budget}, pop_some);
    // the element that it may have been woken for is somebody else's now
    if (status != pop_status::ok && status != pop_status::closed) not_empty_.notify();
    return status;
  }

  // To wait for several queues.

  /// Whether a call through this port would get on.
  template <class Port>
  [[nodiscard]] bool is_ready(Port& port) noexcept {
    const telling_of_others<Port> after{*this, port};
    return port.is_ready();
  }
  [[nodiscard]] event_count<Sync>& where_to_push() noexcept { return not_full_.sleepers(); }
  [[nodiscard]] event_count<Sync>& where_to_pop() noexcept { return not_empty_.sleepers(); }

  // Any thread.

  void close() noexcept {
    ring_.close();
    not_empty_.notify(everyone);
    not_full_.notify(everyone);
    drained_.notify(everyone);
  }

  bool wait_drained(time_point when) noexcept { return wait_left(ring_.pushed_mark(), when); }
  bool wait_left(typename Ring::mark target, time_point when) noexcept {
    const auto drained = [&]() noexcept { return ring_.has_left(target); };
    return wait_until_it_holds<Sync>(drained_, drained, when, config_.budget);
  }

  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats stats;
    stats.capacity = ring_.capacity();
    stats.pushed = ring_.pushed_hint();
    stats.depth = ring_.depth_hint();  // after `pushed`: what enters in between must not look as if it had left
    stats.popped = ring_.popped_hint();
    pushing_.report_to(stats);
    popping_.report_to(stats);
    return stats;
  }

 private:
  using wait_type = wait_point<Options.wait, Sync>;
  static constexpr bool counted = Options.stats == stats_kind::counters;

  /// At the end of a call, whatever came of it.
  template <class Port>
  struct telling_of_others {
    shared_core& core;
    Port& port;
    ~telling_of_others() { core.tell_of_others(port); }
  };
  struct telling_of_room {
    shared_core& core;
    const pop_status& status;
    ~telling_of_room() {
      if (status == pop_status::ok) core.tell_of_room();
    }
  };

  template <class Port>
  push_status pushed(Port& port, push_status status) noexcept {
    if (status == push_status::ok) [[likely]]
      tell_of_elements();
    tell_of_others(port);
    return status;
  }

  void tell_of_elements(std::size_t count = 1) noexcept {
    not_empty_.notify(at_most_everyone(count));
    if constexpr (Ring::may_fail_falsely) not_full_.notify();
  }
  void tell_of_room(std::size_t count = 1) noexcept {
    not_full_.notify(at_most_everyone(count));
    if constexpr (Ring::may_fail_falsely) not_empty_.notify();
    drained_.notify(everyone);
  }
  [[nodiscard]] static unsigned at_most_everyone(std::size_t count) noexcept {
    return count < everyone ? static_cast<unsigned>(count) : everyone;
  }

  template <class Port>
  void tell_of_others(Port& port) noexcept {
    const completions settled = port.take_settled();
    if (settled.pushed) [[unlikely]] {
      not_empty_.notify();
      if constexpr (Ring::can_evict) drained_.notify(everyone);  // it may have evicted
    }
    if (settled.popped) [[unlikely]]
      tell_of_room();
  }

  queue_config config_;
  Ring ring_;
  [[no_unique_address]] overflow_type overflow_{config_};
  [[no_unique_address]] wait_type not_full_;  // producers wait here
  [[no_unique_address]] NotEmpty not_empty_;  // consumers wait here
  [[no_unique_address]] wait_type drained_;   // wait_drained() waits here
  [[no_unique_address]] push_counters<counted, Sync, shared_counter<Sync>> pushing_;
  [[no_unique_address]] pop_counters<counted, Sync, shared_counter<Sync>> popping_;
};

}  // namespace tidegate::detail
