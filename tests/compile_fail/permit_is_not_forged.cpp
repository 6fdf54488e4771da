// expect: private
#include "tidegate/flow/capacity_limiter.hpp"

void use(tidegate::capacity_limiter& limit) {
#ifdef EXPECT_OK
  const tidegate::permit mine = limit.acquire();
#else
  const tidegate::permit mine(limit.account(), 1);
#endif
}
