// queue_options.hpp: how a queue is composed. Options choose code and are part of the type; config chooses numbers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tidegate/base/counter.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/ring/block_options.hpp"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/exchange_options.hpp"
#include "tidegate/ring/ring_options.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

/// What offer() does when the queue is full.
enum class overflow_kind : std::uint8_t {
  block,        ///< wait for room, up to queue_config::offer_for, then `timed_out`
  reject,       ///< `full`, counted as rejected
  drop_newest,  ///< `dropped`, counted as dropped
};

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

  bool operator==(const queue_options&) const = default;
};

/// Numbers of a queue, a constructor argument. There is no default capacity.
struct queue_config {
  std::size_t capacity;                                                  ///< elements, exact, >= 1
  memory_options memory = {};                                            ///< where the ring lives
  ring_rows rows = {};                                                   ///< threads and handles, with several a side
  wait_budget budget = {};                                               ///< how long waits stay awake
  std::chrono::nanoseconds offer_for = std::chrono::nanoseconds::max();  ///< limit of overflow_kind::block; max: none
  std::string name = {};                                                 ///< for reports
};

}  // namespace tidegate
