#include "bench/mpmc/regimes.hpp"

namespace tidegate::bench::mpmc {
namespace {

std::string text(std::string_view view) { return std::string(view); }

std::string text(crew threads) { return std::to_string(threads.producers) + "x" + std::to_string(threads.consumers); }

std::string spoken(crew threads) {
  if (threads.producers == 1 && threads.consumers == 1) return "1 producer and 1 consumer";
  return std::to_string(threads.producers) + " producers and " + std::to_string(threads.consumers) + " consumers";
}

constexpr unsigned rank_of(std::string_view regime) { return regime_rank(regimes, regime); }

constexpr unsigned rank_of_message(std::string_view message) {
  if (message == "u32") return 0;
  return message == "u64" ? 1 : 2;
}

constexpr unsigned rank_of_crew(crew threads) {
  unsigned rank = 0;
  for (const crew known : crews) rank += known.producers < threads.producers ? 1U : 0U;
  return rank;
}

constexpr unsigned rank_of_wait(wait_text wait) { return wait.id == pauses_and_yield::id ? 0 : 1; }

}  // namespace

cell_info single_cell(std::string_view message, crew threads, wait_text wait) {
  cell_info info;
  info.id = "single/" + text(message) + "/" + text(threads) + "/" + text(wait.id);
  info.regime = "single";
  info.rank = rank_of("single") + 20 * rank_of_message(message) + 2 * rank_of_crew(threads) + rank_of_wait(wait);
  info.title = text(message) + " one at a time, " + spoken(threads) + ", capacity " + std::to_string(capacity) + ", " +
               text(wait.name);
  info.unit = "M/s";
  info.reference = cell_ring_name;
  info.method = "try_push and try_pop; a CPU for each thread while there are enough, else the scheduler places them";
  return info;
}

cell_info bulk_cell(crew threads, wait_text wait) {
  cell_info info;
  info.id = "bulk/u64/" + text(threads) + "/" + std::to_string(batch);
  info.regime = "bulk";
  info.rank = rank_of("bulk") + rank_of_crew(threads);
  info.title = "u64 in calls of " + std::to_string(batch) + ", " + spoken(threads) + ", capacity " +
               std::to_string(capacity) + ", " + text(wait.name);
  info.unit = "M/s";
  info.reference = text(cell_ring_name) + " (loop)";
  info.method = "copied in from and out to an array; (loop): has no such call, the adapter repeats the single try";
  return info;
}

cell_info uncontended_cell(std::string_view message) {
  cell_info info;
  info.id = "uncontended/" + text(message);
  info.regime = "uncontended";
  info.rank = rank_of("uncontended") + rank_of_message(message);
  info.title = text(message) + " push then pop on one thread, alternating";
  info.unit = "ns/pair";
  info.higher_is_better = false;
  info.two_threads = false;
  info.reference = cell_ring_name;
  info.method = "one pinned thread, capacity " + std::to_string(capacity) + "; a pair is one push and one pop";
  return info;
}

cell_info round_trip_cell(wait_text wait) {
  cell_info info;
  info.id = "round-trip/u64/" + text(wait.id);
  info.regime = "round-trip";
  info.rank = rank_of("round-trip");
  info.title = "u64 there and back through two queues between two threads, " + text(wait.name);
  info.unit = "ns";
  info.higher_is_better = false;
  info.reference = cell_ring_name;
  info.method = "mean without clock reads; p50 and p99 from a second pass, one clock read included in each";
  return info;
}

cell_info blocking_cell(crew threads) {
  cell_info info;
  info.id = "blocking/u64/" + text(threads);
  info.regime = "blocking";
  info.rank = rank_of("blocking") + rank_of_crew(threads);
  info.title = "u64 through blocking push and pop, " + spoken(threads) + ", capacity " + std::to_string(capacity);
  info.unit = "M/s";
  info.method = "each queue waits in its own way";
  return info;
}

cell_info stall_cell(stop_inside where, wait_text wait) {
  const std::string call = where == stop_inside::push ? "push" : "pop";
  cell_info info;
  info.id = "stall/" + call;
  info.regime = "stall";
  info.rank = rank_of("stall") + (where == stop_inside::push ? 0U : 1U);
  info.title = "1 producer and 1 consumer while a third thread is stopped inside a " + call + ", " + text(wait.name);
  info.unit = "of before";
  info.method =
      "what arrives in 200 ms with that thread stopped in the element's copy, by what arrived in 200 ms before";
  info.count = 200'000;
  info.quick_count = 4000;
  return info;
}

}  // namespace tidegate::bench::mpmc
