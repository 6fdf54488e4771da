// expect: (deleted|call to deleted).*(mpmc|exchange)_ring
#include "tidegate/ring/mpmc_ring.hpp"

void use(tidegate::mpmc_ring<int>& ring) {
#ifdef EXPECT_OK
  tidegate::mpmc_ring<int>& same = ring;
#else
  tidegate::mpmc_ring<int> same = ring;
#endif
  same.close();
}
