// expect: no (default|matching).*(constructor|function)
#include "tidegate/queue/spsc_queue.hpp"

void use() {
#ifdef EXPECT_OK
  tidegate::spsc_queue<int> queue({.capacity = 8});
#else
  tidegate::spsc_queue<int> queue;
#endif
  queue.close();
}
