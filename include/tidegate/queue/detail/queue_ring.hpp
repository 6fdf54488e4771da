// queue_ring: the ring that a queue with several threads on a side stands on.
#pragma once

#include "tidegate/queue/detail/block_seats.hpp"
#include "tidegate/queue/detail/ticketed_seats.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate::detail {

/// The ring evicts where the policy needs it.
[[nodiscard]] constexpr bool needs_eviction(overflow_kind of) noexcept { return of == overflow_kind::drop_oldest; }
[[nodiscard]] constexpr exchange_options exchange_of(const queue_options& options) noexcept {
  exchange_options made = options.exchange;
  made.evicts = made.evicts || needs_eviction(options.overflow);
  return made;
}

template <class T, side_count Sides, queue_options Options, class Sync, ring_choice Choice = Options.many>
struct queue_ring;

template <class T, side_count Sides, queue_options Options, class Sync>
struct queue_ring<T, Sides, Options, Sync, ring_choice::exact> {
  using type = exchange_ring<T, Sides, exchange_of(Options), Sync>;
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
