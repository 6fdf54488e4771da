// block_seats: a block_ring as the queues with several threads on a side use it. Whatever the sides of the queue, any
// thread may push and pop, within its rows.
#pragma once

#include "tidegate/ring/block_ring.hpp"

namespace tidegate::detail {

template <plain_element T, block_options Options, class Sync>
class block_seats : public block_ring<T, Options, Sync> {
 public:
  using block_ring<T, Options, Sync>::block_ring;

  static constexpr bool can_evict = false;         // a run does not make room for one element
  static constexpr bool may_fail_falsely = false;  // `full` and `empty` are always true

  void rebind_producer() noexcept {}
  void rebind_consumer() noexcept {}
};

}  // namespace tidegate::detail
