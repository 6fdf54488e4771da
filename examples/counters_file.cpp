// Counters that any process can read: publish what a sampler says into a file, and read it as `tidegate stat` does.
#include "tidegate/observe/counters_file.hpp"

#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "tidegate/observe/counters_reader.hpp"
#include "tidegate/observe/pressure.hpp"

int main() {
  std::error_code error;
  const std::string path = tidegate::default_counters_path("example", error);  // where `tidegate top` looks
  if (error) return 1;
  tidegate::counters_file file({.path = path, .most_rows = 8});

  tidegate::pressure orders;  // a pressure_sampler makes these: sampler.on_sample([&](auto all) { file.publish(all); })
  orders.name = "orders";
  orders.capacity = 1000;
  orders.depth = 250;
  file.publish(std::vector{orders});

  const tidegate::counters_snapshot seen = tidegate::read_counters(path);  // in any process of this user
  if (seen.error) {
    std::fprintf(stderr, "%s\n", seen.problem.c_str());
    return 1;
  }
  for (std::size_t row = 0; row < seen.rows; ++row) {
    const std::string name(seen.text(row, seen.field("name")));
    std::printf("%s: %.0f %% full\n", name.c_str(), seen.real(row, seen.field("saturation")).value_or(0) * 100);
  }
  return seen.rows == 1 ? 0 : 1;
}
