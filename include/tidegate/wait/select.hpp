// select: does exactly one of several things, the first that can be done: pop here, pop there, push over there.
//
//   const selection done = select(when,
//                                 when_popped(orders, [&](order&& next) { book.add(std::move(next)); }),
//                                 when_popped(ticks, [&](tick&& next) { book.update(next); }),
//                                 when_pushed(reports, std::move(report)));
//
// A closed queue counts no more, and when all are closed the answer is `closed`. What is not done changes nothing: an
// element to push stays where it was. Threads and elements: as the calls of the queues.
// Progress: returns by its deadline plus scheduling delay.  Source: select of Go and of Newsqueak (Pike 1989).
#pragma once

#include <array>
#include <cstddef>
#include <stop_token>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate {

/// What select() has done.
struct selection {
  std::size_t index = none_ready;             ///< the branch that was done, counted from 0
  pop_status status = pop_status::timed_out;  ///< ok; closed: all of them; timed_out, cancelled; no_row: of `index`
  [[nodiscard]] explicit operator bool() const noexcept { return status == pop_status::ok; }
};

/// A branch of select(): takes an element and calls `use(T&&)` on it.
template <class Queue, class Use>
class popping_branch {
 public:
  popping_branch(Queue& queue, Use&& use) noexcept : queue_(queue), use_(std::forward<Use>(use)) {}

  [[nodiscard]] auto source() const noexcept { return queue_.pop_source(); }
  /// `empty` when it cannot be done now.
  pop_status attempt() { return queue_.try_consume(use_); }

 private:
  Queue& queue_;
  Use use_;
};
template <class Queue, class Use>
[[nodiscard]] popping_branch<Queue, Use> when_popped(Queue& queue, Use&& use) noexcept {
  return {queue, std::forward<Use>(use)};
}

/// A branch of select(): moves `value` in, which must live until select() returns.
template <class Queue>
class pushing_branch {
  using value_type = typename Queue::value_type;

 public:
  pushing_branch(Queue& queue, value_type&& value) noexcept : queue_(queue), value_(value) {}

  [[nodiscard]] auto source() const noexcept { return queue_.push_source(); }
  pop_status attempt() noexcept {
    if (!source().ready()) return pop_status::empty;  // the queue counts no refusal of what nobody offered
    switch (queue_.try_push(std::move(value_))) {
      case push_status::ok: return pop_status::ok;
      case push_status::closed: return pop_status::closed;
      case push_status::no_row: return pop_status::no_row;
      default: return pop_status::empty;
    }
  }

 private:
  Queue& queue_;
  value_type& value_;
};
template <class Queue>
[[nodiscard]] pushing_branch<Queue> when_pushed(Queue& queue, typename Queue::value_type&& value) noexcept {
  return {queue, std::move(value)};
}

namespace detail {

/// One call of select().
template <class Sync, class... Branches>
class selecting {
  static constexpr std::size_t count = sizeof...(Branches);
  static_assert(count <= Sync::most_watches, "too many branches");

 public:
  selecting(const std::stop_token& stop, wait_budget budget, Branches&... branches) noexcept
      : stop_(stop), budget_(budget), sources_{branches.source()...}, first_(next_begin<Sync>(count)) {}

  [[nodiscard]] selection until(deadline when, Branches&... branches) {
    if (stop_.stop_requested()) return {none_ready, pop_status::cancelled};
    for (bool over = false;;) {
      if (const selection done = attempt_all(branches...); done.status != pop_status::empty) return done;
      if (over) return {none_ready, pop_status::timed_out};
      if (!wait(when)) return {none_ready, stop_.stop_requested() ? pop_status::cancelled : pop_status::timed_out};
      over = when.reached(Sync::now());  // others may be faster every time
    }
  }

 private:
  /// Each open branch once, from `first_` on; `empty` when none could be done.
  selection attempt_all(Branches&... branches) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (first_ + i) % count;
      if (closed_[at]) continue;
      const pop_status status = attempt(at, branches...);
      if (status == pop_status::closed) {
        closed_[at] = true;
      } else if (status != pop_status::empty) {
        return {at, status};
      }
    }
    for (const bool is_closed : closed_) {
      if (!is_closed) return {none_ready, pop_status::empty};
    }
    return {none_ready, pop_status::closed};
  }

  pop_status attempt(std::size_t at, Branches&... branches) {
    pop_status status = pop_status::empty;
    std::size_t index = 0;
    static_cast<void>(((index++ == at && (status = branches.attempt(), true)) || ...));
    return status;
  }

  /// True when one of the open ones may be done. It is tried at once and before the others: the wake may have been
  /// meant for somebody else, who waits for that one only.
  [[nodiscard]] bool wait(deadline when) noexcept {
    std::array<wait_source<Sync>, count> open;
    std::array<std::size_t, count> index_of;
    std::size_t open_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (first_ + i) % count;
      if (closed_[at]) continue;
      open[open_count] = sources_[at];
      index_of[open_count++] = at;
    }
    const std::size_t found = wait_for_many<Sync>({open.data(), open_count}, 0, stop_).until(when, budget_);
    if (found == none_ready) return false;
    first_ = index_of[found];
    return true;
  }

  std::stop_token stop_;
  wait_budget budget_;
  std::array<wait_source<Sync>, count> sources_;
  std::array<bool, count> closed_{};
  std::size_t first_;  // branch that is tried first: another one at each call, so that none starves; then who is ready
};

template <class Sync>
[[nodiscard]] Sync sync_of(const wait_source<Sync>&) noexcept;

template <class Branch>
concept branch = requires(Branch& one) {
  one.source();
  one.attempt();
};

}  // namespace detail

/// Does one of the branches, by `when`, unless a stop is requested first.
template <detail::branch First, detail::branch... Others>
selection select(deadline::time_point when, const std::stop_token& stop, First&& first, Others&&... others) {
  using sync = decltype(detail::sync_of(first.source()));
  using all = detail::selecting<sync, std::remove_reference_t<First>, std::remove_reference_t<Others>...>;
  return all(stop, {}, first, others...).until(when, first, others...);
}

/// The same; nothing but `when` ends it.
template <detail::branch First, detail::branch... Others>
selection select(deadline::time_point when, First&& first, Others&&... others) {
  return select(when, std::stop_token(), first, others...);
}

}  // namespace tidegate
