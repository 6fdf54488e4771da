// Concurrency Kit's ck_ring, one to one. It copies bytes: trivial elements only.
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

#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

/// Holds one element less than the capacity.
template <class T, std::size_t Capacity>
class ring_of_bytes {
 public:
  ring_of_bytes() { ck_ring_init(&ring_, Capacity); }

  bool try_push(const T& value) { return _ck_ring_enqueue_sp(&ring_, slots_, &value, sizeof(T), nullptr); }
  bool try_pop(T& out) { return _ck_ring_dequeue_sc(&ring_, slots_, &out, sizeof(T)); }

 private:
  static_assert(std::is_trivially_copyable_v<T>);

  ck_ring_t ring_{};
  alignas(128) T slots_[Capacity] = {};
};

const enlisted<ring_of_bytes> ring({.name = "ck_ring",
                                    .package = "libck-dev",
                                    .note = "trivial elements only; holds one less"});

}  // namespace
}  // namespace tidegate::bench
