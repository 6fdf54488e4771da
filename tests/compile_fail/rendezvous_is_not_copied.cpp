// expect: (deleted|call to deleted).*rendezvous
#include "tidegate/queue/rendezvous.hpp"

void use(tidegate::rendezvous<int>& place) {
#ifdef EXPECT_OK
  tidegate::rendezvous<int>& same = place;
#else
  tidegate::rendezvous<int> same = place;
#endif
  same.close();
}
