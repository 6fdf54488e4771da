// queue_ring: the ring that a queue with several threads on a side stands on.
#pragma once

#include "tidegate/queue/detail/block_seats.hpp"
#include "tidegate/queue/detail/ticketed_seats.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate::detail {

template <class T, side_count Sides, queue_options Options, class Sync, ring_choice Choice = Options.many>
struct queue_ring;

template <class T, side_count Sides, queue_options Options, class Sync>
struct queue_ring<T, Sides, Options, Sync, ring_choice::exact> {
  using type = exchange_ring<T, Sides, Options.exchange, Sync>;
};

template <class T, side_count Sides, queue_options Options, class Sync>
struct queue_ring<T, Sides, Options, Sync, ring_choice::ticketed> {
  using type = ticketed_seats<T, Sync>;
};

template <class T, side_count Sides, queue_options Options, class Sync>
struct queue_ring<T, Sides, Options, Sync, ring_choice::block> {
  using type = block_seats<T, Options.block, Sync>;
};

}  // namespace tidegate::detail
