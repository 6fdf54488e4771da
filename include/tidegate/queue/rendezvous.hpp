// rendezvous: hand-off without a buffer. A push succeeds when a consumer has received the element, and not before.
//
// Roles: any number of producers and consumers; at most Options.producers and Options.consumers of them at the same
// time, beyond which calls answer `no_row`.
// Capacity: 0. `full`: at some instant during the call no consumer was waiting; `empty`: no producer was. A try call
// succeeds with a peer that waits, or that comes while it looks.
// Received means: the element is a consumer's, whose call will return it. The producer does not wait until it has been
// moved out, or used: a consumer that is stopped then costs its own element only.
// Order: none is promised between waiting peers; each call begins to look at another one of them.
// Progress: try calls are lock-free: a call looks again at a seat only when others have met there or left. Waiting
// calls return by their deadline plus scheduling delay. A thread that is stopped or killed anywhere delays no others:
// it costs at most its own exchange and two seats. If it is stopped between the exchange and the wake, its partner in
// that exchange sleeps until another call comes by their seats, or until its deadline.
// Order of outcomes when several are ready: stop requested, closed, element, timeout; an exchange that has happened is
// never undone, so that a push that does not answer `ok` has its value. A deadline in the past is one try.
// close(): pushes and pops answer `closed`, and everybody who waits wakes to it: nothing is ever inside.
// Memory: everything inside the object; no allocation. Element: nothrow-movable, nothrow-destructible.
// Algorithm: ring/detail/meeting/meeting.hpp.  Tests: tests/contract/rendezvous, tests/model/clients/rendezvous.
//
// [close] release in close() → acquire in every call: what was done before the close is seen by who is told.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/ring/detail/meeting/meeting.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

/// Options of a rendezvous, a template argument.
struct rendezvous_options {
  unsigned producers = 32;  ///< pushes at the same time; with `consumers` at most 64
  unsigned consumers = 32;  ///< pops at the same time
  wait_kind wait = wait_kind::spin_park;
  stats_kind stats = stats_kind::counters;

  bool operator==(const rendezvous_options&) const = default;
};

/// Numbers of a rendezvous, a constructor argument.
struct rendezvous_config {
  wait_budget budget = {};  ///< how long waits stay awake
  std::string name = {};    ///< for reports
};

