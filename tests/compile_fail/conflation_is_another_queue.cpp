// expect: conflate
// expect: conflating_queue
#include "tidegate/queue/spsc_queue.hpp"

#ifdef EXPECT_OK
constexpr auto policy = tidegate::overflow_kind::drop_newest;
#else
constexpr auto policy = tidegate::overflow_kind::conflate;
#endif
constexpr tidegate::queue_options options{.overflow = policy};
tidegate::spsc_queue<int, options> queue({.capacity = 1});
