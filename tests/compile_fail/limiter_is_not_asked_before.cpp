// expect: available
#include "tidegate/flow/capacity_limiter.hpp"

void use(tidegate::capacity_limiter& limit) {
#ifdef EXPECT_OK
  if (limit.free_hint() > 0) return;
#else
  if (limit.available() > 0) return;
#endif
}
