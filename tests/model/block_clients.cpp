// The clients of block_ring under the explorer.
#include "tests/model/clients/block_ring/alone.hpp"
#include "tests/model/clients/block_ring/histories.hpp"
#include "tests/model/clients/block_ring/long_stops.hpp"
#include "tests/model/clients/block_ring/marks.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_block_clients(std::vector<registered_client>& all) {
  for_each_block_client_alone<explorer>(adding_clients{all, {2, 1, 0}});
  for_each_block_history<explorer>(adding_clients{all, {2, 1, 1}});
  for_each_late_block_history<explorer>(adding_clients{all, {2, 1, 0}});
  for_each_long_block_stop<explorer>(adding_clients{all, {1, 1, 0}});
  for_each_block_mark<explorer>(adding_clients{all, {2, 1, 0}});
  for_each_long_block_mark<explorer>(adding_clients{all, {1, 1, 0}});
}

}  // namespace tidegate::model
