// other_scripts.hpp: further scripts, of the rings of other shapes and of credits. See scripts.hpp; compiled apart from
// those, whose instructions they would change.
#pragma once

#include "tests/instructions/scripts.hpp"
#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/flow/credits.hpp"
#include "tidegate/ring/broadcast_ring.hpp"
#include "tidegate/ring/byte_ring.hpp"
#include "tidegate/ring/latest.hpp"

namespace tidegate::test {

using newest = latest<word>;
using records = byte_ring<>;
using laps = broadcast_ring<word, broadcast_options{.mode = broadcast_mode::lap}>;
using account = credits<credit_options{}, granted_sync>;
using account_in_order = credits<credit_options{.order = waiter_order::fifo}, granted_sync>;
using limiter = basic_capacity_limiter<credit_options{}, granted_sync>;

extern "C" {

// The newest value put and taken; a record of 64 bytes copied in and read in place; an element told to one reader.
bool script_latest_pair(newest& place);
bool script_byte_pair(records& ring);
bool script_lap_pair(laps& ring, laps::reader& reader);

// A credit taken and given back, nobody waits; the same as a permit.
bool script_credits_pair(account& credits);
bool script_credits_in_order_pair(account_in_order& credits);
bool script_permit_pair(limiter& limit);

}  // extern "C"

}  // namespace tidegate::test
