// The clients of credits under the explorer.
#include "tests/model/clients/credits.hpp"
#include "tests/model/clients/credits_details.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_credits_clients(std::vector<registered_client>& all) {
  for_each_credit_detail<explorer>(adding_clients{all, {2, 1, 1}}, adding_clients{all, {1, 0, 0}},
                                   adding_clients{all, {0, 1, 0}});
  for_each_credit_client<explorer>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
