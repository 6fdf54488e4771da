// kinds_under_test.hpp: what the common tests are about in the program contract: queues of one producer and
// one consumer, and ticketed_ring, played by two threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/contract/cargo.hpp"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test::under_test {

using test::storage_kinds;
using test::surface_kinds;
using one_thread_kinds = storage_kinds;
using kinds_of_anything = testing::Types<ring_automatic, ring_indexed_joint, ring_indexed_narrow, ring_indexed_near_32,
                                         ring_indexed_near_64, queue_default, queue_near_64>;

/// Every phase of every ring up to this capacity.
inline constexpr std::size_t largest_of_every = 130;

/// Tickets of the producer.
inline constexpr std::uint32_t tickets_each = 100'000;

/// Calls that each of two threads makes beside the other one.
inline constexpr std::uint32_t calls_beside_a_peer = 20'000;

struct strings_in_a_ring : cargo<ring_automatic, std::string> {};
struct strings_in_a_queue : cargo<queue_default, std::string> {};
struct pointers_in_a_ring : cargo<ring_automatic, std::unique_ptr<unsigned>> {};
using cargoes = testing::Types<  //
    cargo<ring_automatic, std::uint8_t>, cargo<ring_automatic, std::uint32_t>, cargo<ring_automatic, std::uint64_t>,
    cargo<ring_automatic, triple>, cargo<ring_automatic, block<16>>, cargo<ring_automatic, block<64>>,
    cargo<ring_automatic, block<4096>>, cargo<ring_automatic, over_aligned<64>>,
    cargo<ring_automatic, over_aligned<128>>, strings_in_a_ring, pointers_in_a_ring, cargo<ring_automatic, move_only>,
    cargo<ring_automatic, self_referential>, cargo<ring_automatic, throwing_copy>, cargo<ring_automatic, counted>,
    cargo<ring_indexed, triple>, cargo<ring_packed, block<16>>, cargo<ring_packed_narrow, std::uint8_t>,
    cargo<ring_packed_narrow, triple>, cargo<queue_default, over_aligned<128>>, strings_in_a_queue,
    cargo<ring_ticketed, over_aligned<128>>, cargo<ring_ticketed, move_only>, cargo<ring_ticketed_dense, triple>,
    cargo<ring_ticketed_dense, throwing_copy>, cargo<ring_ticketed_dense, block<4096>>>;

}  // namespace tidegate::test::under_test
