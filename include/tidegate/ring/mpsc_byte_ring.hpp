// mpsc_byte_ring: byte_ring for any number of producer threads.
//
// As ring/byte_ring.hpp says, and in addition:
// Progress: a claim is lock-free: one compare-exchange, and one more for each claim of another that came first. All
// else is wait-free: publish() and abandon() are one store. One thread's claims may be open at the same time, and be
// finished in any order.
// Order: of the claims, whenever they are published. A claim that is not finished holds up what was claimed behind it,
// and nothing else: `empty` is true of the record that is next. The consumer counts how often it looked at such a claim
// (counts_hint()), and depth_hint() tells that something is there.
// A claim that is abandoned (dropped) is skipped by the consumer, and so is the claim of a thread that has ended
// without either: within the consumer's next call, O(1) each. A thread that lives and keeps its claim keeps the ring.
// A published claim costs all that was claimed.
// A claim whose thread ended is taken for a living one's while a thread lives that got its number exactly a multiple of
// 65,536 threads later; that only delays it. So does having more threads than numbers (16,384): such claims are kept.
// Answers: each is true, as with one producer; room that was abandoned is free once the consumer has come by.
// Close: exact: a claim that was granted came before it, and what it publishes is delivered before `closed`.
// Memory and origin: detail/byte/shared_lane.hpp.
#pragma once

#include "tidegate/ring/byte_ring.hpp"

namespace tidegate {

template <byte_options Options = byte_options{}, class Sync = native_sync>
using mpsc_byte_ring = basic_byte_ring<producer_count::many, Options, Sync>;

/// mpsc_byte_ring without exceptions: null and `error` set when it cannot be had.
template <byte_options Options = byte_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<mpsc_byte_ring<Options, Sync>> make_mpsc_byte_ring(std::size_t capacity_bytes,
                                                                                 const memory_options& memory,
                                                                                 std::error_code& error) noexcept {
  return mpsc_byte_ring<Options, Sync>::make(capacity_bytes, memory, error);
}

}  // namespace tidegate
