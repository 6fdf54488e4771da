// The clients of rendezvous under the explorer.
#include "tests/model/clients/rendezvous/meetings.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_rendezvous_clients(std::vector<registered_client>& all) {
  for_each_late_proposal<explorer>(adding_clients{all, {3, 0, 0}});
  for_each_meeting_client<explorer>("rendezvous", adding_clients{all, {2, 1, 1}});
  for_each_sleeper_found<explorer_engine<announcing_sync>>(adding_clients{all, {2, 1, 0}});
}

}  // namespace tidegate::model
