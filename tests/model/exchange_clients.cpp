// The core clients of mpmc_ring, with all calls helped, under the explorer.
#include "tests/model/clients/exchange_ring/histories.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_exchange_clients(std::vector<registered_client>& all) {
  for_each_helped_history<explorer, histories_part::core>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
