// tidegate::mpmc_queue: the blocking calls.
#include "tidegate/queue/mpmc_queue.hpp"

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

template <class T, std::size_t Capacity>
class queue_rival {
 public:
  void push(const T& value) { static_cast<void>(queue_.push(T(value))); }
  void pop(T& out) { static_cast<void>(queue_.pop(out)); }

 private:
  mpmc_queue<T> queue_{{.capacity = Capacity}};
};

const enlisted<queue_rival> queue({.name = "tidegate::mpmc_queue",
                                   .plays = role::ours,
                                   .note = "FIFO; goes on without a stopped peer"});

}  // namespace
}  // namespace tidegate::bench::mpmc
