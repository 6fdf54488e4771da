// atomic_queue with SPSC on, MINIMIZE_CONTENTION off and MAXIMIZE_THROUGHPUT off: the parameters its author measures as
// best for one producer and one consumer. The "optimist" rows use push and pop, which reserve first and then spin on
// the slot by themselves; they never fail, so that the wait policy of the cell does not reach them.
#include <atomic_queue/atomic_queue.h>

#include <limits>

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

/// A state byte beside each slot.
template <class T, std::size_t Capacity>
struct choose_queue {
  using type = atomic_queue::AtomicQueue2<T, Capacity, false, false, false, true>;
};
/// For words: the slot itself says whether it is taken, by a reserved value.
template <class T, std::size_t Capacity>
requires std::unsigned_integral<T>
struct choose_queue<T, Capacity> {
  using type = atomic_queue::AtomicQueue<T, Capacity, std::numeric_limits<T>::max(), false, false, false, true>;
};

template <class T, std::size_t Capacity>
class atomic_try {
 public:
  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }

 private:
  typename choose_queue<T, Capacity>::type queue_;
};

template <class T, std::size_t Capacity>
class atomic_optimist {
 public:
  static constexpr bool hides_memory = true;  // its push waits

  bool try_push(const T& value) {
    queue_.push(value);
    return true;
  }
  bool try_pop(T& out) {
    out = queue_.pop();
    return true;
  }

 private:
  typename choose_queue<T, Capacity>::type queue_;
};

const enlisted<atomic_try> tries({.name = "atomic_queue::AtomicQueue",
                                  .package = "libatomic-queue-dev",
                                  .note = "SPSC; AtomicQueue2 for larger elements"});
const enlisted<atomic_optimist> optimist({.name = "atomic_queue::OptimistAtomicQueue",
                                          .package = "libatomic-queue-dev",
                                          .note = "SPSC; waits inside push and pop, by bare retry"});

}  // namespace
}  // namespace tidegate::bench
