// boost::lockfree::queue with its capacity fixed at compile time: nodes from an array, named by 16-bit indexes.
#include <algorithm>
#include <boost/lockfree/queue.hpp>
#include <type_traits>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// Its indexes have 16 bits: a larger queue holds so many.
template <std::size_t Capacity>
inline constexpr std::size_t at_most = std::min<std::size_t>(Capacity, 65534);

template <class T, std::size_t Capacity>
class boost_queue {
 public:
  bool try_push(const T& value) { return queue_.push(value); }
  bool try_pop(T& out) { return queue_.pop(out); }

 private:
  boost::lockfree::queue<T, boost::lockfree::capacity<at_most<Capacity>>> queue_;
};

/// Elements must have a trivial assignment, but not a trivial copy construction: that is where push copies. A pop
/// copies by conversion to what it is given.
struct stall_parcel {
  std::uint64_t number = 0;

  stall_parcel() noexcept = default;
  explicit stall_parcel(const stall_message& message) noexcept : number(message.number) {}
  stall_parcel(const stall_parcel& other) noexcept : number(other.number) { stop_sign::look(); }
  stall_parcel& operator=(const stall_parcel&) noexcept = default;

  explicit(false) operator stall_message() const noexcept {
    stop_sign::look();
    return stall_message(number);
  }
};

template <std::size_t Capacity>
class boost_queue<stall_message, Capacity> {
 public:
  bool try_push(const stall_message& value) { return queue_.push(stall_parcel(value)); }
  bool try_pop(stall_message& out) { return queue_.pop(out); }

 private:
  boost::lockfree::queue<stall_parcel, boost::lockfree::capacity<at_most<Capacity>>> queue_;
};

const enlisted<boost_queue> boost({.name = "boost::lockfree::queue",
                                   .package = "libboost-dev",
                                   .note = "FIFO; goes on without a stopped peer; trivial elements only; at most 65534 "
                                           "of them"});

}  // namespace
}  // namespace tidegate::bench::mpmc
