// expect: must not say `full` falsely
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/reserving_queue.hpp"

#ifdef EXPECT_OK
inline constexpr tidegate::queue_options options{};
#else
inline constexpr tidegate::queue_options options{.many = tidegate::ring_choice::ticketed};
#endif

void use(tidegate::reserving_queue<tidegate::mpmc_queue<int, options>>& queue) { queue.close(); }
