// The core clients of the other kinds of mpmc_ring, of mpsc_ring and spmc_ring under the explorer.
#include "tests/model/clients/exchange_ring/histories.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_exchange_kinds_clients(std::vector<registered_client>& all) {
  for_each_history_of_many<explorer, histories_part::core>(adding_clients{all, {2, 1, 1}});
  for_each_history_of_one<explorer, histories_part::core>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
