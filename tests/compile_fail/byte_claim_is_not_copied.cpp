// expect: (deleted|call to implicitly-deleted).*byte_claim
#include <utility>

#include "tidegate/ring/byte_ring.hpp"

void use(tidegate::byte_ring<>::claim_type& claim) {
#ifdef EXPECT_OK
  auto other = std::move(claim);
#else
  auto other = claim;
#endif
  other.publish();
}
