// expect: constraint
// expect: queue_key|is_nothrow_copy_constructible
#include <string>

#include "tidegate/queue/conflating_queue.hpp"

#ifdef EXPECT_OK
using key = int;
#else
using key = std::string;
#endif

void use(tidegate::conflating_queue<key, int>& queue) { queue.close(); }
