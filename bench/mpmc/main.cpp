// tidegate_bench_mpmc: multi-producer multi-consumer queues beside each other.
#include "bench/harness/suite.hpp"
#include "bench/mpmc/regimes.hpp"

int main(int argc, char** argv) {
  using tidegate::bench::mpmc::regimes;
  return tidegate::bench::run_suite({.name = "mpmc",
                                     .summary = "Multi-producer multi-consumer queues beside each other",
                                     .regimes = {std::begin(regimes), std::end(regimes)},
                                     .teams = true},
                                    argc, argv);
}