template <queue_element T, rendezvous_options Options = rendezvous_options{}, class Sync = native_sync>
class rendezvous : public waiting_push_calls<rendezvous<T, Options, Sync>, Sync, T&&>,
                   public waiting_pop_calls<rendezvous<T, Options, Sync>, Sync, T> {
  using meeting_type = detail::meeting<T, Options.producers, Options.consumers, Sync>;
  using place = typename meeting_type::place;
  using wait_type = wait_point<Options.wait, Sync>;

 public:
  using value_type = T;
  using time_point = deadline::time_point;

  explicit rendezvous(rendezvous_config config = {}) noexcept : config_(std::move(config)) {}

  rendezvous(const rendezvous&) = delete;
  rendezvous& operator=(const rendezvous&) = delete;

  /// No other thread may use it any more.
  ~rendezvous() = default;

  // Producers. Unless `ok`, `value` has its value still.

  /// Hands `value` to a consumer that is there: `ok`, `full`, `closed` or `no_row`.
  push_status try_push(T&& value) noexcept {
    if (closed()) return counted(push_status::closed);
    const place mine = meeting_.open_offer(std::move(value));
    if (!mine) return counted(push_status::no_row);
    if (meeting_.look_for_request(mine, telling())) return pushed(mine);
    return meeting_.withdraw_offer(mine, value) ? counted(push_status::full) : pushed(mine);
  }

  /// Waits for a consumer until `when`: `ok`, `closed`, `timed_out`, `cancelled` or `no_row`. push() and push_for() do
  /// likewise (queue/waiting_calls.hpp).
  push_status push_until(T&& value, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return counted(push_status::cancelled);
    if (closed()) return counted(push_status::closed);
    const place mine = meeting_.open_offer(std::move(value));
    if (!mine) return counted(push_status::no_row);
    if (meeting_.look_for_request(mine, telling())) return pushed(mine);
    const push_status otherwise = wait_to_be_taken(mine, when, std::stop_token(stop...));
    if (otherwise == push_status::ok || !meeting_.withdraw_offer(mine, value)) return pushed(mine);
    return counted(otherwise);
  }

  // Consumers.

  /// Takes an element from a producer that is there: `ok`, `empty`, `closed` or `no_row`.
  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  /// The same, and calls `use(T&&)` on it, then destroys it. The producer has gone on. An element whose callback throws
  /// has been consumed. The callback may use the rendezvous: it counts for one more call then.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if (closed()) return pop_status::closed;
    const place mine = meeting_.open_request();
    if (!mine) return pop_status::no_row;
    const bool met = meeting_.look_for_offer(mine, telling()) || !meeting_.withdraw_request(mine, telling());
    return met ? popped(mine, use) : pop_status::empty;
  }

  /// Waits for a producer, as push_until() for a consumer; pop() and pop_for() do likewise.
  pop_status pop_until(T& out, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept requires
      std::is_nothrow_move_assignable_v<T> {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    if (closed()) return pop_status::closed;
    const place mine = meeting_.open_request();
    if (!mine) return pop_status::no_row;
    const auto take = [&out](T&& value) noexcept { out = std::move(value); };
    if (meeting_.look_for_offer(mine, telling())) return popped(mine, take);
    const pop_status otherwise = wait_to_be_filled(mine, when, std::stop_token(stop...));
    if (otherwise == pop_status::ok || !meeting_.withdraw_request(mine, telling())) return popped(mine, take);
    return otherwise;
  }

  // Any thread.

  /// False only if at some instant during the call a pop, or a push, would have answered `empty`, or `full`. May be
  /// true without reason while others come and go all the time.
  [[nodiscard]] bool pop_ready() const noexcept { return meeting_.has_offer() || closed(); }
  [[nodiscard]] bool push_ready() const noexcept { return meeting_.has_request() || closed(); }

  /// To wait for somebody who pushes, or pops, together with other things: wait_any(), selector, event_fd. Only with
  /// strategies that sleep. One of the two who are to meet must be in a waiting call: two who wait so never meet.
  [[nodiscard]] wait_source<Sync> pop_source() noexcept requires(parks(Options.wait)) {
    return {not_empty_.sleepers(), *this, [](rendezvous& self) noexcept { return self.pop_ready(); }, everyone};
  }
  [[nodiscard]] wait_source<Sync> push_source() noexcept requires(parks(Options.wait)) {
    return {not_full_.sleepers(), *this, [](rendezvous& self) noexcept { return self.push_ready(); }, everyone};
  }

  /// From now on every call answers `closed`. Calls under way may still meet each other. Wakes everybody. Idempotent.
  void close() noexcept {
    closed_.store(true, order::release);  // [close] pairs with closed()
    for (wait_type& each : offering_) each.notify(everyone);
    for (wait_type& each : asking_) each.notify(everyone);
    not_empty_.notify(everyone);
    not_full_.notify(everyone);
  }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()

  /// What happened so far. Nothing is ever inside: `pushed` and `popped` are one number, that of the exchanges.
  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats stats;
    if constexpr (is_counted) stats.pushed = stats.popped = exchanges_.read();
    pushing_.report_to(stats);
    popping_.report_to(stats);
    return stats;
  }

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return 0; }

  /// All memory it will ever use, in bytes, its name excepted.
  [[nodiscard]] static constexpr std::size_t max_bytes() noexcept { return sizeof(rendezvous); }

 private:
  static constexpr bool is_counted = Options.stats == stats_kind::counters;

  /// Wakes both of a meeting that somebody has completed, who may be neither of them.
  [[nodiscard]] auto telling() noexcept {
    return [this](unsigned consumer, unsigned producer) noexcept {
      asking_[consumer].notify(everyone);
      offering_[producer].notify(everyone);
    };
  }

  push_status counted(push_status status) noexcept {
    pushing_.count(status);
    return status;
  }

  /// The consumer is told once more: whoever has completed the meeting may have been stopped before it could tell.
  push_status pushed(const place& mine) noexcept {
    if (const unsigned taker = meeting_.taker_of(mine); taker != detail::no_seat) asking_[taker].notify(everyone);
    return push_status::ok;
  }

  /// Likewise; and before `use` is called, which may take its time.
  template <class Use>
  pop_status popped(const place& mine, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    offering_[meeting_.giver_of(mine)].notify(everyone);
    if constexpr (is_counted) exchanges_.add(1);
    meeting_.consume(mine, std::forward<Use>(use));
    return pop_status::ok;
  }

  /// `ok` when it is taken, else why the wait has ended: then it may still be taken.
  [[gnu::noinline]] push_status wait_to_be_taken(const place& mine, deadline until,
                                                 const std::stop_token& stop) noexcept {
    const auto look = [&]() noexcept { return meeting_.is_taken(mine); };
    return wait(offering_[mine.seat], not_empty_, pushing_, look, until, stop, push_status::timed_out);
  }
  [[gnu::noinline]] pop_status wait_to_be_filled(const place& mine, deadline until,
                                                 const std::stop_token& stop) noexcept {
    const auto look = [&]() noexcept { return meeting_.is_filled(mine, telling()); };
    return wait(asking_[mine.seat], not_full_, popping_, look, until, stop, pop_status::timed_out);
  }

  /// Waits at a seat. `watchers`: who waits for somebody to come to such a seat.
  template <class Look, class Counters, class Status>
  [[nodiscard]] Status wait(wait_type& seat, wait_type& watchers, Counters& counters, const Look& look, deadline until,
                            const std::stop_token& stop, Status status) noexcept {
    const auto attempt = [&]() noexcept {
      status = look()                  ? Status::ok
               : stop.stop_requested() ? Status::cancelled
               : closed()              ? Status::closed
                                       : Status::timed_out;
      return status != Status::timed_out;
    };
    const time_point start = Sync::now();
    if (until.reached(start)) return status;
    watchers.notify(everyone);
    static_cast<void>(seat.wait(attempt, until, stop, config_.budget));  // the last attempt's status tells
    counters.count_wait(Sync::now() - start);
    return status;
  }

  rendezvous_config config_;
  meeting_type meeting_;
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // written once  [close]
  [[no_unique_address]] wait_type not_full_;                                      // whoever waits for consumers to come
  [[no_unique_address]] wait_type not_empty_;                                     // whoever waits for producers to come
  std::array<wait_type, meeting_type::offer_seats> offering_;                     // producers wait here, by seat
  std::array<wait_type, meeting_type::request_seats> asking_;                     // consumers wait here, by seat
  [[no_unique_address]] detail::push_counters<is_counted, Sync, detail::shared_counter<Sync>> pushing_;
  [[no_unique_address]] detail::pop_counters<is_counted, Sync, detail::shared_counter<Sync>> popping_;
  detail::shared_counter<Sync> exchanges_;
};

}  // namespace tidegate
