// The clients of the overflow policies under the explorer.
#include "tests/model/clients/overflow.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_overflow_clients(std::vector<registered_client>& all) {
  for_each_overflow_client<explorer>(adding_clients{all, {1, 1, 1}, {2, 1, 1}});
}

}  // namespace tidegate::model
