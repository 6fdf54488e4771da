// queue_options.hpp: how a queue is composed. Options choose code and are part of the type; config chooses numbers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

#include "tidegate/base/counter.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/ring/block_options.hpp"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/exchange_options.hpp"
#include "tidegate/ring/ring_options.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

/// What offer() does when the queue is full. See docs/design/overflow.md.
enum class overflow_kind : std::uint8_t {
  block,        ///< wait for room, up to queue_config::offer_for, then `timed_out`
  reject,       ///< `full`, counted as rejected
  drop_newest,  ///< `dropped`, counted as dropped
  drop_oldest,  ///< `evicted`: the oldest element leaves for it, and is counted; only where the ring can evict
  sample,       ///< from a saturation on every Nth is kept, the others are `dropped`, and counted as sampled out
  redirect,     ///< offered to another queue, and counted as redirected; the answer is that queue's
  spill,        ///< `spilled`: it goes to a hook behind the queue, and so does what follows until that is drained
  conflate,     ///< refused here: a queue in order has no place for it; see conflating_queue and latest_queue
};

/// The enumerator's name, for reports.
[[nodiscard]] constexpr std::string_view to_string(overflow_kind policy) noexcept {
  constexpr std::string_view names[] = {"block",  "reject",   "drop_newest", "drop_oldest",
                                        "sample", "redirect", "spill",       "conflate"};
  const auto index = static_cast<std::size_t>(policy);
  return index < std::size(names) ? names[index] : "invalid overflow_kind";
}

template <overflow_kind One, overflow_kind... Of>
inline constexpr bool is_one_of = ((One == Of) || ...);

/// Which ring a queue with several threads on a side stands on.
enum class ring_choice : std::uint8_t {
  exact,     ///< mpmc_ring, mpsc_ring or spmc_ring: a thread that stops delays nobody
  ticketed,  ///< ticketed_ring: for pinned threads and bulk; a thread that stops in mid-call stops the others
  block,     ///< block_ring: for bulk of plain elements; exact, too, and lock-free; any side may have many threads
};

/// Options of a queue, a template argument: `spsc_queue<tick, queue_options{.wait = wait_kind::spin}>`.
struct queue_options {
  wait_kind wait = wait_kind::spin_park;
  overflow_kind overflow = overflow_kind::block;
  stats_kind stats = stats_kind::counters;
  ring_options ring = {};                 ///< of spsc_queue
  ring_choice many = ring_choice::exact;  ///< of the other queues
  exchange_options exchange = {};         ///< of ring_choice::exact
  block_options block = {};               ///< of ring_choice::block
  broadcast_options broadcast = {};       ///< of broadcast_queue
  bool limits_waiters = false;            ///< looks at queue_config::max_waiters

  bool operator==(const queue_options&) const = default;
};

/// Numbers of a queue, a constructor argument. There is no default capacity.
struct queue_config {
  static constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

  std::size_t capacity;                                                  ///< elements, exact, >= 1
  memory_options memory = {};                                            ///< where the ring lives
  ring_rows rows = {};                                                   ///< threads and handles, with several a side
  wait_budget budget = {};                                               ///< how long waits stay awake
  std::chrono::nanoseconds offer_for = std::chrono::nanoseconds::max();  ///< limit of overflow_kind::block; max: none
  std::size_t max_waiters = any_number;                                  ///< producers that wait; to others: `full`
  sampling sample = {};                                                  ///< of overflow_kind::sample
  std::string name = {};                                                 ///< for reports
};

}  // namespace tidegate
