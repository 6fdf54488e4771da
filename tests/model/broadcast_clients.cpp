// The clients of broadcast_ring with one publisher under the explorer.
#include "tests/model/clients/broadcast_ring/gate.hpp"
#include "tests/model/clients/broadcast_ring/lap.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_broadcast_clients(std::vector<registered_client>& all) {
  for_each_lap_client<explorer>(adding_clients{all, {2, 1, 1}});
  for_each_gate_client<explorer>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
