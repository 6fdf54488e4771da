#include "bench/spsc/regimes.hpp"

#include "bench/harness/shared_cells.hpp"

namespace tidegate::bench {
namespace {

constexpr unsigned rank_of(std::string_view regime) { return regime_rank(spsc_regimes, regime); }

constexpr unsigned rank_of_wait(wait_text wait) { return static_cast<unsigned>(wait.id.size()); }

constexpr unsigned rank_of_capacity(std::size_t capacity) {
  if (capacity < 1024) return 0;
  return capacity > 1024 ? 40 : 20;
}

std::string text(std::string_view view) { return std::string(view); }

}  // namespace

cell_info single_cell(std::size_t capacity, wait_text wait) {
  cell_info info;
  info.id = "single/u64/" + std::to_string(capacity) + "/" + text(wait.id);
  info.regime = "single";
  info.rank = rank_of("single") + rank_of_capacity(capacity) + rank_of_wait(wait);
  info.title = "u64 one at a time, capacity " + std::to_string(capacity) + ", " + text(wait.name);
  info.unit = "M/s";
  info.reference = stream_limit_name;
  info.headline = capacity == 1024 && wait.id == one_pause::id;
  info.method = "try_push and try_pop on two pinned threads; limit: a plain ring whose index moves every 8 elements";
  return info;
}

cell_info payload_cell(std::string_view message, std::size_t capacity, wait_text wait) {
  const bool large = message != "64B";
  cell_info info;
  info.id = "payload/" + text(message) + "/" + std::to_string(capacity) + "/" + text(wait.id);
  info.regime = "payload";
  info.rank = rank_of("payload") + (large ? 50 : 0) + rank_of_capacity(capacity) / 2 + rank_of_wait(wait);
  info.headline = wait.id == one_pause::id && !large;
  info.title = std::string(large ? "256" : "64") + "-byte elements one at a time, capacity " +
               std::to_string(capacity) + ", " + text(wait.name);
  info.unit = "M/s";
  info.reference = stream_limit_name;
  info.method =
      "as single; limits: a plain ring whose index moves with every element; one thread that writes and nobody reads";
  return info;
}

cell_info bulk_cell(std::size_t capacity, std::size_t batch) {
  cell_info info;
  info.id = "bulk/u64/" + std::to_string(capacity) + "/" + std::to_string(batch);
  info.regime = "bulk";
  info.rank = rank_of("bulk") + rank_of_capacity(capacity) + static_cast<unsigned>(batch / 8) % 40;
  info.title = "u64 in bulk calls of " + std::to_string(batch) + ", capacity " + std::to_string(capacity) +
               ", 1 pause after a call that moved nothing";
  info.unit = "M/s";
  info.reference = stream_limit_name;
  info.headline = capacity == 1024 && batch == 32;
  info.method = "copied in from and out to an array; limit: a plain ring whose index moves once a batch";
  return info;
}

cell_info round_trip_cell(wait_text wait) {
  cell_info info;
  info.id = "round-trip/u64/1024/" + text(wait.id);
  info.regime = "round-trip";
  info.rank = rank_of("round-trip") + rank_of_wait(wait);
  info.title = "u64 there and back through two queues, " + text(wait.name);
  info.unit = "ns";
  info.higher_is_better = false;
  info.reference = two_line_limit_name;
  info.headline = wait.id == one_pause::id;
  info.method = "mean without clock reads; percentiles from a second pass, one clock read included in each";
  return info;
}

cell_info uncontended_cell(std::size_t burst) {
  cell_info info;
  info.id = "uncontended/u64/1024/" + std::to_string(burst);
  info.regime = "uncontended";
  info.rank = rank_of("uncontended") + (burst > 1 ? 1U : 0U);
  info.title = burst == 1 ? "u64 push then pop on one thread, alternating"
                          : "u64 on one thread, " + std::to_string(burst) + " pushes then as many pops";
  info.unit = "ns/pair";
  info.higher_is_better = false;
  info.two_threads = false;
  info.headline = burst == 1;
  info.method = "one pinned thread, capacity 1024; a pair is one push and one pop";
  return info;
}

cell_info blocking_cell(std::size_t capacity) {
  cell_info info;
  info.id = "blocking/u64/" + std::to_string(capacity);
  info.regime = "blocking";
  info.rank = rank_of("blocking") + rank_of_capacity(capacity);
  info.title = "u64 through blocking push and pop, capacity " + std::to_string(capacity);
  info.unit = "M/s";
  info.reference = bare_ring_name;
  info.headline = capacity == 1024;
  info.method = "each queue waits in its own way; bare rings use try calls and the named policy";
  return info;
}

cell_info wake_cell() { return shared_wake_cell(rank_of("wake")); }

cell_info idle_cell() { return shared_idle_cell(rank_of("idle"), 1); }

cell_info saturation_cell(wait_text wait) { return shared_saturation_cell(rank_of("saturation"), 1, wait); }

cell_info memory_cell(std::string_view message, std::size_t capacity) {
  return shared_memory_cell(rank_of("memory"), message, capacity);
}

}  // namespace tidegate::bench
