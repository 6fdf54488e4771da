// enlist_cell_ring.cpp: enters the plain cell ring beside the queues, in the same rounds.
#include "bench/limits/cell_ring.hpp"
#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

const enlisted<cell_ring> cells({.name = std::string(cell_ring_name),
                                 .plays = role::reference,
                                 .note = "ours, for comparison only: FIFO; stops with a stopped peer; a line or more "
                                         "for each element"});

}  // namespace
}  // namespace tidegate::bench::mpmc
