// The clients of mpmc_queue over block_ring and ticketed_ring under the explorer.
#include "tests/model/clients/shared_queue.hpp"
#include "tests/model/clients/shared_queue/among_others.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {
namespace {

using mpmc_runs_1 = block_kind<side_count::many_to_many, 1>;
using mpmc_runs_2 = block_kind<side_count::many_to_many, 2>;

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
  for_each_client_among_others<explorer, mpmc_runs_2>(kind, each);
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
  for_each_client_among_others<explorer, ticketed_kind>(kind, each);
  each.operator()<handles_say_what_they_have<explorer, ticketed_kind>>(kind + ".handles");
}

}  // namespace

void add_shared_runs_clients(std::vector<registered_client>& all) {
  adding_clients each{all, {2, 1, 1}};
  adding_clients shallow{all, {1, 1, 1}};
  adding_clients unsurprised{all, {2, 1, 0}};
  add_runs(each);
  for_each_client_of_four<explorer, mpmc_runs_2>("mpmc_queue_runs", shallow);
  add_ticketed(each, shallow);
  for_each_stopped_bulk_call<mpmc_runs_1>("mpmc_queue_runs_of_one", unsurprised);
}

}  // namespace tidegate::model
