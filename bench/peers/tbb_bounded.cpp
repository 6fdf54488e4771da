// oneTBB's concurrent_bounded_queue: eight queues of pages inside, tickets across them, allocation as it goes.
#include <oneapi/tbb/concurrent_queue.h>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

template <class T, std::size_t Capacity>
class bounded_queue {
 public:
  static constexpr bool hides_memory = true;  // it has an allocator of its own

  bounded_queue() { queue_.set_capacity(static_cast<std::ptrdiff_t>(Capacity)); }

  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }
  void push(const T& value) { queue_.push(value); }
  void pop(T& out) { queue_.pop(out); }

 private:
  oneapi::tbb::concurrent_bounded_queue<T> queue_;
};

const enlisted<bounded_queue> bounded({.name = "tbb::concurrent_bounded_queue",
                                       .package = "libtbb-dev",
                                       .note = "FIFO; stops with a stopped peer; allocates while it runs"});

}  // namespace
}  // namespace tidegate::bench::mpmc
