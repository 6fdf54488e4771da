// The other clients of exchange rings with several threads on both sides: brief by default.
#include "tests/model/clients/exchange_ring/help.hpp"
#include "tests/model/clients/exchange_ring/histories.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_exchange_many_clients(std::vector<registered_client>& all) {
  for_each_helped_history<explorer, histories_part::others>(adding_clients{all, {1, 1, 1}, {2, 1, 1}});
  for_each_history_of_many<explorer, histories_part::others>(adding_clients{all, {1, 1, 1}, {2, 1, 1}});
  for_each_help_client(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
