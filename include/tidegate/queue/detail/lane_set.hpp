// lane_set: lanes, the one consumer that chooses among them, and the end: what lane_queue and fair_queue are made of.
//
// The consumer's scheduler knows which lanes are active: those that had an element when it looked. At each pop it looks
// at some of the idle ones, in turn; before it says `empty` it tries every lane.
// `empty` is exact: only this consumer takes elements out, so a lane that it finds empty was empty since the call
// began, and so all lanes were when it began.
// The end is one instant for all lanes: when close() announces it. Pushes that begin later ask first; a pop that begins
// later closes what is not closed yet before it takes anything, so that no push that was under way finds the room that
// it makes, and whoever stopped in close() delays no `closed`.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "tidegate/base/role_guard.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/flow/deficit_round_robin.hpp"
#include "tidegate/queue/detail/lane_store.hpp"
#include "tidegate/queue/lane_options.hpp"

namespace tidegate::detail {

template <class T, lane_options Options, class Cost, class Sync>
class lane_set {
 public:
  using store_type = lane_store<T, Options, Sync>;
  using lane_type = typename store_type::lane_type;
  using time_point = deadline::time_point;

  /// Idle lanes that a pop looks at: an element waits for at most lanes / looks_per_pop pops until its lane has its
  /// turns.
  static constexpr std::size_t looks_per_pop = 16;

  lane_set(lanes_config&& config, store_type&& store) noexcept
      : config_(std::move(config)),
        store_(std::move(store)),
        scheduler_(store_.entries(), config_.quantum, config_.strict) {}

  [[nodiscard]] const lanes_config& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t count() const noexcept { return store_.count(); }
  [[nodiscard]] lane_type& at(std::size_t index) noexcept {
    if constexpr (checks_enabled) {
      if (index >= count()) abort_with("lane_queue: there is no such lane");
    }
    return store_.at(index);
  }
  [[nodiscard]] const lane_type& at(std::size_t index) const noexcept { return store_.at(index); }

  // The consumer's: what shared_pop_calls asks for.

  /// Access for the only consumer.
  struct port {
    explicit operator bool() const noexcept { return true; }
  };

  template <class Use>
  pop_status pop(port&, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    consumer_.check("lane_queue: two consumer threads on a queue for one");
    if (!ended_ && store_.commons().closed()) [[unlikely]]
      end();
    look_at_idle_lanes();
    for (std::size_t at; (at = scheduler_.next()) != deficit_round_robin::nobody;) {
      if (const pop_status status = take(at, use); status == pop_status::ok) return status;
      scheduler_.deactivate(at);
    }
    return try_all(use);
  }

  pop_status pop_n(port& seat, T* out, std::size_t count, std::size_t& taken) noexcept {
    pop_status status = pop_status::ok;
    const auto put = [&](T&& value) noexcept { out[taken] = std::move(value); };
    while (taken != count && (status = pop(seat, put)) == pop_status::ok) ++taken;
    return taken != 0 ? pop_status::ok : status;
  }

  template <class Attempt>
  [[gnu::noinline]] pop_status wait_to_pop(Attempt&& pop_some, deadline until, const std::stop_token& stop) noexcept {
    pop_status status = pop_status::empty;
    const auto attempt = [&]() noexcept {
      status = stop.stop_requested() ? pop_status::cancelled : pop_some();
      return status != pop_status::empty;
    };
    const time_point start = Sync::now();
    if (!until.reached(start)) {
      // the last attempt's status tells; nobody else waits here, to pass a wake on to
      static_cast<void>(store_.commons().not_empty().wait(attempt, until, stop, config_.budget));
      popping_.count_wait(Sync::now() - start);
    }
    return status != pop_status::empty ? status : pop_status::timed_out;
  }

  [[nodiscard]] bool is_ready(port&) noexcept {
    if (store_.commons().closed()) return true;  // a pop would answer `ok` or `closed`
    for (std::size_t i = 0; i < count(); ++i) {
      if (is_ready(i)) return true;
    }
    return false;
  }
  [[nodiscard]] event_count<Sync>& where_to_pop() noexcept { return store_.commons().not_empty().sleepers(); }

  /// The lane of the element that was popped last, or is being used.
  [[nodiscard]] std::size_t popped_lane() const noexcept { return popped_lane_; }

  // Any thread.

