// lane_queue: N lanes into one consumer, each a bounded FIFO of its own; the consumer is served from them in the ratio
// of their weights, and none starves.
//
// Roles: any number of producer threads in each lane (or one in each: lane_producers::one), one consumer thread, which
// alone knows whose turn it is: several would each need a schedule of their own, or a lock. close(), stats() and
// wait_drained() from any thread.
// Order: FIFO in each lane; among lanes deficit round robin (flow/deficit_round_robin.hpp), with one strict lane if so
// configured: weights count cost, which is 1 for each element, or what `Cost` says. With more than 16 lanes, one that
// was idle waits for up to N / 16 pops before its turns begin.
// Capacity: exact, of each lane: a full lane refuses its own producers and nobody else's.
// Exact answers: `full` only if at some instant during the call the lane held `capacity` elements; `empty` only if at
// some instant no lane held any. A thread that stops changes nothing in this. Two failures seen by two threads may have
// no common order (store buffering), unless `failure_order::joint` is chosen for the rings.
// Progress: try_push as the ring beneath: producers touch their lane, and nothing that others write. try_pop: as the
// ring's, times at most 2 N + 16; O(1) lanes on average, O(N) when empty. Waiting calls return by their deadline plus
// scheduling delay. No allocation after construction.
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. A deadline in the past
// is one try.
// close(): exact where lanes have many producers, at one instant for all lanes: pushes answer `closed`; pops deliver
// what was accepted, then `closed` for ever; all waiters wake. In lanes of one producer, pushes that overlap another
// thread's close() may be late: see spsc_ring.hpp.
// Memory: a ring for each lane, and its rows.
// Source: Shreedhar & Varghese 1995.  Tests: tests/contract/lanes, tests/model/clients/lanes, tests/simulation.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/queue/detail/addressed_pushes.hpp"
#include "tidegate/queue/detail/lane_set.hpp"
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/lane_pops.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <queue_element T, std::size_t N, lane_options Options = lane_options{}, class Cost = one_unit,
          class Sync = native_sync>
requires element_cost<Cost, T>
class lane_queue : public lane_pops<lane_queue<T, N, Options, Cost, Sync>, T, Options, Sync>,
                   public detail::addressed_pushes<lane_queue<T, N, Options, Cost, Sync>, std::size_t, T> {
  using set_type = detail::lane_set<T, Options, Cost, Sync>;
  using store_type = typename set_type::store_type;
  friend lane_pops<lane_queue, T, Options, Sync>;
  friend shared_pop_calls<lane_queue, T, detail::to_queue_options(Options), Sync>;
  friend detail::addressed_pushes<lane_queue, std::size_t, T>;
  static_assert(N >= 1 && N <= store_type::max_lanes, "1 to 1024 lanes");

 public:
  using value_type = T;
  using time_point = deadline::time_point;
  using lane_type = typename set_type::lane_type;

  static constexpr overflow_kind overflow_policy = Options.overflow;
  static constexpr std::size_t lanes = N;
  static constexpr std::size_t max_capacity = lane_type::max_capacity;

  /// Reserves all memory now. Throws std::invalid_argument (a capacity 0 or above max_capacity, a weight or quantum of
  /// 0, a strict lane that there is not, memory in a span), std::bad_alloc, or std::system_error.
  explicit lane_queue(lane_queue_config<N> config) : lane_queue(std::move(config), reserve_or_fail(config)) {}

  lane_queue(const lane_queue&) = delete;
  lane_queue& operator=(const lane_queue&) = delete;

  /// Destroys the elements that are left. No other thread may use the queue any more.
  ~lane_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<lane_queue> make(lane_queue_config<N> config, std::error_code& error) noexcept {
    store_type reserved = store_type::make(N, config.lanes, config.all, error);
    if (error) return nullptr;
    std::unique_ptr<lane_queue> queue(new (std::nothrow) lane_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  /// One lane, with the calls of queue/shared_calls.hpp: `queue.lane(0).push(std::move(job))`. Its push_source() is to
  /// wait for room together with other things.
  [[nodiscard]] lane_type& lane(std::size_t index) noexcept { return set_.at(index); }

  [[nodiscard]] wait_source<Sync> push_source(std::size_t to) noexcept requires(parks(Options.wait)) {
    return lane(to).push_source();
  }

  // Any thread.

  /// No more pushes; what is inside is still delivered. Wakes every waiter. Idempotent. O(N).
  void close() noexcept { set_.close(); }
  [[nodiscard]] bool closed() const noexcept { return set_.closed(); }

  /// Waits until every element accepted before the call has been taken out: true; false when `when` came first.
  bool wait_drained(time_point when) noexcept { return set_.wait_drained(when); }

  /// What happened so far, in all lanes together.
  [[nodiscard]] queue_stats stats() const noexcept { return set_.stats(); }
  /// In each of them.
  [[nodiscard]] std::array<lane_stats, N> stats_of_lanes() const noexcept {
    std::array<lane_stats, N> each;
    std::uint64_t popped = 0;
    for (std::size_t i = 0; i < N; ++i) popped += (each[i] = set_.stats_of(i)).popped;
    for (lane_stats& one : each) one.share = popped == 0 ? 0 : double(one.popped) / double(popped);
    return each;
  }

  [[nodiscard]] const std::string& name() const noexcept { return set_.config().name; }
  [[nodiscard]] std::size_t capacity(std::size_t lane) const noexcept { return set_.at(lane).capacity(); }
  [[nodiscard]] std::size_t depth_hint(std::size_t lane) const noexcept { return set_.at(lane).depth_hint(); }
  [[nodiscard]] std::size_t credits_hint(std::size_t lane) const noexcept { return set_.at(lane).credits_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return set_.max_bytes(); }

  /// Lets another thread take the consumer's role. The caller orders the hand-over.
  void rebind_consumer() noexcept { set_.rebind_consumer(); }

 private:
  lane_queue(lane_queue_config<N>&& config, store_type&& reserved) noexcept
      : set_(std::move(config.all), std::move(reserved)) {}

  [[nodiscard]] static store_type reserve_or_fail(const lane_queue_config<N>& config) {
    std::error_code error;
    store_type reserved = store_type::make(N, config.lanes, config.all, error);
    if (error) {
      fail_construction(error, "lane_queue: cannot hold " + std::to_string(N) +
                                   " lanes (accepted: capacities of 1 to " + std::to_string(max_capacity) +
                                   ", weights of 1 to " + std::to_string(deficit_round_robin::max_weight) +
                                   ", a quantum from 1, a strict lane that there is, no span, and what memory allows)");
    }
    return reserved;
  }

  [[nodiscard]] set_type& core() noexcept { return set_; }
  [[nodiscard]] typename set_type::port pop_port() noexcept { return {}; }
  [[nodiscard]] lane_type& place_of(std::size_t to) noexcept { return set_.at(to); }

  set_type set_;
};

/// lane_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, std::size_t N, lane_options Options = lane_options{}, class Cost = one_unit>
[[nodiscard]] std::unique_ptr<lane_queue<T, N, Options, Cost>> make_lane_queue(lane_queue_config<N> config,
                                                                               std::error_code& error) noexcept {
  return lane_queue<T, N, Options, Cost>::make(std::move(config), error);
}

}  // namespace tidegate
