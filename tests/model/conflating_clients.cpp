// The clients of conflating_queue under the explorer.
#include "tests/model/clients/conflating/histories.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_conflating_clients(std::vector<registered_client>& all) {
  for_each_conflating_client<explorer>(adding_clients{all, {3, 1, 1}});
}

}  // namespace tidegate::model
