// expect: does not fit into an entry
#include <cstdint>

#include "tidegate/ring/mpmc_ring.hpp"

#ifdef EXPECT_OK
using element = std::uint16_t;
#else
using element = std::uint32_t;
#endif

using ring_type = tidegate::mpmc_ring<element, tidegate::exchange_options{.elements = tidegate::element_place::entry}>;
void use(ring_type& ring) { ring.close(); }
