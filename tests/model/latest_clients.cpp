// The clients of latest and latest_queue under the explorer.
#include "tests/model/clients/latest/histories.hpp"
#include "tests/model/clients/latest/waiting.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_latest_clients(std::vector<registered_client>& all) {
  for_each_latest_client<explorer>(adding_clients{all, {4, 2, 1}});
  adding_clients each{all, {2, 1, 1}};
  for_each_latest_queue_client_of<explorer, latest_kind<wait_kind::park>>("latest_queue", each);
  for_each_latest_queue_client_of<explorer_engine<symmetric_model_sync>, latest_kind<wait_kind::park>>(
      "latest_queue_symmetric", each);
  for_each_latest_queue_client_of<explorer, latest_kind<wait_kind::spin_park>>("latest_queue_spinning_first", each);
}

}  // namespace tidegate::model
