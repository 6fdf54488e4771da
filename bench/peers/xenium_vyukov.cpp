// xenium's vyukov_bounded_queue, with answers it waits for (strong, the default) and with spurious failures (weak).
#include <xenium/policy.hpp>
#include <xenium/vyukov_bounded_queue.hpp>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

template <class T, std::size_t Capacity, bool Weak>
class vyukov_queue {
 public:
  bool try_push(const T& value) { return queue_.try_push(value); }
  bool try_pop(T& out) { return queue_.try_pop(out); }

 private:
  xenium::vyukov_bounded_queue<T, xenium::policy::default_to_weak<Weak>> queue_{Capacity};
};

template <class T, std::size_t Capacity>
using strong_queue = vyukov_queue<T, Capacity, false>;
template <class T, std::size_t Capacity>
using weak_queue = vyukov_queue<T, Capacity, true>;

const enlisted<strong_queue> strong({.name = "xenium::vyukov_bounded_queue",
                                     .package = "libxenium-dev",
                                     .note = "FIFO; stops with a stopped peer, inside the call"});
const enlisted<weak_queue> weak({.name = "xenium::vyukov_bounded_queue (weak)",
                                 .package = "libxenium-dev",
                                 .note = "FIFO; stops with a stopped peer, and then says full or empty wrongly"});

}  // namespace
}  // namespace tidegate::bench::mpmc
