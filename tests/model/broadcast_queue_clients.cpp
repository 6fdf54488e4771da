// The clients of broadcast_queue under the explorer.
#include "tests/model/clients/broadcast_queue.hpp"

#include "tests/model/clients/broadcast_queue_many.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_broadcast_queue_clients(std::vector<registered_client>& all) {
  for_each_broadcast_queue_client<explorer>("", adding_clients{all, {2, 1, 1}});
  for_each_broadcast_queue_many_client<explorer>("", adding_clients{all, {1, 1, 0}});
  for_each_large_broadcast_queue_client<explorer>(adding_clients{all, {1, 1, 0}, {2, 1, 1}});
  for_each_broadcast_queue_client<explorer_engine<symmetric_model_sync>>("_symmetric", adding_clients{all, {1, 1, 1}});
  for_each_broadcast_queue_many_client<explorer_engine<symmetric_model_sync>>("_symmetric",
                                                                              adding_clients{all, {1, 0, 0}});
}

}  // namespace tidegate::model
