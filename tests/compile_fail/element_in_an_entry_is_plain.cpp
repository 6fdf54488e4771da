// expect: only small plain elements travel in entries
#include "tidegate/ring/mpmc_ring.hpp"

struct element {
  short value;
#ifndef EXPECT_OK
  ~element() {}
#endif
};

using ring_type = tidegate::mpmc_ring<element, tidegate::exchange_options{.elements = tidegate::element_place::entry}>;
void use(ring_type& ring) { static_cast<void>(ring.try_emplace(element{1})); }
