// The ring under a mutex, between many threads.
#include "bench/peers/mutex_ring.hpp"

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

const enlisted<mutex_ring> ring({.name = "std::mutex + condition_variable",
                                 .note = "FIFO; stops with a peer stopped inside; notifies only when somebody waits"});

}  // namespace
}  // namespace tidegate::bench::mpmc
