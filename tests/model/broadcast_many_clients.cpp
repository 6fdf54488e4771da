// The clients of broadcast_ring with several publishers under the explorer.
#include "tests/model/clients/broadcast_ring/many.hpp"
#include "tests/model/clients/broadcast_ring/many_gate.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_broadcast_many_clients(std::vector<registered_client>& all) {
  for_each_many_client<explorer>(adding_clients{all, {2, 1, 1}});
  for_each_many_gate_client<explorer>(adding_clients{all, {2, 1, 1}});
  for_each_turning_many_gate_client<explorer>(adding_clients{all, {3, 0, 0}});
  for_each_large_many_gate_client<explorer>(adding_clients{all, {1, 1, 0}, {2, 1, 0}});
}

}  // namespace tidegate::model
