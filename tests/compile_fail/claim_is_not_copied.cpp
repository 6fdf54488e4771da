// expect: (deleted|call to deleted).*claim
#include <utility>

#include "tidegate/ring/spsc_ring.hpp"

void use(tidegate::spsc_ring<int>& ring) {
  auto claim = ring.try_claim(4);
#ifdef EXPECT_OK
  auto& other = claim;
#else
  auto other = claim;
#endif
  other.publish(0);
}
