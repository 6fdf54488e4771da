// tidegate_bench_micro: one push and one pop on one thread, for every rival, under Google Benchmark.
//
// The cells of tidegate_bench_spsc --regime uncontended, for the tools that read Google Benchmark's output. Comparisons
// between rivals belong to tidegate_bench_spsc: this runner does not interleave them.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <optional>

#include "bench/harness/cell.hpp"
#include "bench/harness/pin.hpp"

namespace tidegate::bench {
namespace {

constexpr std::uint64_t pairs_per_iteration = 100'000;

void measure(benchmark::State& state, const entry& rival, cpu_pair cpus) {
  for ([[maybe_unused]] auto step : state) {
    try {
      const measurement taken = rival.run({cpus, pairs_per_iteration});
      state.SetIterationTime(taken.elapsed_s);
    } catch (const wrong_result& wrong) {
      state.SkipWithError(wrong.what());
      return;
    }
  }
  const double pairs = static_cast<double>(state.iterations()) * static_cast<double>(pairs_per_iteration);
  state.counters["pair"] = benchmark::Counter(pairs, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// False when a rival fails its correctness test: then nothing is timed.
bool register_all(cpu_pair cpus) {
  for (const cell& one : registry::global().cells()) {
    if (one.info.regime != "uncontended") continue;
    for (const entry& rival : one.entries) {
      if (rival.smoke != nullptr) {
        if (const std::string problem = rival.smoke(); !problem.empty()) {
          std::fprintf(stderr, "tidegate_bench_micro: %s: %s\n", rival.who.name.c_str(), problem.c_str());
          return false;
        }
      }
      const std::string name = one.info.id + "/" + rival.who.name;
      benchmark::RegisterBenchmark(name.c_str(), [rival, cpus](benchmark::State& state) {
        measure(state, rival, cpus);
      })->UseManualTime();
    }
  }
  return true;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const std::vector<int> cpus = tidegate::bench::allowed_cpus();
  if (cpus.empty()) return 77;
  if (!tidegate::bench::register_all({cpus.front(), cpus.back()})) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
