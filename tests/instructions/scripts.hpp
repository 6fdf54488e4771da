// scripts.hpp: fixed sequences of operations whose instructions are counted, and the rings and queues they run on.
//
// A script is one function `script_NAME`, on one thread and always the same: valgrind counts from its entry to its
// return. It returns false at the first unexpected answer. Setting up is the caller's, and is not counted. The scripts
// are compiled apart from their caller, so that nothing is inlined, cloned or known beforehand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {

/// Operations of a script, each an iteration of its loop.
inline constexpr std::size_t operations = 1000;
/// Elements of an operation on several.
inline constexpr std::size_t batch = 32;
inline constexpr std::size_t portion = 4;

/// The real policy, on a system that grants asymmetric fences: what valgrind or a sandbox refuses changes no count.
struct granted_sync : native_sync {
  [[nodiscard]] static bool asymmetric_fences() noexcept { return true; }
};

using word = std::uint64_t;
using box = std::unique_ptr<word>;
using packed = spsc_ring<word, ring_options{.layout = ring_layout::packed}>;
using indexed = spsc_ring<word, ring_options{.layout = ring_layout::indexed}>;
using boxes = spsc_ring<box>;
using blocking = spsc_queue<word, queue_options{.wait = wait_kind::spin_park}, granted_sync>;
using dropping = spsc_queue<word, queue_options{.overflow = overflow_kind::drop_newest}, granted_sync>;
using mpmc = mpmc_ring<word>;
using lock_free = mpmc_ring<word, exchange_options{.progress = progress_kind::lock_free}>;
using in_entries = mpmc_ring<std::uint16_t>;
using mpsc = mpsc_ring<word>;
using spmc = spmc_ring<word>;

extern "C" {

// One element in, the same out. Nobody waits on the other side.
bool script_packed_pair(packed& ring);
bool script_indexed_pair(indexed& ring);
bool script_move_only_pair(boxes& ring);
bool script_blocking_pair(blocking& queue);

// One element in, each; then one element out, each. Room for all: one instruction more stands out.
bool script_packed_push(packed& ring);
bool script_packed_pop(packed& ring);
bool script_indexed_push(indexed& ring);
bool script_indexed_pop(indexed& ring);
bool script_blocking_push(blocking& queue);
bool script_blocking_pop(blocking& queue);

// `batch` elements in, the same out. Room for one batch and a part, so that some lie around the ring's end.
bool script_packed_batch(packed& ring);
bool script_indexed_batch(indexed& ring);

// Refused: the ring is full, or empty, before and after.
bool script_packed_full(packed& ring);
bool script_indexed_full(indexed& ring);
bool script_offer_full(dropping& queue);
bool script_packed_empty(packed& ring);
bool script_indexed_empty(indexed& ring);

// In place: `portion` slots claimed, filled and published; as many elements peeked at, read and released. Room for all,
// and all inside.
bool script_packed_claim(packed& ring);
bool script_indexed_claim(indexed& ring);
bool script_packed_peek(packed& ring);
bool script_indexed_peek(indexed& ring);

// The same on rings with several threads on a side, of which one is here: without handles, and with them.
bool script_mpmc_pair(mpmc& ring);
bool script_mpmc_handle_pair(mpmc::producer& producer, mpmc::consumer& consumer);
bool script_lock_free_pair(lock_free& ring);
bool script_in_entries_pair(in_entries& ring);
bool script_mpmc_evict(mpmc& ring);
bool script_mpmc_full(mpmc& ring);
bool script_mpmc_empty(mpmc& ring);
bool script_mpsc_pair(mpsc& ring);
bool script_mpsc_push(mpsc& ring);
bool script_mpsc_pop(mpsc& ring);
bool script_spmc_pair(spmc& ring);
bool script_spmc_push(spmc& ring);
bool script_spmc_pop(spmc& ring);

}  // extern "C"

}  // namespace tidegate::test
