// The answers of the rings against a bounded FIFO, under the explorer.
#include "tests/model/clients/histories.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_history_clients(std::vector<registered_client>& all) {
  for_each_history_client<explorer>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
