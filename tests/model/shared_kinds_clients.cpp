// The clients of mpsc_queue and spmc_queue under the explorer, and those of other kinds of mpmc_queue.
#include "tests/model/clients/shared_queue.hpp"
#include "tests/model/clients/shared_queue/among_others.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {
namespace {

using mpmc_helped_1 = shared_kind<side_count::many_to_many, helped(1)>;
using mpmc_unhelped = shared_kind<side_count::many_to_many, unhelped()>;
using mpmc_spinning_first = shared_kind<side_count::many_to_many, helped(1), wait_kind::spin_park>;
using mpsc_helped_1 = shared_kind<side_count::many_to_one, helped(1)>;
using mpsc_unhelped = shared_kind<side_count::many_to_one, unhelped()>;
using spmc_unhelped = shared_kind<side_count::one_to_many, unhelped()>;
using mpsc_evicting = shared_kind<side_count::many_to_one, evicting(1)>;
using spmc_helped_1 = shared_kind<side_count::one_to_many, helped(1)>;

using symmetric = explorer_engine<symmetric_model_sync>;
using refused = explorer_engine<refused_model_sync>;

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

/// Waited for as one of several things, by every kind of side.
void add_among_others(adding_clients& each) {
  for_each_client_among_others<explorer, mpmc_helped_1>("mpmc_queue_helped_1", each);
  for_each_client_among_others<explorer, mpmc_unhelped>("mpmc_queue_unhelped", each);
  for_each_client_among_others<explorer, mpsc_helped_1>("mpsc_queue", each);
  for_each_client_among_others<explorer, spmc_helped_1>("spmc_queue", each);
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
  for_each_evicting_client<noting_explorer, mpmc_unhelped>("mpmc_queue_unhelped", each);  // never told of by a helper
}

}  // namespace

void add_shared_kinds_clients(std::vector<registered_client>& all) {
  adding_clients each{all, {2, 1, 1}};
  adding_clients shallow{all, {1, 1, 1}};
  adding_clients brief{all, {1, 1, 1}, {2, 1, 1}};
  add_single_sides(each);
  add_among_others(each);
  add_variants(brief);
  adding_clients{all, {2, 0, 0}}.operator()<late_element_never_leaves<explorer, spmc_unhelped>>(
      "spmc_queue.late_element_never_leaves");
  shallow.operator()<a_consumer_times_out<explorer, spmc_unhelped>>("spmc_queue.consumer_times_out");
  shallow.operator()<a_producer_times_out<explorer, mpsc_unhelped>>("mpsc_queue.producer_times_out");
}

}  // namespace tidegate::model
