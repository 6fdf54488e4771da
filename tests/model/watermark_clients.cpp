// The clients of watermarks under the explorer.
#include "tests/model/clients/watermark.hpp"
#include "tests/model/registry.hpp"

namespace tidegate::model {

void add_watermark_clients(std::vector<registered_client>& all) {
  for_each_watermark_client<explorer>(adding_clients{all, {2, 1, 1}}, adding_clients{all, {2, 2, 0}});
}

}  // namespace tidegate::model
