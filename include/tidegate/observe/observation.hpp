// observation.hpp: one look at a watched thing from outside: the counters that it has anyway, and nothing derived.
//
// observe() knows every queue, byte queue, limiter and account of credits, from any thread, and sinks and logs on their
// owner's thread (see posting.hpp). Anything else is watched when it has `observation observe() const noexcept`, to be
// called from any thread.
// Cost: the thing's stats(): loads of counters, on the reader's side only. Progress: as stats().
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tidegate/flow/credit_options.hpp"
#include "tidegate/observe/pressure.hpp"
#include "tidegate/queue/byte_queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate {

/// What a thing counts of what passes through it.
enum class counted_flow : std::uint8_t {
  none,     ///< no rates, ages and sojourn times
  entered,  ///< an arrival rate only
  both,
};

/// Raw numbers; see pressure for what each means. They are read one after another, so that they may contradict each
/// other by what moved meanwhile: whoever derives from them expects it.
struct observation {
  watched_kind kind = watched_kind::queue;
  counted_flow flow = counted_flow::both;
  std::uint64_t max_bytes = 0;
  std::uint64_t capacity = 0;
  std::uint64_t depth = 0;
  std::uint64_t weight = 0;
  std::uint64_t weight_limit = 0;
  std::uint64_t entered = 0;
  std::uint64_t left = 0;
  std::array<std::uint64_t, loss_kinds> losses{};
  waiting_side push_side;
  waiting_side pop_side;
  sink_pressure sink;

  [[nodiscard]] std::uint64_t& lost_by(loss_kind why) noexcept { return losses[static_cast<std::size_t>(why)]; }
};
static_assert(std::is_trivially_copyable_v<observation>);

/// Tells of itself.
template <class Thing>
concept self_observing = requires(const Thing& thing) {
  { thing.observe() }
  noexcept->std::same_as<observation>;
};

template <class Thing>
concept observed_queue = requires(const Thing& thing) {
  { thing.stats() } -> std::convertible_to<queue_stats>;
};
template <class Thing>
concept observed_byte_queue = requires(const Thing& thing) {
  { thing.stats() } -> std::same_as<byte_queue_stats>;
};
template <class Thing>
concept observed_credits = requires(const Thing& thing) {
  { thing.stats() } -> std::same_as<credit_stats>;
};
/// Belongs to one thread, which may observe it, and nobody else: sinks and logs.
template <class Thing>
concept observed_sink = requires(const Thing& thing) {
  { thing.position().records.in_flight() } -> std::convertible_to<std::uint64_t>;
  { thing.stats().fulls } -> std::convertible_to<std::uint64_t>;
};

/// What any thread may observe.
template <class Thing>
concept observable =
    self_observing<Thing> || observed_queue<Thing> || observed_byte_queue<Thing> || observed_credits<Thing>;

namespace detail {

// `depth`: read after the rest, so that what has entered and is not inside has left.
void fill(observation& seen, const queue_stats& stats, std::size_t depth, bool replaces_in_place) noexcept;
void fill(observation& seen, const byte_queue_stats& stats, std::size_t depth) noexcept;
void fill(observation& seen, const credit_stats& stats) noexcept;

/// A queue that gives a key's newer value the place of the older one: its keys are what enters and leaves.
template <class Thing>
concept replaces_in_place = requires(const Thing& thing) {
  typename Thing::key_type;
  thing.replaced();
};

/// A queue that every reader reads whole, and that does not know how far they are.
template <class Thing>
concept read_by_many = requires {
  typename Thing::reader;
};

/// What is inside, of lanes all together.
template <class Thing>
[[nodiscard]] std::size_t depth_of(const Thing& thing) noexcept {
  if constexpr (requires { thing.depth_hint(); }) return thing.depth_hint();
  return thing.stats().depth;
}

template <class Thing>
[[nodiscard]] std::uint64_t bytes_of(const Thing& thing) noexcept {
  if constexpr (requires { thing.max_bytes(); }) return thing.max_bytes();
  return sizeof(Thing);
}

}  // namespace detail

/// Any thread.
template <observable Thing>
[[nodiscard]] observation observe(const Thing& thing) noexcept {
  if constexpr (self_observing<Thing>) {
    return thing.observe();
  } else {
    observation seen;
    if constexpr (observed_queue<Thing>) {
      const queue_stats stats = thing.stats();
      detail::fill(seen, stats, detail::depth_of(thing), detail::replaces_in_place<Thing>);
      if constexpr (detail::read_by_many<Thing>) seen.flow = counted_flow::entered;
    } else if constexpr (observed_byte_queue<Thing>) {
      const byte_queue_stats stats = thing.stats();
      detail::fill(seen, stats, thing.depth_hint());
    } else {
      detail::fill(seen, thing.stats());
    }
    seen.max_bytes = detail::bytes_of(thing);
    return seen;
  }
}

/// Its owner's thread only.
template <observed_sink Sink>
[[nodiscard]] observation observe_owned(const Sink& out) noexcept {
  const auto at = out.position();
  const auto& stats = out.stats();
  constexpr bool settles = requires { at.records.settled; };  // a log
  observation seen;
  seen.kind = settles ? watched_kind::log : watched_kind::sink;
  seen.max_bytes = out.max_bytes();
  seen.capacity = out.config().capacity_records;
  seen.depth = at.records.in_flight();
  seen.weight = at.bytes.in_flight();
  seen.weight_limit = out.config().capacity_bytes;
  seen.entered = at.records.accepted;
  seen.left = seen.entered - seen.depth;
  seen.lost_by(loss_kind::rejected) = stats.fulls;
  seen.lost_by(loss_kind::lost) = at.records.lost;
  if constexpr (requires { stats.dropped; }) seen.lost_by(loss_kind::dropped) = stats.dropped;
  seen.push_side.waits = stats.waits;
  seen.push_side.waited = stats.waited;
  seen.sink.buffered_bytes = seen.weight;
  seen.sink.written_bytes = at.bytes.written;
  if constexpr (requires { at.bytes.acked; }) seen.sink.unsent_bytes = at.bytes.written - at.bytes.acked;
  if constexpr (requires { at.bytes.durable; }) seen.sink.unsent_bytes = at.bytes.written - at.bytes.durable;
  seen.sink.short_writes = stats.short_writes;
  if constexpr (requires { stats.drains; }) {
    seen.sink.drain_waits = stats.drains;
    seen.sink.stalls = stats.stalls;
    seen.sink.stalled = stats.stalled;
  } else {
    seen.sink.stalls = stats.suspensions;
    seen.sink.stalled = out.suspended();
  }
  return seen;
}

/// A reader of a broadcast_queue, on its own thread: how far it is behind, and what it has lost.
template <class Queue, class Reader>
requires detail::read_by_many<Queue>
[[nodiscard]] observation observe_owned(const Reader& reader, const Queue& queue) noexcept {
  observation seen;
  seen.capacity = queue.capacity();
  seen.depth = reader.lag_hint();
  seen.entered = queue.stats().pushed;
  seen.left = seen.entered - (seen.depth < seen.entered ? seen.depth : seen.entered);
  seen.lost_by(loss_kind::evicted) = reader.lost();
  return seen;
}

}  // namespace tidegate
