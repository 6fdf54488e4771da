// expect: drop_oldest
// expect: this ring does not evict
#include "tidegate/queue/mpmc_queue.hpp"

#ifdef EXPECT_OK
constexpr auto ring = tidegate::ring_choice::exact;
#else
constexpr auto ring = tidegate::ring_choice::block;
#endif
constexpr tidegate::queue_options options{.overflow = tidegate::overflow_kind::drop_oldest, .many = ring};
tidegate::mpmc_queue<int, options> queue({.capacity = 1});
