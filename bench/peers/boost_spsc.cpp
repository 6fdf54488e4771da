// boost::lockfree::spsc_queue with its capacity fixed at compile time, which its documentation recommends.
#include <boost/lockfree/spsc_queue.hpp>

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity>
class boost_spsc {
 public:
  bool try_push(const T& value) { return queue_.push(value); }
  bool try_pop(T& out) { return queue_.pop(out); }
  std::size_t try_push_n(T* items, std::size_t n) { return queue_.push(items, n); }
  std::size_t try_pop_n(T* out, std::size_t n) { return queue_.pop(out, n); }

 private:
  boost::lockfree::spsc_queue<T, boost::lockfree::capacity<Capacity>> queue_;
};

const enlisted<boost_spsc> boost({.name = "boost::lockfree::spsc_queue",
                                  .package = "libboost-dev",
                                  .note = "capacity fixed at compile time"});

}  // namespace
}  // namespace tidegate::bench
