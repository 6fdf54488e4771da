// expect: try_hold
// expect: (constraint|in_entries)
#include <cstdint>

#include "tidegate/ring/mpmc_ring.hpp"

#ifdef EXPECT_OK
using element = std::uint64_t;
#else
using element = std::uint16_t;
#endif

void use(tidegate::mpmc_ring<element>::consumer& consumer) { static_cast<void>(consumer.try_hold()); }
