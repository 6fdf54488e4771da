// main.cpp: runs every script, and prints `NAME OPERATIONS` for each; fails when an answer is wrong, or when a queue
// that is said to be watched was not looked at while its script ran.
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "tests/observe/cost/scripts.hpp"
#include "tidegate/observe/pressure_sampler.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate::test {
namespace {

void report(const char* name, bool succeeded) {
  if (!succeeded) {
    std::fprintf(stderr, "script_%s: an answer is not the expected one, or nobody looked\n", name);
    std::exit(EXIT_FAILURE);
  }
  std::printf("%s %zu\n", name, operations);
}

/// Runs a script until a sampler, which is at it all the time, has looked in the middle of one run. Every run is
/// counted apart.
template <class Queue>
bool while_watched(bool (*script)(Queue&), Queue& queue) {
  registry all;
  const watching seen = all.add(queue);
  std::atomic<std::uint64_t> samples{0};
  pressure_sampler sampler(all, {.period = std::chrono::microseconds(200), .window = std::chrono::seconds(1)});
  sampler.on_sample([&](std::span<const pressure>) { samples.fetch_add(1); });
  sampler.start();
  for (int run = 0; run < 10'000; ++run) {
    const std::uint64_t before = samples.load();
    if (!script(queue)) return false;
    if (before != 0 && samples.load() != before) return sampler.read().at(0).entered >= operations;
  }
  return false;
}

template <class Queue>
void take_rows(Queue& queue) {
  std::uint64_t out = 0;
  static_cast<void>(queue.try_push(std::uint64_t{0}));
  static_cast<void>(queue.try_pop(out));
}

}  // namespace
}  // namespace tidegate::test

int main() {
  using namespace tidegate::test;
  one_sided spsc({.capacity = 56});
  take_rows(spsc);
  report("spsc_alone", script_spsc_alone(spsc));
  report("spsc_watched", while_watched(script_spsc_watched, spsc));
  many_sided mpmc({.capacity = 64});
  take_rows(mpmc);
  report("mpmc_alone", script_mpmc_alone(mpmc));
  report("mpmc_watched", while_watched(script_mpmc_watched, mpmc));
}
