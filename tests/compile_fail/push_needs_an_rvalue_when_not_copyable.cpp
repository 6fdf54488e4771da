// expect: (use of deleted|call to deleted|no matching|construct)
#include <memory>

#include "tidegate/ring/spsc_ring.hpp"

void use(tidegate::spsc_ring<std::unique_ptr<int>>& ring, std::unique_ptr<int>& value) {
#ifdef EXPECT_OK
  static_cast<void>(ring.try_push(std::move(value)));
#else
  static_cast<void>(ring.try_push(value));
#endif
}
