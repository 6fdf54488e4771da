// expect: (deleted|call to deleted|implicitly-deleted).*permit
#include "tidegate/flow/capacity_limiter.hpp"

void use(tidegate::capacity_limiter& limit) {
#ifdef EXPECT_OK
  tidegate::permit one = limit.try_acquire();
  const tidegate::permit two = std::move(one);
#else
  const tidegate::permit one = limit.try_acquire();
  const tidegate::permit two = one;
#endif
}
