// What real threads record of spsc_queue: calls that wait, some until they time out, and a close by the producer.
#include "tidegate/queue/spsc_queue.hpp"

#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/recorded_runs.hpp"
#include "tests/linearizability/recorded_traffic.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class recorded_queue : public watched {
 protected:
  static void run(call_form form, std::uint64_t count) {
    for (const std::size_t capacity : {1U, 2U, 3U, 7U, 64U}) {
      auto queue = Kind::template make<std::uint64_t>(capacity);
      const auto recording = long_run(queue, form, count * stress_factor());
      ASSERT_TRUE(keeps_the_rules(recording, {.capacity = capacity})) << "capacity " << capacity;
    }
  }
};

using queues = testing::Types<queue_default, queue_spin_yield, queue_park, queue_joint>;
TYPED_TEST_SUITE(recorded_queue, queues, kind_names);

TYPED_TEST(recorded_queue, keeps_the_rules_when_it_waits) { this->run(call_form::blocking, 1'000); }
TYPED_TEST(recorded_queue, keeps_the_rules_one_by_one) { this->run(call_form::single, 2'000); }
TYPED_TEST(recorded_queue, keeps_the_rules_in_bulk) { this->run(call_form::bulk, 2'000); }

}  // namespace
}  // namespace tidegate::test
