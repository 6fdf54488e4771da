// exchange_kinds.hpp: the exchange rings under test, as kinds.hpp has those of one producer and one consumer.
#pragma once

#include <cstddef>

#include "tests/contract/exchange/handled.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/policies.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace tidegate::test {

template <literal Name, side_count Sides, exchange_options Options = exchange_options{}, class Sync = native_sync>
struct exchange_kind : capabilities {
  template <class T>
  using type = exchange_ring<T, Sides, Options, Sync>;
  static constexpr const char* name = Name.text;
  static constexpr exchange_options options = Options;
  static constexpr bool many_producers = Sides != side_count::one_to_many;
  static constexpr bool many_consumers = Sides != side_count::many_to_one;
  static constexpr bool evicts = many_consumers || Options.evicts;

  template <class T>
  [[nodiscard]] static type<T> make(std::size_t capacity) {
    return type<T>(capacity);
  }
};

/// Every call goes through a handle.
template <literal Name, side_count Sides, exchange_options Options = exchange_options{}>
struct handled_kind : exchange_kind<Name, Sides, Options> {
  template <class T>
  using type = handled<exchange_ring<T, Sides, Options, native_sync>>;

  template <class T>
  [[nodiscard]] static type<T> make(std::size_t capacity) {
    return type<T>(capacity);
  }

  /// What a thread calls that is one of several.
  template <class Queue>
  [[nodiscard]] static decltype(auto) producer_of(Queue& queue) {
    if constexpr (Sides == side_count::one_to_many) return capabilities::producer_of(queue);
    if constexpr (Sides != side_count::one_to_many) return queue.make_producer();
  }
  template <class Queue>
  [[nodiscard]] static decltype(auto) consumer_of(Queue& queue) {
    if constexpr (Sides == side_count::many_to_one) return capabilities::consumer_of(queue);
    if constexpr (Sides != side_count::many_to_one) return queue.make_consumer();
  }
};

inline constexpr side_count mpmc = side_count::many_to_many;
inline constexpr side_count mpsc = side_count::many_to_one;
inline constexpr side_count spmc = side_count::one_to_many;

/// Every call that has a rival asks for help at once.
inline constexpr exchange_options helped{.attempts = 0};
inline constexpr exchange_options lock_free{.progress = progress_kind::lock_free, .elements = element_place::slot};
/// Elements of up to 4 bytes are in the entries; larger ones are in slots as ever.
inline constexpr exchange_options in_entries{.progress = progress_kind::lock_free};
inline constexpr exchange_options packed_entries{.entries = entry_layout::packed};
inline constexpr exchange_options jointly{.failures = failure_order::joint};
inline constexpr exchange_options with_eviction{.evicts = true};
inline constexpr exchange_options evicting_helped{.evicts = true, .attempts = 0};

struct mpmc_default : exchange_kind<"mpmc_default", mpmc> {};
struct mpmc_helped : exchange_kind<"mpmc_helped", mpmc, helped> {};
struct mpmc_lock_free : exchange_kind<"mpmc_lock_free", mpmc, lock_free> {};
struct mpmc_in_entries : exchange_kind<"mpmc_in_entries", mpmc, in_entries> {};
struct mpmc_packed : exchange_kind<"mpmc_packed", mpmc, packed_entries> {};
struct mpmc_narrow : exchange_kind<"mpmc_narrow", mpmc, exchange_options{}, narrow_sync> {};
struct mpmc_near_32 : exchange_kind<"mpmc_near_32", mpmc, exchange_options{}, near_32_sync> {};
struct mpmc_handled : handled_kind<"mpmc_handled", mpmc> {};
struct mpmc_handled_helped : handled_kind<"mpmc_handled_helped", mpmc, helped> {};
struct mpsc_default : exchange_kind<"mpsc_default", mpsc> {};
struct mpsc_joint : exchange_kind<"mpsc_joint", mpsc, jointly> {};
struct mpsc_evicting : exchange_kind<"mpsc_evicting", mpsc, with_eviction> {};
struct mpsc_evicting_helped : exchange_kind<"mpsc_evicting_helped", mpsc, evicting_helped> {};
struct mpsc_handled : handled_kind<"mpsc_handled", mpsc> {};
struct spmc_default : exchange_kind<"spmc_default", spmc> {};
struct spmc_helped : exchange_kind<"spmc_helped", spmc, helped> {};
struct spmc_joint : exchange_kind<"spmc_joint", spmc, jointly> {};
struct spmc_handled : handled_kind<"spmc_handled", spmc> {};

/// One kind for each way in which calls are implemented: the whole surface is tested with these.
using exchange_surface_forms =
    forms<kind_list<mpmc_helped, mpmc_in_entries, mpsc_default, spmc_default>,
          kind_list<mpmc_default, mpmc_helped, mpmc_in_entries, mpmc_handled, mpsc_default, spmc_default>>;

/// Kinds that differ from one of the above in their orders, layouts and laps, or that combine them.
using exchange_other_forms = forms<  //
    kind_list<mpmc_packed, mpsc_evicting_helped>,
    kind_list<mpmc_lock_free, mpmc_packed, mpmc_near_32, mpsc_evicting_helped, mpsc_handled, spmc_helped, spmc_joint>>;

using exchange_kinds = detail::chosen<detail::is_any, kind_list<>, exchange_surface_forms, exchange_other_forms>::types;

}  // namespace tidegate::test
