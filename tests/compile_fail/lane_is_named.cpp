// expect: no matching.*(try_push|function)
#include "tidegate/queue/lane_queue.hpp"

void use(tidegate::lane_queue<int, 2>& queue) {
#ifdef EXPECT_OK
  static_cast<void>(queue.try_push(0, 7));
#else
  static_cast<void>(queue.try_push(7));
#endif
}
