// expect: constraint
// expect: is_nothrow_move_constructible
#include "tidegate/ring/mpmc_ring.hpp"

struct element {
  element() = default;
#ifdef EXPECT_OK
  element(element&&) noexcept {}
#else
  element(element&&) {}
#endif
};

void use(tidegate::mpmc_ring<element>& ring) { ring.close(); }
