// tidegate::ticketed_ring: the ring for bulk traffic between threads that are not stopped.
#include "tidegate/ring/ticketed_ring.hpp"

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

template <class T, std::size_t Capacity>
class ticketed_rival {
 public:
  bool try_push(const T& value) { return ring_.try_push(value) == push_status::ok; }
  bool try_pop(T& out) { return ring_.try_pop(out) == pop_status::ok; }
  std::size_t try_push_n(T* items, std::size_t n) { return ring_.try_push_n(items, n); }
  std::size_t try_pop_n(T* out, std::size_t n) { return ring_.try_pop_n(out, n); }

 private:
  ticketed_ring<T> ring_{Capacity};
};

const enlisted<ticketed_rival> ticketed({.name = "tidegate::ticketed_ring",
                                         .plays = role::ours,
                                         .note = "FIFO; stops with a stopped peer"});

}  // namespace
}  // namespace tidegate::bench::mpmc
