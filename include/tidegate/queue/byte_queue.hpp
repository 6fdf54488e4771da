// byte_queue: byte_ring + waiting with deadlines + counters. mpsc_byte_queue is the same for many producers.
//
// Roles: as the ring; close(), stats() and wait_drained() from any thread.
// Progress: try_ calls as the ring; a wake is lock-free and happens only when somebody sleeps. Blocking calls return by
// their deadline plus scheduling delay.  Order: FIFO.  Capacity: bytes, exact; see ring/byte_ring.hpp.
// Order of outcomes when several are ready: stop requested, closed, too_heavy, record or room, timeout. What was
// accepted is never undone. A deadline in the past is one try.
// Fairness: none. Of those who wait for room, a large record may wait while small ones go in.
// close(): claims answer `closed`; the consumer gets what was accepted, then `closed` for ever; both sides wake.
// A thread that ends with its claim open (many producers) wakes nobody: a consumer that waits while something is
// claimed looks every byte_queue_config::look_after.
// Cost: while nobody sleeps, a push or pop adds one load and one predicted branch to the ring's.
// Tests: tests/contract/byte_queue.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/queue/byte_queue_options.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"
#include "tidegate/queue/detail/waking_lane.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/ring/byte_ring.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <producer_count Producers, byte_queue_options Options = byte_queue_options{}, class Sync = native_sync>
class basic_byte_queue
    : public waiting_push_calls<basic_byte_queue<Producers, Options, Sync>, Sync, std::span<const std::byte>> {
  using ring_type = basic_byte_ring<Producers, Options.ring, Sync>;
  using wait_type = wait_point<Options.wait, Sync>;
  using lane_type = detail::waking_lane<typename ring_type::lane_type, wait_type>;
  using slot = typename lane_type::slot;
  static_assert(is_one_of<Options.overflow, overflow_kind::block, overflow_kind::reject, overflow_kind::drop_newest>,
                "a byte queue offers by block, reject or drop_newest: only the consumer takes records out");

 public:
  using time_point = deadline::time_point;
  using view = typename ring_type::view;  ///< std::span<std::byte>
  using claim_type = byte_claim<lane_type>;
  using peek_type = byte_peek<lane_type>;

  static constexpr overflow_kind overflow_policy = Options.overflow;

  static constexpr std::size_t min_capacity = ring_type::min_capacity;
  static constexpr std::size_t max_capacity = ring_type::max_capacity;

  /// Reserves all memory now. Throws as byte_ring.
  explicit basic_byte_queue(byte_queue_config config)
      : config_(checked(std::move(config))), ring_(config_.capacity, config_.memory) {}

  basic_byte_queue(const basic_byte_queue&) = delete;
  basic_byte_queue& operator=(const basic_byte_queue&) = delete;

  /// No other thread may use the queue any more, and no claim and no peek may be left.
  ~basic_byte_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<basic_byte_queue> make(byte_queue_config config,
                                                              std::error_code& error) noexcept {
    error = accepts(config) ? std::error_code() : std::make_error_code(std::errc::invalid_argument);
    if (error) return nullptr;
    auto reserved = ring_type::prepare(config.capacity, config.memory, error);
    if (error) return nullptr;
    std::unique_ptr<basic_byte_queue> queue(new (std::nothrow)
                                                basic_byte_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  [[nodiscard]] std::size_t max_record_bytes() const noexcept { return ring_.max_record_bytes(); }

  // Producer operations that do not wait: as the ring's, and the consumer is woken if it sleeps.

  [[nodiscard]] claim_type try_claim(std::size_t bytes) noexcept {
    slot room;
    return guarded(counted(try_once(bytes, room)), room, bytes);
  }
  push_status try_push(std::span<const std::byte> record) noexcept {
    slot room;
    return filled(counted(try_once(record.size(), room)), room, record);
  }

  /// False only if at some instant during the call try_push() of so many bytes would have answered `full`.
  [[nodiscard]] bool push_ready(std::size_t bytes) noexcept {
    const bool ready = ring_.push_ready(bytes);
    if (!ready) lane_.ask_to_look();
    return ready;
  }

  /// To wait for room for so many bytes together with other things: wait_any(), selector, event_fd. Only with
  /// strategies that sleep.
  [[nodiscard]] wait_source<Sync> push_source(std::size_t bytes) noexcept requires(parks(Options.wait)) {
    const auto is_ready = [](basic_byte_queue& queue, std::size_t wanted) noexcept { return queue.push_ready(wanted); };
    return {not_full_.sleepers(), *this, bytes, is_ready, everyone};
  }

  // Producer operations that wait: `ok`, `too_heavy`, `closed`, `timed_out` or `cancelled`. Each takes a
  // std::stop_token as an optional last argument: a request to stop ends the wait with `cancelled`.

  /// Waits for room without limit; see the claim's status().
  [[nodiscard]] claim_type claim(std::size_t bytes, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return claim_until(bytes, time_point::max(), stop...);
  }
  /// Waits for room at most `span`, measured from now.
  template <class Rep, class Period>
  [[nodiscard]] claim_type claim_for(std::size_t bytes, std::chrono::duration<Rep, Period> span,
                                     const std::same_as<std::stop_token> auto&... stop) noexcept {
    return claim_until(bytes, deadline::after(Sync::now(), span).when(), stop...);
  }
  /// Waits for room until `when`.
  [[nodiscard]] claim_type claim_until(std::size_t bytes, time_point when,
                                       const std::same_as<std::stop_token> auto&... stop) noexcept {
    slot room;
    return guarded(get_room(bytes, room, when, stop...), room, bytes);
  }

  /// push() and its forms (queue/waiting_calls.hpp) copy a record in.
  push_status push_until(std::span<const std::byte> record, time_point when,
                         const std::same_as<std::stop_token> auto&... stop) noexcept {
    slot room;
    return filled(get_room(record.size(), room, when, stop...), room, record);
  }

  /// Copies a record in; when full, by the queue's overflow policy: `ok`, `too_heavy`, `closed`, and `full`, `dropped`
  /// or `timed_out`.
  push_status offer(std::span<const std::byte> record) noexcept {
    if constexpr (Options.overflow == overflow_kind::block) {
      const bool unlimited = config_.offer_for == std::chrono::nanoseconds::max();
      return push_until(record, unlimited ? time_point::max() : deadline::after(Sync::now(), config_.offer_for).when());
    }
    if constexpr (Options.overflow == overflow_kind::reject) return try_push(record);
    slot room;
    const push_status status = try_once(record.size(), room);
    return filled(counted(status == push_status::full ? push_status::dropped : status), room, record);
  }

  // Consumer operations that do not wait: as the ring's, and producers are woken if they sleep.

  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<view>()))) {
    ring_.check_consumer();
    return detail::consume_one(lane_, use);
  }
  template <class Use>
  std::size_t try_consume_n(std::size_t most, Use&& use) noexcept(noexcept(use(std::declval<view>()))) {
    ring_.check_consumer();
    return detail::consume_many(lane_, most, use);
  }
  [[nodiscard]] peek_type try_peek(std::size_t most) noexcept {
    ring_.check_consumer();
    return {lane_, detail::find_records(lane_, most)};
  }

  /// False only if at some instant during the call try_consume() would have answered `empty`. Gives back what was
  /// abandoned in front of that. Consumer's thread only.
  [[nodiscard]] bool pop_ready() noexcept {
    ring_.check_consumer();
    static_cast<void>(detail::skip_abandoned(lane_));
    return ring_.pop_ready();
  }

  /// To wait for a record together with other things, as push_source(). A record behind a claim whose thread has ended
  /// is seen when something else wakes, or at the deadline: give one.
  [[nodiscard]] wait_source<Sync> pop_source() noexcept requires(parks(Options.wait)) {
    return {not_empty_.sleepers(), *this, [](basic_byte_queue& queue) noexcept { return queue.pop_ready(); }};
  }

  // Consumer operations that wait: `ok`, `closed`, `timed_out` or `cancelled`. The optional last argument is as above.

  /// Waits for a record without limit, and calls `use(std::span<std::byte>)` on it in place.
  template <class Use>
  pop_status consume(Use&& use, const std::same_as<std::stop_token> auto&... stop) {
    return consume_until(use, time_point::max(), stop...);
  }
  template <class Use, class Rep, class Period>
  pop_status consume_for(Use&& use, std::chrono::duration<Rep, Period> span,
                         const std::same_as<std::stop_token> auto&... stop) {
    return consume_until(use, deadline::after(Sync::now(), span).when(), stop...);
  }
  template <class Use>
  pop_status consume_until(Use&& use, time_point when, const std::same_as<std::stop_token> auto&... stop) {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    const pop_status status = try_consume(use);
    if (status != pop_status::empty) return status;
    return wait_to_pop([&] { return try_consume(use); }, when, std::stop_token(stop...));
  }

  /// Shows 1 to `most` records in place, as many as are there; none when closed, cancelled or nothing came until
  /// `when`.
  [[nodiscard]] peek_type peek_until(std::size_t most, time_point when,
                                     const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return {lane_, {}};
    ring_.check_consumer();
    detail::byte_cursor end = detail::find_records(lane_, most);
    if (end.records != 0 || most == 0) return {lane_, end};
    const auto attempt = [&]() noexcept {
      end = detail::find_records(lane_, most);
      return end.records != 0 ? pop_status::ok : ended() ? pop_status::closed : pop_status::empty;
    };
    static_cast<void>(wait_to_pop(attempt, when, std::stop_token(stop...)));
    return {lane_, end};
  }

  /// True once closed and everything was delivered. Consumer's thread only.
  [[nodiscard]] bool ended() const noexcept { return ring_.ended(); }

  // Any thread.

  /// No more claims; what is inside is still delivered. Wakes every waiter of both sides. Idempotent.
  void close() noexcept {
    ring_.close();
    not_empty_.notify(everyone);
    not_full_.notify(everyone);
  }
  [[nodiscard]] bool closed() const noexcept { return ring_.closed(); }

  /// Waits until everything claimed before the call has been consumed or given back: true; false when `when` came
  /// first. Records that a close() by a third thread left to the destructor are never consumed.
  bool wait_drained(time_point when) noexcept {
    const auto& lane = std::as_const(ring_).lane();
    const auto start = lane.head_hint();  // before tail, which is then no older than it
    const std::size_t depth = lane.words_between(start, lane.tail_hint());
    const auto drained = [&]() noexcept {
      const bool done = lane.words_between(start, lane.head_hint()) >= depth;
      if (!done) lane_.ask_to_look();
      return done;
    };
    return detail::wait_until_it_holds<Sync>(not_full_, drained, when, config_.budget);
  }

  /// What happened so far.
  [[nodiscard]] byte_queue_stats stats() const noexcept {
    queue_stats calls;
    pushing_.report_to(calls);
    popping_.report_to(calls);
    const auto room = ring_.counts_hint();  // before depth: what enters in between must not look as if it had left
    return {.capacity = capacity(),
            .depth = depth_hint(),
            .room = room,
            .rejected = calls.rejected,
            .turned_away = calls.turned_away,
            .dropped = calls.dropped,
            .timed_out = calls.timed_out,
            .cancelled = calls.cancelled,
            .closed = calls.closed,
            .push_waits = calls.push_waits,
            .pop_waits = calls.pop_waits,
            .push_wait_time = calls.push_wait_time,
            .pop_wait_time = calls.pop_wait_time};
  }

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return ring_.depth_hint(); }
  [[nodiscard]] std::size_t credits_hint() const noexcept { return ring_.credits_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) - sizeof(ring_) + ring_.max_bytes(); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { ring_.rebind_producer(); }
  void rebind_consumer() noexcept { ring_.rebind_consumer(); }

 private:
  static constexpr bool is_counted = Options.stats == stats_kind::counters;
  using push_counter =
      std::conditional_t<Producers == producer_count::one, detail::counter<Sync>, detail::shared_counter<Sync>>;

  basic_byte_queue(byte_queue_config&& config, typename ring_type::prepared&& reserved) noexcept
      : config_(std::move(config)), ring_(std::move(reserved)) {}

  /// A number that the type would ignore is refused.
  [[nodiscard]] static bool accepts(const byte_queue_config& config) noexcept {
    return Options.limits_waiters || config.max_waiters == queue_config::any_number;
  }
  [[nodiscard]] static byte_queue_config&& checked(byte_queue_config&& config) {
    if (!accepts(config)) {
      fail_construction(std::make_error_code(std::errc::invalid_argument),
                        "byte_queue_config: max_waiters needs byte_queue_options{.limits_waiters = true}");
    }
    return std::move(config);
  }

  /// Whoever finds no room, and waits or tries again, has the consumer look what takes it.
  [[nodiscard]] push_status try_once(std::size_t bytes, slot& room) noexcept {
    const push_status status = ring_.claim(bytes, room);
    if (status == push_status::full) lane_.ask_to_look();
    return status;
  }
  push_status counted(push_status status) noexcept {
    if (status != push_status::ok) [[unlikely]]
      pushing_.count(status);
    return status;
  }
  [[nodiscard]] claim_type guarded(push_status status, slot& room, std::size_t bytes) noexcept {
    if (status != push_status::ok) [[unlikely]]
      return claim_type(status);
    ring_.lane().mark(room);
    return {lane_, room, bytes};
  }
  push_status filled(push_status status, const slot& room, std::span<const std::byte> record) noexcept {
    if (status != push_status::ok) [[unlikely]]
      return status;
    lane_type::word::write(room.payload(), record);
    lane_.publish(room, record.size());
    return status;
  }

  [[nodiscard]] push_status get_room(std::size_t bytes, slot& room, time_point when,
                                     const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return counted(push_status::cancelled);
    const push_status status = try_once(bytes, room);
    return status != push_status::full ? counted(status) : wait_for_room(bytes, room, when, std::stop_token(stop...));
  }

  /// Nobody else is woken in its place: room wakes everyone.
  [[gnu::noinline]] push_status wait_for_room(std::size_t bytes, slot& room, deadline until,
                                              const std::stop_token& stop) noexcept {
    const auto attempt = [&]() noexcept { return try_once(bytes, room); };
    return detail::wait_in_place<Sync>(waiters_, not_full_, pushing_, {until, stop, config_.budget}, attempt);
  }

  /// Sleeps in slices while something is claimed.
  struct claimed_slices {
    const lane_type& lane;
    std::chrono::nanoseconds look_after;
    bool held_up = false;
    [[nodiscard]] deadline next(deadline until, time_point now) noexcept {
      held_up = lane.is_held_up();
      return held_up ? earlier(until, deadline::after(now, look_after)) : until;
    }
    [[nodiscard]] bool is_stale() const noexcept { return lane.is_held_up() != held_up; }
  };

  template <class Pop>
  [[gnu::noinline]] pop_status wait_to_pop(Pop&& pop, deadline until, const std::stop_token& stop) {
    const detail::wait_terms terms{until, stop, config_.budget};
    return detail::wait_and_try<Sync>(not_empty_, popping_, terms, pop, claimed_slices{lane_, config_.look_after});
  }

  byte_queue_config config_;
  ring_type ring_;
  [[no_unique_address]] detail::waiter_limit<Options.limits_waiters, Sync> waiters_{config_.max_waiters};
  [[no_unique_address]] wait_type not_full_;   // producers wait here, and wait_drained()
  [[no_unique_address]] wait_type not_empty_;  // the consumer waits here
  lane_type lane_{ring_.lane(), not_empty_, not_full_};
  [[no_unique_address]] detail::push_counters<is_counted, Sync, push_counter> pushing_;
  [[no_unique_address]] detail::pop_counters<is_counted, Sync> popping_;
};

template <byte_queue_options Options = byte_queue_options{}, class Sync = native_sync>
using byte_queue = basic_byte_queue<producer_count::one, Options, Sync>;

template <byte_queue_options Options = byte_queue_options{}, class Sync = native_sync>
using mpsc_byte_queue = basic_byte_queue<producer_count::many, Options, Sync>;

/// byte_queue without exceptions: null and `error` set when it cannot be had.
template <byte_queue_options Options = byte_queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<byte_queue<Options, Sync>> make_byte_queue(byte_queue_config config,
                                                                         std::error_code& error) noexcept {
  return byte_queue<Options, Sync>::make(std::move(config), error);
}
template <byte_queue_options Options = byte_queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<mpsc_byte_queue<Options, Sync>> make_mpsc_byte_queue(byte_queue_config config,
                                                                                   std::error_code& error) noexcept {
  return mpsc_byte_queue<Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
