// expect: constraint
// expect: is_nothrow_(destructible|move_constructible)
#include "tidegate/ring/spsc_ring.hpp"

struct element {
#ifdef EXPECT_OK
  ~element() {}
#else
  ~element() noexcept(false) {}
#endif
};

void use(tidegate::spsc_ring<element>& ring) { ring.close(); }
