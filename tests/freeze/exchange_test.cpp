// A thread stopped at any instruction of any operation of mpmc_ring, mpsc_ring and spmc_ring leaves the others their
// full rights: every place of the ring, exact answers, and all elements but at most one.
#include <cstddef>

#include "choice_of_forms.hpp"
#include "tests/freeze/exchange_kinds.hpp"
#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/frozen_bystander.hpp"
#include "tests/freeze/frozen_consumer.hpp"
#include "tests/freeze/frozen_member.hpp"
#include "tests/freeze/frozen_producer.hpp"
#include "tests/freeze/operations.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class exchange_freeze : public freeze_test {
 protected:
  /// In every state; each has at least `least_points` points, or something else was stepped through.
  template <template <class, class> class Frozen, class Operation>
  static void expect_no_block(const char* operation, std::size_t least_points) {
    census all;
    for (const queue_state& state : exchange_states) {
      SCOPED_TRACE(state.name);
      Frozen<Kind, Operation> played(state);
      const census found = freeze_everywhere(played, long_enough);
      ASSERT_EQ(found.blocked(), 0U) << found;
      ASSERT_TRUE(found.broken.empty()) << found;
      EXPECT_GE(found.points, least_points);
      all += found;
    }
    print(Kind::name, operation, all);
  }
};

// Sides with several threads.

template <class Kind>
class freeze_of_a_producer : public exchange_freeze<Kind> {};
using kinds_with_producers = forms<  //
    testing::Types<mpmc_usual, mpsc_by_handle>,
    testing::Types<mpmc_usual, mpmc_helped, mpmc_lock_free, mpmc_helped_by_handle, mpsc_evicting, mpsc_by_handle>>;
TYPED_TEST_SUITE(freeze_of_a_producer, kinds_with_producers, kind_names);

TYPED_TEST(freeze_of_a_producer, in_try_push) {
  this->template expect_no_block<frozen_member, try_push>("try_push", 8);
}

template <class Kind>
class freeze_of_a_consumer : public exchange_freeze<Kind> {};
using kinds_with_consumers = forms<  //
    testing::Types<mpmc_helped, mpmc_in_entries>,
    testing::Types<mpmc_usual, mpmc_helped, mpmc_lock_free, mpmc_in_entries, mpmc_helped_by_handle, spmc_by_handle>>;
TYPED_TEST_SUITE(freeze_of_a_consumer, kinds_with_consumers, kind_names);

TYPED_TEST(freeze_of_a_consumer, in_try_pop) { this->template expect_no_block<frozen_member, try_pop>("try_pop", 8); }

template <class Kind>
class freeze_of_an_evicting_producer : public exchange_freeze<Kind> {};
using kinds_that_evict = forms<  //
    testing::Types<mpmc_usual>, testing::Types<mpmc_usual, mpmc_helped, mpmc_lock_free, mpsc_evicting>>;
TYPED_TEST_SUITE(freeze_of_an_evicting_producer, kinds_that_evict, kind_names);

TYPED_TEST(freeze_of_an_evicting_producer, in_push_evict) {
  this->template expect_no_block<frozen_member, push_evict>("push_evict", 8);
}

// Sides with one thread: the other side keeps its rights.

template <class Kind>
class freeze_of_the_producer : public exchange_freeze<Kind> {};
using kinds_with_one_producer = testing::Types<spmc_usual, spmc_handled>;
TYPED_TEST_SUITE(freeze_of_the_producer, kinds_with_one_producer, kind_names);

TYPED_TEST(freeze_of_the_producer, in_try_push) {
  this->template expect_no_block<frozen_producer, try_push>("try_push", 8);
}

template <class Kind>
class freeze_of_the_consumer : public exchange_freeze<Kind> {};
using kinds_with_one_consumer = testing::Types<mpsc_usual, mpsc_handled>;
TYPED_TEST_SUITE(freeze_of_the_consumer, kinds_with_one_consumer, kind_names);

TYPED_TEST(freeze_of_the_consumer, in_try_pop) {
  this->template expect_no_block<frozen_consumer, try_pop>("try_pop", 8);
}

// A third thread.

template <class Kind>
class freeze_of_a_bystander : public exchange_freeze<Kind> {};
using kinds_with_bystanders = testing::Types<mpmc_usual, mpmc_helped, mpmc_lock_free, mpsc_handled, spmc_handled>;
TYPED_TEST_SUITE(freeze_of_a_bystander, kinds_with_bystanders, kind_names);

TYPED_TEST(freeze_of_a_bystander, in_close) {
  this->template expect_no_block<frozen_bystander, close_queue>("close", 2);
}

TYPED_TEST(freeze_of_a_bystander, in_depth_hint) {
  this->template expect_no_block<frozen_bystander, observe_depth>("depth_hint", 4);
}

}  // namespace
}  // namespace tidegate::test
