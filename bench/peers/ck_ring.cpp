// Concurrency Kit's ck_ring, many to many. It copies bytes: trivial elements only, which cannot be stopped in a copy.
#include <cstddef>
#include <cstring>
#include <type_traits>

// The header is C: it returns `false` for a null pointer. Its macro for elements of any size is C, too; what that macro
// calls is called here.
#include <stdbool.h>
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define false 0
#include <ck_ring.h>
#undef false
#ifdef __clang__
#pragma clang diagnostic pop
#endif

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

template <class T, std::size_t Capacity>
class ring_of_bytes {};

/// Holds one element less than the capacity.
template <class T, std::size_t Capacity>
requires std::is_trivially_copyable_v<T>
class ring_of_bytes<T, Capacity> {
 public:
  ring_of_bytes() { ck_ring_init(&ring_, Capacity); }

  bool try_push(const T& value) { return _ck_ring_enqueue_mp(&ring_, slots_, &value, sizeof(T), nullptr); }
  bool try_pop(T& out) { return _ck_ring_dequeue_mc(&ring_, slots_, &out, sizeof(T)); }

 private:
  ck_ring_t ring_{};
  alignas(128) T slots_[Capacity] = {};
};

const enlisted<ring_of_bytes> ring({.name = "ck_ring",
                                    .package = "libck-dev",
                                    .note = "FIFO; stops with a stopped peer; trivial elements only, so that it is not "
                                            "in the stall regime; holds one less"});

}  // namespace
}  // namespace tidegate::bench::mpmc
