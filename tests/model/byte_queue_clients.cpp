// The clients of the byte queues under the explorer.
#include "tests/model/clients/byte_queue.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_byte_queue_clients(std::vector<registered_client>& all) {
  for_each_byte_queue_client<explorer>(adding_clients{all, {2, 1, 1}});
}

}  // namespace tidegate::model
