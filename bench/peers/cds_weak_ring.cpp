// libcds' WeakRingBuffer with its defaults: indexes cached on both sides, bulk calls that do all or nothing.
#include <cds/container/weak_ringbuffer.h>

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity>
class weak_ring {
 public:
  bool try_push(const T& value) { return ring_.enqueue(value); }
  bool try_pop(T& out) { return ring_.dequeue(out); }
  std::size_t try_push_n(T* items, std::size_t n) { return ring_.push(items, n) ? n : ring_.enqueue(*items) ? 1 : 0; }
  std::size_t try_pop_n(T* out, std::size_t n) { return ring_.pop(out, n) ? n : ring_.dequeue(*out) ? 1 : 0; }

 private:
  cds::container::WeakRingBuffer<T> ring_{Capacity};
};

const enlisted<weak_ring> ring({.name = "cds::WeakRingBuffer",
                                .package = "libcds-dev",
                                .note = "bulk calls do all or nothing; where that fails, one"});

}  // namespace
}  // namespace tidegate::bench
