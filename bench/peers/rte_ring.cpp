// DPDK's rte_ring between one producer and one consumer.
#include "bench/peers/rte_ring_of.hpp"

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity>
using single_ring = rte_ring_of<T, Capacity, rte_kind::one_to_one>;

const enlisted<single_ring> ring({.name = "rte_ring (SP/SC)",
                                  .package = "libdpdk-dev",
                                  .note = "trivial elements only; holds one less; without DPDK's environment"});

}  // namespace
}  // namespace tidegate::bench
