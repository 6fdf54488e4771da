// expect: constraint
// expect: plain_element
#include "tidegate/ring/spsc_ring.hpp"

struct element {
  int value;
#ifndef EXPECT_OK
  ~element() {}
#endif
};

using ring_type = tidegate::spsc_ring<element, tidegate::ring_options{.layout = tidegate::ring_layout::packed}>;
void use(ring_type& ring) { ring.close(); }
