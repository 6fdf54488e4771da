#include "bench/mpmc/regimes.hpp"

#include "bench/harness/shared_cells.hpp"

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
  if (message == "u64") return 0;
  if (message == "u32") return 1;
  return message == "64B" ? 2 : 3;
}

/// Words come first, with both wait policies.
constexpr unsigned rank_of_group(std::string_view message, wait_text wait) {
  if (wait.id != pauses_and_yield::id) return 1;
  return message == "u64" ? 0 : 1 + rank_of_message(message);
}

constexpr unsigned rank_of_crew(crew threads) {
  unsigned rank = 0;
  for (const crew known : map_crews) {
    if (known.producers == threads.producers && known.consumers == threads.consumers) break;
    ++rank;
  }
  return rank;
}

constexpr bool is_small(crew threads) { return threads.producers <= 4 && threads.producers == threads.consumers; }

}  // namespace

cell_info single_cell(std::string_view message, crew threads, wait_text wait) {
  cell_info info;
  info.id = "single/" + text(message) + "/" + text(threads) + "/" + text(wait.id);
  info.regime = "single";
  info.rank = rank_of("single") + 16 * rank_of_group(message, wait) + rank_of_crew(threads);
  info.headline = message == "u64" && wait.id == pauses_and_yield::id && is_small(threads);
  info.title = text(message) + " one at a time, " + spoken(threads) + ", capacity " + std::to_string(capacity) + ", " +
               text(wait.name);
  info.unit = "M/s";
  info.reference = cell_ring_name;
  info.method = "try_push and try_pop; a CPU for each thread while there are enough, else the scheduler places them";
  return info;
}

cell_info capacity_cell(std::size_t slots, crew threads, wait_text wait) {
  cell_info info;
  info.id = "capacity/u64/" + std::to_string(slots) + "/" + text(threads);
  info.regime = "capacity";
  info.rank = rank_of("capacity") + (slots > capacity ? 20 : 0) + rank_of_crew(threads);
  info.title = "u64 one at a time, " + spoken(threads) + ", capacity " + std::to_string(slots) + ", " + text(wait.name);
  info.unit = "M/s";
  info.reference = cell_ring_name;
  info.method = "as single, through a smaller and a larger queue";
  return info;
}

cell_info bulk_cell(std::size_t batch, crew threads, wait_text wait) {
  cell_info info;
  info.id = "bulk/u64/" + text(threads) + "/" + std::to_string(batch);
  info.regime = "bulk";
  info.rank = rank_of("bulk") + (batch > 32 ? 40 : batch > 8 ? 20 : 0) + rank_of_crew(threads);
  info.headline = batch == 32 && is_small(threads) && threads.producers != 2;
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
  info.headline = message == "u64";
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
  info.headline = true;
  info.reference = cell_ring_name;
  info.method = "mean without clock reads; percentiles from a second pass, one clock read included in each";
  return info;
}

cell_info blocking_cell(crew threads) {
  cell_info info;
  info.id = "blocking/u64/" + text(threads);
  info.regime = "blocking";
  info.rank = rank_of("blocking") + rank_of_crew(threads);
  info.title = "u64 through blocking push and pop, " + spoken(threads) + ", capacity " + std::to_string(capacity);
  info.unit = "M/s";
  info.headline = is_small(threads);
  info.method = "each queue waits in its own way";
  return info;
}

cell_info wake_cell() { return shared_wake_cell(rank_of("wake")); }

cell_info idle_cell() { return shared_idle_cell(rank_of("idle"), idle_consumers); }

cell_info saturation_cell(unsigned producers, wait_text wait) {
  return shared_saturation_cell(rank_of("saturation"), producers, wait);
}

cell_info memory_cell(std::string_view message) { return shared_memory_cell(rank_of("memory"), message, capacity); }

cell_info stall_cell(stop_inside where, wait_text wait) {
  const std::string call = where == stop_inside::push ? "push" : "pop";
  cell_info info;
  info.id = "stall/" + call;
  info.regime = "stall";
  info.rank = rank_of("stall") + (where == stop_inside::push ? 0U : 1U);
  info.title = "1 producer and 1 consumer while a third thread is stopped inside a " + call + ", " + text(wait.name);
  info.unit = "of before";
  info.method =
      "what arrives with that thread stopped in the element's copy, by what arrived in as long a time before (twice a "
      "sample's length each)";
  info.headline = where == stop_inside::push;
  info.cost = 5;
  info.count_per_s = 2'000'000;
  info.quick_count = 4000;
  return info;
}

}  // namespace tidegate::bench::mpmc
