// The clients of spsc_queue under the explorer.
#include "tests/model/clients/spsc_queue.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_queue_clients(std::vector<registered_client>& all) {
  adding_clients each{all, {2, 1, 1}};
  for_each_spsc_queue_client<explorer>("", each);
  for_each_spsc_queue_client_of<explorer_engine<symmetric_model_sync>, parking_packed>("queue_packed_symmetric", each);
  for_each_spsc_queue_client_of<explorer, spinning_first>("queue_spinning_first", each);
  for_each_spsc_queue_client_of<explorer, yielding>("queue_yielding", each);
}

}  // namespace tidegate::model
