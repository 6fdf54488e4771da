// expect: (deleted|call to implicitly-deleted).*byte_peek
#include <utility>

#include "tidegate/ring/mpsc_byte_ring.hpp"

void use(tidegate::mpsc_byte_ring<>::peek_type& peek) {
#ifdef EXPECT_OK
  auto other = std::move(peek);
#else
  auto other = peek;
#endif
  other.release(0);
}
