// The ring under a mutex, between two threads.
#include "bench/peers/mutex_ring.hpp"

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

const enlisted<mutex_ring> ring({.name = "std::mutex + condition_variable",
                                 .note = "notifies only when somebody waits"});

}  // namespace
}  // namespace tidegate::bench
