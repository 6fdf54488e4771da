// expect: spill
// expect: one consumer
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

constexpr tidegate::queue_options options{.overflow = tidegate::overflow_kind::spill};
#ifdef EXPECT_OK
tidegate::mpsc_queue<int, options> queue({.capacity = 1});
#else
tidegate::mpmc_queue<int, options> queue({.capacity = 1});
#endif
