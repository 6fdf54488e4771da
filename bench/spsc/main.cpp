// tidegate_bench_spsc: single-producer single-consumer queues beside each other and beside the physical limits.
#include "bench/harness/suite.hpp"
#include "bench/spsc/regimes.hpp"

int main(int argc, char** argv) {
  using tidegate::bench::spsc_regimes;
  return tidegate::bench::run_suite({.name = "spsc",
                                     .summary = "Single-producer single-consumer queues beside the physical limits",
                                     .regimes = {std::begin(spsc_regimes), std::end(spsc_regimes)}},
                                    argc, argv);
}
