// The clients of event_count under the explorer, with each kind of fences: asymmetric ones; none, so that both sides
// change one word; and asymmetric ones that the kernel refuses when they are needed. And the word of doorbells rung by
// hand.
#include "tests/model/clients/bell_word.hpp"
#include "tests/model/clients/event_count.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_event_count_clients(std::vector<registered_client>& all) {
  const adding_clients two_sides{all, {2, 1, 1}};
  for_each_event_count_client<explorer>("event_count", two_sides);
  for_each_event_count_client<explorer_engine<symmetric_model_sync>>("event_count_symmetric", two_sides);
  for_each_event_count_client<explorer_engine<refused_model_sync>>("event_count_refused", two_sides);
  for_each_bell_word_client<explorer>(adding_clients{all, {3, 2, 1}});
}

}  // namespace tidegate::model
