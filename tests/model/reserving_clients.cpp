// The clients of reserving_queue under the explorer.
#include "tests/model/clients/reserving.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_reserving_clients(std::vector<registered_client>& all) {
  for_each_reserving_client<explorer>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
