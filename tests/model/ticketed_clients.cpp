// The clients of ticketed_ring under the explorer, and its answers against a bounded FIFO. Nobody is stopped for ever:
// that would stop the others, and tests/freeze shows it.
#include "tests/model/clients/ticketed_ring.hpp"
#include "tests/model/clients/ticketed_ring/histories.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_ticketed_clients(std::vector<registered_client>& all) {
  for_each_ticketed_ring_client<explorer>(adding_clients{all, {2, 1, 1}});
  const adding_clients add{all, {2, 1, 1}};
  add.operator()<ticketed_answers<explorer, 1, 1, 3, 1, false, false>>("ticketed_answers.one_to_one");
  add.operator()<ticketed_answers<explorer, 2, 1, 2, 2, false, false>>("ticketed_answers.two_to_one");
  add.operator()<ticketed_answers<explorer, 1, 2, 2, 1, false, false>>("ticketed_answers.one_to_two");
  add.operator()<ticketed_answers<explorer, 2, 2, 1, 1, false, false>>("ticketed_answers.two_to_two");
  add.operator()<ticketed_answers<explorer, 1, 1, 2, 1, true, false>>("ticketed_answers.closed");
  add.operator()<ticketed_answers<explorer, 2, 1, 2, 1, false, true>>("ticketed_answers.one_at_a_time_2_1");
  add.operator()<ticketed_answers<explorer, 1, 2, 2, 2, false, true>>("ticketed_answers.one_at_a_time_1_2");
  add.operator()<ticketed_answers<explorer, 1, 1, 2, 1, true, true>>("ticketed_answers.one_at_a_time_closed");
}

}  // namespace tidegate::model
