// expect: push_evict
// expect: (constraint|CanEvict)
#include "tidegate/ring/mpsc_ring.hpp"

#ifdef EXPECT_OK
using ring_type = tidegate::mpsc_ring<int, tidegate::exchange_options{.evicts = true}>;
#else
using ring_type = tidegate::mpsc_ring<int>;
#endif

void use(ring_type& ring) { static_cast<void>(ring.push_evict(1)); }
