// expect: (deleted|call to implicitly-deleted).*exchange_producer
#include <utility>

#include "tidegate/ring/mpmc_ring.hpp"

using handle = tidegate::mpmc_ring<int>::producer;

void use(handle& producer) {
#ifdef EXPECT_OK
  handle other = std::move(producer);
#else
  handle other = producer;
#endif
  static_cast<void>(other.try_push(1));
}
