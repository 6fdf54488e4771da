#include "bench/spsc/regimes.hpp"

#include "bench/spsc/wake.hpp"

namespace tidegate::bench {
namespace {

constexpr unsigned rank_of(std::string_view regime) { return regime_rank(spsc_regimes, regime); }

constexpr unsigned rank_of_wait(wait_text wait) { return static_cast<unsigned>(wait.id.size()); }

constexpr unsigned rank_of_capacity(std::size_t capacity) { return capacity > 1024 ? 20 : 10; }

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
  info.method = "try_push and try_pop on two pinned threads; limit: a plain ring whose index moves every 8 elements";
  return info;
}

cell_info payload_cell(std::size_t capacity, wait_text wait) {
  cell_info info;
  info.id = "payload/64B/" + std::to_string(capacity) + "/" + text(wait.id);
  info.regime = "payload";
  info.rank = rank_of("payload") + rank_of_capacity(capacity) + rank_of_wait(wait);
  info.title = "64-byte elements one at a time, capacity " + std::to_string(capacity) + ", " + text(wait.name);
  info.unit = "M/s";
  info.reference = stream_limit_name;
  info.method = "as single; limit: a plain ring whose index moves with every element, that is with every line";
  return info;
}

cell_info bulk_cell(std::size_t capacity, std::size_t batch) {
  cell_info info;
  info.id = "bulk/u64/" + std::to_string(capacity) + "/" + std::to_string(batch);
  info.regime = "bulk";
  info.rank = rank_of("bulk") + rank_of_capacity(capacity) + static_cast<unsigned>(batch / 32);
  info.title = "u64 in bulk calls of " + std::to_string(batch) + ", capacity " + std::to_string(capacity) +
               ", 1 pause after a call that moved nothing";
  info.unit = "M/s";
  info.reference = stream_limit_name;
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
  info.method = "mean without clock reads; p50 and p99 from a second pass, one clock read included in each";
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
  info.method = "each queue waits in its own way; bare rings use try calls and the named policy";
  return info;
}

cell_info wake_cell() {
  cell_info info;
  info.id = "wake/u64";
  info.regime = "wake";
  info.rank = rank_of("wake");
  info.title = "waking a consumer that has been parked for " + std::to_string(asleep_after_ns / 1000) + " us";
  info.unit = "us p50";
  info.higher_is_better = false;
  info.reference = futex_limit_name;
  info.quick_count = 20;
  info.method = "from the clock read before push to the clock read after pop; reported only, the kernel decides it";
  return info;
}

}  // namespace tidegate::bench
