// The clients of rate limiters, retry_budget, codel and admission_level under the explorer.
#include "tests/model/clients/rates.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_rates_clients(std::vector<registered_client>& all) {
  for_each_rate_client<explorer>(adding_clients{all, {3, 2, 1}});
}

}  // namespace tidegate::model