  void close() noexcept {
    store_.commons().close();
    for (std::size_t i = 0; i < count(); ++i) store_.at(i).core().close();
  }
  [[nodiscard]] bool closed() const noexcept { return store_.commons().closed(); }

  bool wait_drained(time_point when) noexcept {
    std::array<typename lane_type::mark, store_type::max_lanes> marks;
    for (std::size_t i = 0; i < count(); ++i) marks[i] = store_.at(i).core().ring().pushed_mark();
    for (std::size_t i = 0; i < count(); ++i) {
      if (!store_.at(i).core().wait_left(marks[i], when)) return false;
    }
    return true;
  }

  /// Of one lane, but for the share.
  [[nodiscard]] lane_stats stats_of(std::size_t index) const noexcept {
    lane_stats stats{store_.at(index).core().stats()};
    stats.weight = store_.entries()[index].weight;
    return stats;
  }
  /// Of all lanes together.
  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats sum;
    for (std::size_t i = 0; i < count(); ++i) {
      const queue_stats one = store_.at(i).core().stats();
      sum.capacity += one.capacity;
      sum.depth += one.depth;
      sum.pushed += one.pushed;
      sum.popped += one.popped;
      sum.rejected += one.rejected;
      sum.dropped += one.dropped;
      sum.timed_out += one.timed_out;
      sum.push_waits += one.push_waits;
      sum.push_wait_time += one.push_wait_time;
    }
    popping_.report_to(sum);
    return sum;
  }

  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + store_.bytes(); }

  void rebind_consumer() noexcept {
    consumer_.rebind();
    for (std::size_t i = 0; i < count(); ++i) store_.at(i).core().ring().rebind_consumer();
  }

 private:
  static constexpr bool counted = Options.stats == stats_kind::counters;

  [[nodiscard]] bool is_ready(std::size_t index) noexcept {
    auto seat = store_.at(index).core().ring().pop_port();
    return store_.at(index).core().is_ready(seat);
  }

  /// The next element of one lane, if there is one. It is paid for before it is used: `use` may throw.
  template <class Use>
  pop_status take(std::size_t index, Use& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    auto seat = store_.at(index).core().ring().pop_port();
    return store_.at(index).core().pop(seat, [&](T&& value) noexcept(noexcept(use(std::move(value)))) {
      if (!scheduler_.is_active(index)) scheduler_.activate(index);
      scheduler_.charge(index, Cost{}(value));
      popped_lane_ = index;
      use(std::move(value));
    });
  }

  void end() noexcept {
    for (std::size_t i = 0; i < count(); ++i) store_.at(i).core().ring().close();
    ended_ = true;
  }

  /// Those that have something become active. With none active, try_all() does this.
  void look_at_idle_lanes() noexcept {
    if (scheduler_.is_idle()) return;
    const std::size_t strict = config_.strict.lane;
    if (strict != strict_lane::none) look_at(strict);
    for (std::size_t i = std::min(looks_per_pop, count()); i > 0; --i) look_at(next_in_turn());
  }
  void look_at(std::size_t index) noexcept {
    if (!scheduler_.is_active(index) && is_ready(index)) scheduler_.activate(index);
  }
  [[nodiscard]] std::size_t next_in_turn() noexcept {
    const std::size_t now = look_next_;
    look_next_ = now + 1 == count() ? 0 : now + 1;
    return now;
  }

  /// No lane is active: the first one that has something, the strict one before the others.
  template <class Use>
  pop_status try_all(Use& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if (config_.strict.lane != strict_lane::none && take(config_.strict.lane, use) == pop_status::ok)
      return pop_status::ok;
    for (std::size_t i = 0; i < count(); ++i) {
      const std::size_t index = next_in_turn();
      if (take(index, use) == pop_status::ok) return pop_status::ok;
    }
    return ended_ ? pop_status::closed : pop_status::empty;
  }

  lanes_config config_;
  store_type store_;
  deficit_round_robin scheduler_;
  std::size_t look_next_ = 0;    // whose turn it is to be looked at
  std::size_t popped_lane_ = 0;  // of the last element
  bool ended_ = false;           // all lanes are closed
  [[no_unique_address]] pop_counters<counted, Sync, shared_counter<Sync>> popping_;
  [[no_unique_address]] role_guard<Options.check_roles, struct lanes_consumer_role, Sync> consumer_;
};

}  // namespace tidegate::detail
