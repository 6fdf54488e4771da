#include "bench/harness/shared_cells.hpp"

#include "bench/harness/wake.hpp"

namespace tidegate::bench {

cell_info shared_wake_cell(unsigned rank) {
  cell_info info;
  info.id = "wake/u64";
  info.regime = "wake";
  info.rank = rank;
  info.title = "waking a consumer that has been parked for " + std::to_string(asleep_after_ns / 1000) + " us";
  info.unit = "us p50";
  info.higher_is_better = false;
  info.reference = futex_wake_name;
  info.headline = true;
  info.quick_count = 20;
  info.method = "from the clock read before push to the clock read after pop; reported only, the kernel decides it";
  return info;
}

cell_info shared_idle_cell(unsigned rank, unsigned consumers) {
  cell_info info;
  info.id = "idle/" + std::to_string(consumers);
  info.regime = "idle";
  info.rank = rank;
  info.title = consumers == 1 ? "CPU that a consumer takes while it waits for an empty queue"
                              : "CPU that each of " + std::to_string(consumers) + " consumers takes while they wait";
  info.unit = "% of a CPU";
  info.higher_is_better = false;
  info.two_threads = false;
  info.headline = true;
  info.count_per_s = 1'000'000;
  info.quick_count = 2000;
  info.method =
      "the waiting threads' own CPU clocks, from 2 ms after they have begun to wait; 0.1 stands for 0.1 and less";
  return info;
}

cell_info shared_saturation_cell(unsigned rank, unsigned producers, wait_text wait) {
  const std::string crowd = producers == 1 ? "1 producer" : std::to_string(producers) + " producers";
  cell_info info;
  info.id = "saturation/" + std::to_string(producers) + "x1/" + std::string(wait.id);
  info.regime = "saturation";
  info.rank = rank + 2 * producers + (wait.id == own_waiting.id ? 1 : 0);
  info.title = crowd + " twice as fast as the consumer, " + std::string(wait.name);
  info.unit = "% of pace";
  info.headline = true;
  info.cost = 2;
  info.count_per_s = 1'000'000;
  info.quick_count = 4000;
  info.method =
      "u64, capacity 1024; the consumer takes one element a us at most, and after the measured time stops and returns. "
      "blocked: part of the producers' time inside push, ideally 50 %; least/most: elements of the producers; back "
      "after: "
      "until each of them got on again";
  return info;
}

cell_info shared_memory_cell(unsigned rank, std::string_view message, std::size_t capacity) {
  cell_info info;
  info.id = "memory/" + std::string(message) + "/" + std::to_string(capacity);
  info.regime = "memory";
  info.rank = rank + (message == "u64" ? 0 : 1);
  info.title = "memory of a queue of " + std::string(message) + " elements, capacity " + std::to_string(capacity);
  info.unit = "B/element";
  info.higher_is_better = false;
  info.two_threads = false;
  info.headline = message == "u64";
  info.cost = 0;
  info.count = 1;
  info.quick_count = 1;
  info.method = "heap in use with the full queue, by the capacity asked for; holds: elements until a push failed";
  return info;
}

}  // namespace tidegate::bench
