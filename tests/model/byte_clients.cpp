// The clients of the byte rings under the explorer. Without futexes nothing can surprise them.
#include "tests/model/clients/byte_ring.hpp"
#include "tests/model/clients/byte_ring/histories.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_byte_clients(std::vector<registered_client>& all) {
  for_each_byte_ring_client<explorer>(adding_clients{all, {2, 1, 1}});
  const adding_clients add{all, {2, 1, 1}};
  add.operator()<byte_answers<explorer, one_producer, 1, 3, 2, false, false>>("byte_answers.one");
  add.operator()<byte_answers<explorer, one_producer, 1, 3, 2, false, true>>("byte_answers.one_at_a_time");
  add.operator()<byte_answers<explorer, many_producers, 2, 2, 2, false, false>>("byte_answers.many");
  add.operator()<byte_answers<explorer, many_producers, 1, 2, 2, true, false>>("byte_answers.many_closed");
  add.operator()<byte_answers<explorer, many_producers, 2, 2, 2, false, true>>("byte_answers.many_at_a_time");
  add.operator()<byte_answers<explorer, many_producers, 1, 2, 2, true, true>>("byte_answers.many_at_a_time_closed");
}

}  // namespace tidegate::model
