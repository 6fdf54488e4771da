// The clients of the rings under the explorer. Without futexes nothing can surprise them.
#include "tests/model/clients/spsc_ring.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_ring_clients(std::vector<registered_client>& all) {
  for_each_spsc_ring_client<explorer>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
