// expect: constraints not satisfied|plain_element
#include "tidegate/ring/broadcast_ring.hpp"

struct element {
  int value;
#ifndef EXPECT_OK
  ~element() {}
#endif
};

using ring_type = tidegate::broadcast_ring<element, tidegate::broadcast_options{.mode = tidegate::broadcast_mode::lap}>;
void use(ring_type& ring) { static_cast<void>(ring.try_push(element{1})); }
