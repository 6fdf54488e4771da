// tidegate::spsc_queue: the blocking calls, with the default way of waiting and with one that sleeps at once.
#include "tidegate/queue/spsc_queue.hpp"

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

template <class T, std::size_t Capacity, wait_kind Wait>
class queue_rival {
 public:
  void push(const T& value) { static_cast<void>(queue_.push(T(value))); }
  void pop(T& out) { static_cast<void>(queue_.pop(out)); }

 private:
  spsc_queue<T, queue_options{.wait = Wait}> queue_{{.capacity = Capacity}};
};

template <class T, std::size_t Capacity>
using default_queue = queue_rival<T, Capacity, wait_kind::spin_park>;
template <class T, std::size_t Capacity>
using parking_queue = queue_rival<T, Capacity, wait_kind::park>;

/// The queue's try calls on one thread: what it adds to the ring when nobody waits.
template <class T, std::size_t Capacity>
class try_queue {
 public:
  bool try_push(const T& value) { return queue_.try_push(value) == push_status::ok; }
  bool try_pop(T& out) { return queue_.try_pop(out) == pop_status::ok; }

 private:
  spsc_queue<T> queue_{{.capacity = Capacity}};
};

template <std::size_t Burst>
void enlist_uncontended(registry& list) {
  using queue = try_queue<word_message, small_capacity>;
  list.add(uncontended_cell(Burst), {{.name = "tidegate::spsc_queue", .plays = role::ours, .note = "try calls"},
                                     &measure_uncontended<queue, word_message, Burst>,
                                     &smoke_test<queue, word_message, small_capacity>});
}

struct enlisted_tries {
  enlisted_tries() {
    enlist_uncontended<1>(registry::global());
    enlist_uncontended<500>(registry::global());
  }
};

const enlisted<default_queue> by_default({.name = "tidegate::spsc_queue", .plays = role::ours, .note = "spin_park"});
const enlisted<parking_queue> parking({.name = "tidegate::spsc_queue (park)", .plays = role::ours});
const enlisted_tries tries;

}  // namespace
}  // namespace tidegate::bench
