// libcds' VyukovMPMCCycleQueue with its defaults.
#include <cds/container/vyukov_mpmc_cycle_queue.h>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

template <class T, std::size_t Capacity>
class cycle_queue {
 public:
  bool try_push(const T& value) { return queue_.enqueue(value); }
  bool try_pop(T& out) { return queue_.dequeue(out); }

 private:
  cds::container::VyukovMPMCCycleQueue<T> queue_{Capacity};
};

const enlisted<cycle_queue> cycle({.name = "cds::VyukovMPMCCycleQueue",
                                   .package = "libcds-dev",
                                   .note = "FIFO; stops with a stopped peer, inside the call"});

}  // namespace
}  // namespace tidegate::bench::mpmc
