// The clients of mpmc_queue, mpsc_queue and spmc_queue under the explorer.
#include "tests/model/clients/shared_queue.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {
namespace {

using mpmc_helped_0 = shared_kind<side_count::many_to_many, helped(0)>;
using mpmc_helped_1 = shared_kind<side_count::many_to_many, helped(1)>;
using mpmc_unhelped = shared_kind<side_count::many_to_many, unhelped()>;
using mpmc_spinning_first = shared_kind<side_count::many_to_many, helped(1), wait_kind::spin_park>;
using mpmc_throwing = shared_kind<side_count::many_to_many, helped(1), wait_kind::park, fussy>;
using mpsc_helped_1 = shared_kind<side_count::many_to_one, helped(1)>;
using mpsc_unhelped = shared_kind<side_count::many_to_one, unhelped()>;
using spmc_unhelped = shared_kind<side_count::one_to_many, unhelped()>;
using mpmc_runs_1 = block_kind<side_count::many_to_many, 1>;
using mpmc_runs_2 = block_kind<side_count::many_to_many, 2>;
using mpsc_evicting = shared_kind<side_count::many_to_one, evicting(1)>;
using spmc_helped_1 = shared_kind<side_count::one_to_many, helped(1)>;

using symmetric = explorer_engine<symmetric_model_sync>;
using refused = explorer_engine<refused_model_sync>;

/// All of them, for one kind.
void add_mpmc(adding_clients& each) {
  const std::string kind = "mpmc_queue_helped_1";
  for_each_client_of_consumers<explorer, mpmc_helped_1>(kind, each);
  for_each_client_of_producers<explorer, mpmc_helped_1>(kind, each);
  for_each_client_of_both<explorer, mpmc_helped_1>(kind, each);
  for_each_stopped_sleeper<explorer, mpmc_helped_1>(kind, each);
  for_each_waker_of<noting_explorer, mpmc_helped_1>(kind, each);
  for_each_evicting_client<noting_explorer, mpmc_helped_1>(kind, each);
  for_each_handle_free_client<explorer, mpmc_helped_1>(kind + "_free", each);
  for_each_deadline_client<explorer, mpmc_helped_1>(kind + "_free", each);
}

/// Calls that are all helped: many more executions, hence fewer clients.
void add_helped(adding_clients& each) {
  each.operator()<two_consumers_two_pushes<explorer, mpmc_helped_0, false>>("mpmc_queue_helped_0.two_consumers");
  each.operator()<close_ends_the_pops<explorer, mpmc_helped_0, true>>("mpmc_queue_helped_0.close_behind_an_element");
  each.operator()<close_ends_the_pushes<explorer, mpmc_helped_0>>("mpmc_queue_helped_0.close_ends_the_pushes");
  each.operator()<all_of_them_wait<explorer, mpmc_helped_0>>("mpmc_queue_helped_0.all_of_them_wait");
}

/// Sides that have one thread, which exchanges by a store.
void add_single_sides(adding_clients& each) {
  for_each_client_of_producers<explorer, mpsc_helped_1>("mpsc_queue", each);
  for_each_client_of_both<explorer, mpsc_helped_1>("mpsc_queue", each);
  for_each_waker_of<noting_explorer, mpsc_helped_1>("mpsc_queue", each);
  for_each_handle_free_client<explorer, mpsc_helped_1>("mpsc_queue_free", each);
  for_each_client_of_consumers<explorer, spmc_helped_1>("spmc_queue", each);
  for_each_client_of_both<explorer, spmc_helped_1>("spmc_queue", each);
  for_each_waker_of<noting_explorer, spmc_helped_1>("spmc_queue", each);
  for_each_handle_free_client<explorer, spmc_helped_1>("spmc_queue_free", each);
  for_each_evicting_client<noting_explorer, mpsc_evicting>("mpsc_queue_evicting", each);
}

/// Other fences, other ways to wait, and a ring without help.
void add_variants(adding_clients& each) {
  each.operator()<two_consumers_two_pushes<symmetric, mpmc_helped_1, false>>("mpmc_queue_symmetric.two_consumers");
  each.operator()<two_producers_two_pops<symmetric, mpmc_helped_1, false>>("mpmc_queue_symmetric.two_producers");
  each.operator()<close_wakes_both_places<symmetric, mpmc_helped_1>>("mpmc_queue_symmetric.close_wakes_both_places");
  for_each_client_of_both<symmetric, mpsc_helped_1>("mpsc_queue_symmetric", each);
  for_each_client_of_both<symmetric, spmc_helped_1>("spmc_queue_symmetric", each);
  for_each_client_of_both<refused, mpmc_helped_1>("mpmc_queue_refused", each);
  for_each_handle_free_client<refused, mpmc_helped_1>("mpmc_queue_refused", each);
  for_each_client_of_both<explorer, mpmc_spinning_first>("mpmc_queue_spinning_first", each);
  for_each_client_of_both<explorer, mpmc_unhelped>("mpmc_queue_unhelped", each);
}

/// On a block ring, whose sides are all alike.
void add_runs(adding_clients& each) {
  const std::string kind = "mpmc_queue_runs";
  for_each_client_of_consumers<explorer, mpmc_runs_2>(kind, each);
  for_each_client_of_producers<explorer, mpmc_runs_2>(kind, each);
  for_each_client_of_both<explorer, mpmc_runs_2>(kind, each);
  for_each_stopped_sleeper<explorer, mpmc_runs_2>(kind, each);
  for_each_waker_of<noting_explorer, mpmc_runs_2>(kind, each);
  for_each_handle_free_client<explorer, mpmc_runs_2>(kind + "_free", each);
  for_each_deadline_client<explorer, mpmc_runs_2>(kind + "_free", each);
  each.operator()<one_pop_wakes_two<noting_explorer, mpmc_runs_2>>(kind + ".one_pop_wakes_two");
  each.operator()<drain_of_parts<noting_explorer, mpmc_runs_2>>(kind + ".drain_of_parts");
}

/// On a ticketed ring, whose sides are all alike, too.
void add_ticketed(adding_clients& each, adding_clients& shallow) {
  const std::string kind = "mpmc_queue_ticketed";
  for_each_client_of_consumers<explorer, ticketed_kind>(kind, shallow);
  for_each_client_of_producers<explorer, ticketed_kind>(kind, shallow);
  for_each_client_of_both<explorer, ticketed_kind>(kind, shallow);
  for_each_client_of_four<explorer, ticketed_kind>(kind, shallow);
  for_each_waker_of<noting_explorer, ticketed_kind>(kind, each);
  for_each_handle_free_client<explorer, ticketed_kind>(kind + "_free", each);
  each.operator()<one_pop_wakes_two<noting_explorer, ticketed_kind>>(kind + ".one_pop_wakes_two");
}

}  // namespace

