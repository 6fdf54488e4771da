// expect: constraint
// expect: is_object
#include "tidegate/ring/spsc_ring.hpp"

#ifdef EXPECT_OK
using element = int*;
#else
using element = int&;
#endif

void use(tidegate::spsc_ring<element>& ring) { ring.close(); }
