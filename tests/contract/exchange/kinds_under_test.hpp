// kinds_under_test.hpp: what the common tests are about in the program contract_exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/contract/cargo.hpp"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"

namespace tidegate::test::under_test {

using surface_kinds = detail::chosen<detail::is_any, kind_list<>, exchange_surface_forms>::types;
using storage_kinds = exchange_kinds;

/// Of one thread: laps of 6 bits wrap.
using one_thread_kinds = detail::chosen<detail::is_any, kind_list<>, exchange_surface_forms, exchange_other_forms,
                                        kind_list<mpmc_narrow>>::types;
using kinds_of_anything =
    testing::Types<mpmc_default, mpmc_helped, mpmc_near_32, mpmc_handled, mpsc_default, spmc_default, spmc_handled>;

/// Every phase of every ring up to this capacity; hints move every 8 places.
inline constexpr std::size_t largest_of_every = 34;

/// Tickets of a producer; there are three.
inline constexpr std::uint32_t tickets_each = 5'000;

/// Calls that each of two threads makes beside the other one.
inline constexpr std::uint32_t calls_beside_a_peer = 3'000;

struct strings_in_an_mpmc_ring : cargo<mpmc_default, std::string> {};
struct strings_by_handle : cargo<mpmc_handled, std::string> {};
struct pointers_to_one : cargo<mpsc_default, std::unique_ptr<unsigned>> {};
using cargoes = testing::Types<  //
    cargo<mpmc_default, std::uint8_t>, cargo<mpmc_default, std::uint32_t>, cargo<mpmc_default, triple>,
    cargo<mpmc_default, block<4096>>, cargo<mpmc_default, over_aligned<128>>, strings_in_an_mpmc_ring,
    cargo<mpmc_default, move_only>, cargo<mpmc_default, self_referential>, cargo<mpmc_default, throwing_copy>,
    cargo<mpmc_helped, std::uint16_t>, cargo<mpmc_helped, counted>, cargo<mpmc_in_entries, triple>,
    cargo<mpmc_in_entries, std::uint32_t>, cargo<mpmc_packed, triple>, cargo<mpmc_packed, over_aligned<128>>,
    strings_by_handle, pointers_to_one, cargo<spmc_default, self_referential>>;

}  // namespace tidegate::test::under_test