void add_shared_queue_clients(std::vector<registered_client>& all) {
  adding_clients each{all, {2, 1, 1}};
  adding_clients shallow{all, {1, 1, 1}};
  adding_clients brief{all, {1, 1, 1}, {2, 1, 1}};
  add_mpmc(each);
  add_helped(brief);
  add_single_sides(each);
  add_runs(each);
  for_each_client_of_four<explorer, mpmc_runs_2>("mpmc_queue_runs", shallow);
  add_ticketed(each, shallow);
  add_variants(brief);
  each.operator()<one_pop_wakes_two<noting_explorer, mpmc_helped_1>>("mpmc_queue_helped_1.one_pop_wakes_two");
  shallow.operator()<a_consumer_times_out<explorer, spmc_unhelped>>("spmc_queue.consumer_times_out");
  shallow.operator()<a_producer_times_out<explorer, mpsc_unhelped>>("mpsc_queue.producer_times_out");
  adding_clients unsurprised{all, {2, 1, 0}};
  for_each_stopped_caller<mpmc_helped_0>("mpmc_queue_helped_0", unsurprised);
  for_each_stopped_bulk_call<mpmc_runs_1>("mpmc_queue_runs_of_one", unsurprised);
  unsurprised.operator()<stopped_beside_a_throw<noting_explorer, mpmc_throwing>>("mpmc_queue_throwing.stopped");
}

}  // namespace tidegate::model
