// expect: (deleted|call to deleted).*spsc_ring
#include "tidegate/ring/spsc_ring.hpp"

void use(tidegate::spsc_ring<int>& ring) {
#ifdef EXPECT_OK
  tidegate::spsc_ring<int>& same = ring;
#else
  tidegate::spsc_ring<int> same = ring;
#endif
  same.close();
}
