// The clients of wait_any() and event_fd under the explorer, with a kernel that waits for many words and one that does
// not, each with and without asymmetric fences.
#include "tests/model/clients/wait_any.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_wait_any_clients(std::vector<registered_client>& all) {
  const adding_clients two_sides{all, {2, 1, 1}};
  for_each_wait_any_client<explorer>("wait_any", two_sides);
  for_each_wait_any_client<explorer_engine<symmetric_model_sync>>("wait_any_symmetric", two_sides);
  for_each_wait_any_client<explorer_engine<without_waitv<model_sync>>>("wait_any_shared", two_sides);
  for_each_wait_any_client<explorer_engine<without_waitv<symmetric_model_sync>>>("wait_any_shared_symmetric",
                                                                                 two_sides);
  for_each_event_fd_client<explorer_engine<with_bells<model_sync>>>("event_fd", two_sides);
  for_each_event_fd_client<explorer_engine<with_bells<symmetric_model_sync>>>("event_fd_symmetric", two_sides);
}

}  // namespace tidegate::model
