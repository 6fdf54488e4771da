// Clients of single branches and orders of the exchange rings: small ones, directed where they must be.
#include "tests/model/clients/exchange_ring/alone.hpp"
#include "tests/model/clients/exchange_ring/hints.hpp"
#include "tests/model/clients/exchange_ring/late_helpers.hpp"
#include "tests/model/clients/exchange_ring/observed.hpp"
#include "tests/model/clients/exchange_ring/overtaken.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_exchange_details_clients(std::vector<registered_client>& all) {
  for_each_call_alone<explorer>(adding_clients{all, {0, 0, 0}});
  for_each_observation<explorer>(adding_clients{all, {2, 1, 0}});
  for_each_hint<explorer>(adding_clients{all, {1, 1, 0}}, adding_clients{all, {0, 2, 0}});
  for_each_overtaken_call<explorer>(adding_clients{all, {0, 0, 0}});
  for_each_late_helper<explorer>(adding_clients{all, {0, 2, 0}});
}

}  // namespace tidegate::model
