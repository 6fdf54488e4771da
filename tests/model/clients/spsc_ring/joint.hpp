// joint.hpp: clients that show what failure_order::joint is for: two failures of a spsc_ring, seen by its two threads.
//
// Capacity 2, one element inside. One side pops it and then finds the ring empty; the other pushes one and then finds
// it full. Each answer is true at some instant, but in one common order they exclude each other.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// The history, with every form of the call that must come first.
template <class Engine, class Kind, failure_order Failures>
struct two_failures {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;

  void before() noexcept { fill<Engine>(ring, 1, 1); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }

  void produce() noexcept {
    Engine::check(push_by<Engine>(static_cast<push_form>(Engine::choose(push_forms)), ring, 2), "one slot is free");
    found_full = ring.try_push(typename Kind::element{3}) == push_status::full;
    if (found_full) Engine::reached("full");
  }
  void consume() noexcept {
    Engine::check(pop_by(static_cast<pop_form>(Engine::choose(pop_forms)), ring, seen), "one element is inside");
    found_empty = take(ring, seen) == pop_status::empty;
    if (found_empty) Engine::reached("empty");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  bool found_full = false;
  bool found_empty = false;
  typename Kind::template ring<Engine, Failures> ring{2};
};

/// With failure_order::joint the history does not happen.
template <class Engine, class Kind>
struct joint_failures_have_an_order : two_failures<Engine, Kind, failure_order::joint> {
  static constexpr std::array probes{"full", "empty"};

  void after() noexcept {
    Engine::check(!this->found_full || !this->found_empty, "full and empty exclude each other in every common order");
  }
};

/// By default it may: not a promise, but the reason for the option.
template <class Engine, class Kind>
struct independent_failures_have_none : two_failures<Engine, Kind, failure_order::independent> {
  static constexpr std::array probes{"full", "empty", "both"};

  void after() noexcept {
    if (this->found_full && this->found_empty) Engine::reached("both");
  }
};

}  // namespace tidegate::model
