// shared_kinds.hpp: the queues with several threads on a side, for the tests of what only their waiting calls do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "choice_of_forms.hpp"
#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/policies.hpp"
#include "tests/contract/support.hpp"
#include "tidegate/queue/shared_queue.hpp"

namespace tidegate::test {

template <side_count Sides, queue_options Options, class Sync = native_sync>
struct shared_kind {
  template <class T>
  using type = shared_queue<T, Sides, Options, observed<Sync>>;
  static constexpr queue_options options = Options;
  /// What is hard to carry: an element that is only moved, or one of odd size where elements must be plain.
  using cargo = std::conditional_t<Options.many == ring_choice::block, triple, move_only>;
  static constexpr unsigned producers = Sides == side_count::one_to_many ? 1 : 3;
  static constexpr unsigned consumers = Sides == side_count::many_to_one ? 1 : 3;

  template <class T>
  [[nodiscard]] static type<T> make(std::size_t capacity) {
    return type<T>({.capacity = capacity});
  }

  /// Grows while the thread of `steps` waits on a queue of this kind.
  [[nodiscard]] static std::uint64_t waits(const wait_steps& steps) noexcept {
    return parks(Options.wait) ? steps.sleeps : steps.yields;
  }
};

inline constexpr exchange_options always_helped{.attempts = 0};
inline constexpr exchange_options never_helped{.progress = progress_kind::lock_free};
inline constexpr queue_options parking{.wait = wait_kind::park};
inline constexpr queue_options parking_helped{.wait = wait_kind::park, .exchange = always_helped};
inline constexpr queue_options parking_unhelped{.wait = wait_kind::park, .exchange = never_helped};
inline constexpr queue_options yielding{.wait = wait_kind::spin_yield};
inline constexpr queue_options parking_runs{.wait = wait_kind::park, .many = ring_choice::block};
inline constexpr queue_options parking_short_runs{
    .wait = wait_kind::park, .many = ring_choice::block, .block = {.longest_run = 2}};

struct shared_default : shared_kind<side_count::many_to_many, queue_options{}> {};
struct shared_helped : shared_kind<side_count::many_to_many, parking_helped> {};
struct shared_unhelped : shared_kind<side_count::many_to_many, parking_unhelped> {};
struct shared_yielding : shared_kind<side_count::many_to_many, yielding> {};
struct shared_symmetric : shared_kind<side_count::many_to_many, parking, symmetric_sync> {};
struct shared_refused : shared_kind<side_count::many_to_many, parking, refused_sync> {};
struct shared_one_consumer : shared_kind<side_count::many_to_one, parking> {};
struct shared_one_producer : shared_kind<side_count::one_to_many, parking> {};
struct shared_runs : shared_kind<side_count::many_to_many, parking_runs> {};
struct shared_short_runs : shared_kind<side_count::many_to_many, parking_short_runs, symmetric_sync> {};
struct shared_runs_one_consumer : shared_kind<side_count::many_to_one, parking_runs> {};
struct shared_runs_one_producer : shared_kind<side_count::one_to_many, parking_runs> {};

using shared_kinds = forms<  //
    testing::Types<shared_helped, shared_yielding, shared_symmetric, shared_one_consumer, shared_one_producer,
                   shared_short_runs>,
    testing::Types<shared_default, shared_helped, shared_unhelped, shared_yielding, shared_symmetric, shared_refused,
                   shared_one_consumer, shared_one_producer, shared_runs, shared_short_runs, shared_runs_one_consumer,
                   shared_runs_one_producer>>;

/// A thread that has called on a side with one thread leaves that role to the next one.
template <class Queue>
void hand_over(Queue& queue) noexcept {
  queue.rebind_producer();
  queue.rebind_consumer();
}

}  // namespace tidegate::test
