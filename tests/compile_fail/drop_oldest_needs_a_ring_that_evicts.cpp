// expect: drop_oldest
// expect: only the consumer pops
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

constexpr tidegate::queue_options options{.overflow = tidegate::overflow_kind::drop_oldest};
#ifdef EXPECT_OK
tidegate::mpsc_queue<int, options> queue({.capacity = 1});
#else
tidegate::spsc_queue<int, options> queue({.capacity = 1});
#endif
