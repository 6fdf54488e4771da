// DPDK's rte_ring between many, in its three ways: the tail follows in the order of the heads (MP/MC); whoever comes
// last moves it (RTS, relaxed tail); one call at a time (HTS, head and tail move together).
#include "bench/peers/rte_ring_of.hpp"

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// It copies bytes: what cannot be stopped in a copy is not in the stall regime.
template <class T, std::size_t Capacity, rte_kind Kind>
class many_ring {};
template <class T, std::size_t Capacity, rte_kind Kind>
requires std::is_trivially_copyable_v<T>
class many_ring<T, Capacity, Kind> : public rte_ring_of<T, Capacity, Kind> {
};

template <class T, std::size_t Capacity>
using plain_ring = many_ring<T, Capacity, rte_kind::many>;
template <class T, std::size_t Capacity>
using relaxed_ring = many_ring<T, Capacity, rte_kind::relaxed_tail>;
template <class T, std::size_t Capacity>
using serial_ring = many_ring<T, Capacity, rte_kind::head_tail>;

entrant ring(std::string name, std::string note) {
  return {.name = std::move(name), .package = "libdpdk-dev", .note = std::move(note)};
}

const enlisted<plain_ring> plain(
    ring("rte_ring (MP/MC)",
         "FIFO; stops with a stopped peer, inside the call; trivial elements only, so that "
         "it is not in the stall regime; holds one less; without DPDK's environment"));
const enlisted<relaxed_ring> relaxed(ring("rte_ring (RTS)", "the same; a stopped peer stops the others at a distance"));
const enlisted<serial_ring> serial(ring("rte_ring (HTS)", "the same; one call at a time"));

}  // namespace
}  // namespace tidegate::bench::mpmc
