// The clients of sink_driver under the explorer, with and without asymmetric fences.
#include "tests/model/clients/sink_driver.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_sink_driver_clients(std::vector<registered_client>& all) {
  const adding_clients two_sides{all, {2, 1, 1}};
  for_each_sink_driver_client<explorer_engine<with_bells<model_sync>>>("sink_driver", two_sides);
  for_each_sink_driver_client<explorer_engine<with_bells<symmetric_model_sync>>>("sink_driver_symmetric", two_sides);
}

}  // namespace tidegate::model
