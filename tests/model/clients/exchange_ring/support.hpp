// support.hpp: what the clients of the exchange rings share: the kinds of ring, and what a call may cost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tests/model/clients/elements.hpp"
#include "tests/model/clients/exchange_ring/threads.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace tidegate::model {

/// Sides and options of an exchange ring. Roles are not checked: it would only add schedules.
template <side_count Sides, exchange_options Options, class Element = counted, class Threads = lasting_threads>
struct exchange_kind {
  static constexpr side_count sides = Sides;
  static constexpr exchange_options options = Options;
  using element = Element;
  using threads = Threads;
  template <class Engine>
  using ring = exchange_ring<Element, Sides, Options, typename Threads::template sync<typename Engine::sync>>;

  /// Sides with one thread that exchange by a store.
  static constexpr bool plain_push = Sides == side_count::one_to_many && Options.failures == failure_order::independent;
  static constexpr bool plain_pop =
      Sides == side_count::many_to_one && Options.failures == failure_order::independent && !Options.evicts;
  static constexpr bool holds = !in_entry<Element>(Options);
  static constexpr bool evicts = Sides != side_count::many_to_one || Options.evicts;
};

constexpr exchange_options helped(unsigned attempts) noexcept {
  return {.entries = entry_layout::packed, .attempts = attempts, .check_roles = false};
}
constexpr exchange_options unhelped() noexcept {
  return {.progress = progress_kind::lock_free, .entries = entry_layout::packed, .check_roles = false};
}
constexpr exchange_options jointly(exchange_options options) noexcept {
  options.failures = failure_order::joint;
  return options;
}
constexpr exchange_options evicting(exchange_options options) noexcept {
  options.evicts = true;
  return options;
}

/// Which numbers a ring of the clients has.
struct ring_numbers {
  unsigned capacity;
  unsigned producers;
  unsigned consumers;
};

/// The bound of own steps of each kind of call: see docs/proof.md, "The bound in steps". Without help a call is only
/// bounded by what the others do; no client makes more than 12 calls.
template <class Kind>
struct step_bounds {
  static constexpr unsigned per_look = 10;  // steps of one round of a call
  static constexpr unsigned around = 12;    // before and after the rounds
  static constexpr unsigned plain = 12;     // of a call on a side with one thread that exchanges by a store
  static constexpr unsigned calls_of_a_client = 12;
  static constexpr unsigned places_a_hint = 32;

  /// Rounds of a request, against so many rivals.
  [[nodiscard]] static constexpr unsigned rounds(unsigned rivals, unsigned capacity) noexcept {
    if (Kind::options.progress == progress_kind::lock_free) return calls_of_a_client + capacity;
    return Kind::options.attempts + 4 * (rivals + 2) + capacity;
  }
  /// Looks of a push that is about to ask, for pushes construct nothing in front of a full ring.
  [[nodiscard]] static constexpr unsigned looks_ahead(unsigned capacity) noexcept {
    return Kind::options.progress == progress_kind::lock_free ? 0 : 2 * std::min(capacity, places_a_hint) + 2;
  }
  [[nodiscard]] static constexpr unsigned close(const ring_numbers& of) noexcept {
    return per_look * (3 * (2 * of.producers + 2) + of.capacity);
  }
  [[nodiscard]] static constexpr unsigned push(const ring_numbers& of, bool closes) noexcept {
    if (Kind::plain_push) return plain;
    return around + per_look * (rounds(of.producers, of.capacity) + looks_ahead(of.capacity)) +
           (closes ? close(of) : 0);
  }
  [[nodiscard]] static constexpr unsigned evict(const ring_numbers& of, bool closes) noexcept {
    const unsigned all = rounds(of.producers + of.consumers, of.capacity) + looks_ahead(of.capacity);
    return around + per_look * all + (closes ? close(of) : 0);
  }
  [[nodiscard]] static constexpr unsigned pop(const ring_numbers& of, bool evicts, bool closes) noexcept {
    if (Kind::plain_pop) return plain + (closes ? close(of) : 0);
    return around + per_look * rounds(of.consumers + (evicts ? of.producers : 0), of.capacity);
  }
};

}  // namespace tidegate::model
