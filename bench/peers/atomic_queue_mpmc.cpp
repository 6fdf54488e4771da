// atomic_queue with its defaults for many threads: neighbours on different cache lines, longer waits inside a call. Its
// blocking push and pop reserve a place first and then spin on it; they never sleep and never yield. A place does not
// know its lap: a thread that sleeps between the two can be overtaken by one that comes a whole lap later.
#include <atomic_queue/atomic_queue.h>

#include <limits>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// A state byte beside each slot.
template <class T, std::size_t Capacity>
struct choose_queue {
  using type = atomic_queue::AtomicQueue2<T, Capacity>;
};
/// For words: the slot itself says whether it is taken, by a reserved value.
template <class T, std::size_t Capacity>
requires std::unsigned_integral<T>
struct choose_queue<T, Capacity> {
  using type = atomic_queue::AtomicQueue<T, Capacity, std::numeric_limits<T>::max()>;
};

template <class T, std::size_t Capacity>
class atomic_rival {
 public:
  static constexpr bool keeps_order = false;

  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }
  void push(const T& value) { queue_.push(value); }
  void pop(T& out) { out = queue_.pop(); }

 private:
  typename choose_queue<T, Capacity>::type queue_;
};

const enlisted<atomic_rival> rival(
    {.name = "atomic_queue::AtomicQueue",
     .package = "libatomic-queue-dev",
     .note = "FIFO unless overtaken by a lap; stops with a stopped peer; reserves a value of words, AtomicQueue2 "
             "for other elements; blocking calls spin and never yield"});

}  // namespace
}  // namespace tidegate::bench::mpmc
