// The try calls of spsc_ring<std::uint64_t>, each as a function of its own, for check.py.
#include "tidegate/ring/spsc_ring.hpp"

#include <cstdint>

using namespace tidegate;

namespace {

template <ring_layout Layout, failure_order Failures = failure_order::independent>
using ring = spsc_ring<std::uint64_t, ring_options{.layout = Layout, .failures = Failures, .check_roles = false}>;
using indexed = ring<ring_layout::indexed>;
using packed = ring<ring_layout::packed>;
using joint = ring<ring_layout::indexed, failure_order::joint>;

}  // namespace

extern "C" {

push_status lean_indexed_push(indexed& ring, std::uint64_t value) { return ring.try_push(value); }
pop_status lean_indexed_pop(indexed& ring, std::uint64_t& value) { return ring.try_pop(value); }
push_status lean_packed_push(packed& ring, std::uint64_t value) { return ring.try_push(value); }
pop_status lean_packed_pop(packed& ring, std::uint64_t& value) { return ring.try_pop(value); }

// A joint order of failures costs a locked store: the control.
push_status costly_joint_push(joint& ring, std::uint64_t value) { return ring.try_push(value); }
pop_status costly_joint_pop(joint& ring, std::uint64_t& value) { return ring.try_pop(value); }

}  // extern "C"
