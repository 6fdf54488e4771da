// contended.hpp: kinds whose threads get in each other's way, and the fixture of the tests about that.
#pragma once

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/crew.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/linearizability/preempted_sync.hpp"

namespace tidegate::test {

/// Threads lose their core between any two steps, so that they lose races that they had all but won.
struct preempted_default : exchange_kind<"mpmc_preempted", mpmc, exchange_options{}, preempted_sync> {};
struct preempted_helped : exchange_kind<"mpmc_helped_preempted", mpmc, helped, preempted_sync> {};
struct preempted_lock_free : exchange_kind<"mpmc_lock_free_preempted", mpmc, lock_free, preempted_sync> {};

template <class Kind>
class contention : public watched {
 protected:
  static constexpr unsigned numbers = 200;  // of each producer
  static constexpr unsigned all = producers_of<Kind> * numbers;

  void SetUp() override { counted::live = 0; }
};
using contended_kinds = testing::Types<mpmc_default, mpmc_handled_helped, mpsc_default, spmc_default, preempted_default,
                                       preempted_helped, preempted_lock_free>;

}  // namespace tidegate::test
