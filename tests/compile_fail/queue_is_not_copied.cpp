// expect: (deleted|call to deleted).*spsc_queue
#include "tidegate/queue/spsc_queue.hpp"

void use(tidegate::spsc_queue<int>& queue) {
#ifdef EXPECT_OK
  tidegate::spsc_queue<int>& same = queue;
#else
  tidegate::spsc_queue<int> same = queue;
#endif
  same.close();
}
