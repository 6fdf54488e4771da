// expect: (ignoring return|nodiscard)
#include "tidegate/ring/spsc_ring.hpp"

#pragma GCC diagnostic error "-Wunused-result"

void use(tidegate::spsc_ring<int>& ring) {
#ifdef EXPECT_OK
  static_cast<void>(ring.try_push(1));
#else
  ring.try_push(1);
#endif
}
