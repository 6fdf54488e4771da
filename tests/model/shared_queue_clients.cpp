// The clients of mpmc_queue under the explorer.
#include "tests/model/clients/shared_queue.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {
namespace {

using mpmc_helped_0 = shared_kind<side_count::many_to_many, helped(0)>;
using mpmc_helped_1 = shared_kind<side_count::many_to_many, helped(1)>;
using mpmc_throwing = shared_kind<side_count::many_to_many, helped(1), wait_kind::park, fussy>;

/// All of them, for one kind; small ones first.
void add_mpmc(adding_clients& each) {
  const std::string kind = "mpmc_queue_helped_1";
  for_each_waker_of<noting_explorer, mpmc_helped_1>(kind, each);
  for_each_evicting_client<noting_explorer, mpmc_helped_1>(kind, each);
  for_each_handle_free_client<explorer, mpmc_helped_1>(kind + "_free", each);
  for_each_deadline_client<explorer, mpmc_helped_1>(kind + "_free", each);
  for_each_client_of_consumers<explorer, mpmc_helped_1>(kind, each);
  for_each_client_of_producers<explorer, mpmc_helped_1>(kind, each);
  for_each_client_of_both<explorer, mpmc_helped_1>(kind, each);
  for_each_stopped_sleeper<explorer, mpmc_helped_1>(kind, each);
}

/// Calls that are all helped: many more executions, hence fewer clients.
void add_helped(adding_clients& each) {
  each.operator()<two_consumers_two_pushes<explorer, mpmc_helped_0, false>>("mpmc_queue_helped_0.two_consumers");
  each.operator()<close_ends_the_pops<explorer, mpmc_helped_0, true>>("mpmc_queue_helped_0.close_behind_an_element");
  each.operator()<close_ends_the_pushes<explorer, mpmc_helped_0>>("mpmc_queue_helped_0.close_ends_the_pushes");
  each.operator()<all_of_them_wait<explorer, mpmc_helped_0>>("mpmc_queue_helped_0.all_of_them_wait");
}

}  // namespace

void add_shared_queue_clients(std::vector<registered_client>& all) {
  adding_clients each{all, {2, 1, 1}};
  adding_clients brief{all, {1, 1, 1}, {2, 1, 1}};
  add_mpmc(each);
  add_helped(brief);
  each.operator()<one_pop_wakes_two<noting_explorer, mpmc_helped_1>>("mpmc_queue_helped_1.one_pop_wakes_two");
  adding_clients unsurprised{all, {2, 1, 0}};
  for_each_stopped_caller<mpmc_helped_0>("mpmc_queue_helped_0", unsurprised);
  unsurprised.operator()<stopped_before_an_eviction<noting_explorer, mpmc_helped_1>>(
      "mpmc_queue_helped_1.stopped_before_an_eviction");
  unsurprised.operator()<stopped_beside_a_throw<noting_explorer, mpmc_throwing>>("mpmc_queue_throwing.stopped");
}

}  // namespace tidegate::model
