// expect: (deleted|call to deleted).*latest
#include "tidegate/ring/latest.hpp"

void use(tidegate::latest<int>& place) {
#ifdef EXPECT_OK
  tidegate::latest<int>& same = place;
#else
  tidegate::latest<int> same = place;
#endif
  same.close();
}
