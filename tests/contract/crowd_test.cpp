// Traffic of threads that wait: more of them than cores, most of them asleep.
#include <cstddef>
#include <cstdint>
#include <list>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/contract/traffic.hpp"

namespace tidegate::test {
namespace {

[[nodiscard]] std::uint32_t tickets() { return 10'000 * stress_factor(); }

template <class Kind>
class crowd : public watched {};
TYPED_TEST_SUITE(crowd, waiting_kinds, kind_names);

TYPED_TEST(crowd, of_two_that_wait_for_each_other_balances) {
  auto queue = TypeParam::template make<ticket>(7);
  run_traffic<TypeParam>(queue, traffic_form::blocking, tickets());
}

// Many more threads than cores, most of them waiting: nobody starves, nobody sleeps through.
TYPED_TEST(crowd, of_queues_all_finish) {
  std::list<typename TypeParam::template type<ticket>> queues;
  std::vector<std::jthread> runs;
  for (int i = 0; i < 6; ++i) {
    auto& queue = queues.emplace_back(queue_config{.capacity = static_cast<std::size_t>(1 + i)});
    runs.emplace_back([&queue] { run_traffic<TypeParam>(queue, traffic_form::blocking, tickets() / 5); });
  }
}

}  // namespace
}  // namespace tidegate::test
