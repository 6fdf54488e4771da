// tidegate_bench_flow: what each part of flow control adds to one push and one pop, or to one piece of work, on one
// thread, under Google Benchmark. Say --benchmark_enable_random_interleaving=true --benchmark_repetitions=9.
//
// What is switched off costs nothing: that is shown by instruction counts and object code (tests/instructions,
// tests/codegen), not here.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <utility>

#include "bench/harness/pin.hpp"
#include "tidegate/tidegate.hpp"

namespace tidegate::bench {
namespace {

constexpr std::size_t capacity = 1024;

/// One push and one pop of whatever has both.
template <class Queue>
void pair(benchmark::State& state, Queue& queue) {
  std::uint64_t value = 1, out = 0;
  for ([[maybe_unused]] auto step : state) {
    if (queue.try_push(std::uint64_t{value}) != push_status::ok || queue.try_pop(out) != pop_status::ok) {
      state.SkipWithError("an element was refused");
      return;
    }
    value = out + 1;
  }
  benchmark::DoNotOptimize(out);
}

void bare_ring(benchmark::State& state) {
  mpmc_ring<std::uint64_t> ring(capacity);
  pair(state, ring);
}
BENCHMARK(bare_ring);

void queue(benchmark::State& state) {
  mpmc_queue<std::uint64_t> queue({.capacity = capacity});
  pair(state, queue);
}
BENCHMARK(queue);

void queue_reserving(benchmark::State& state) {
  reserving_queue<mpmc_queue<std::uint64_t>> queue({.capacity = capacity});
  pair(state, queue);
}
BENCHMARK(queue_reserving);

void queue_reserving_32_at_once(benchmark::State& state) {
  reserving_queue<mpmc_queue<std::uint64_t>> queue({.capacity = capacity});
  auto room = queue.try_reserve(32);
  std::uint64_t out = 0;
  for ([[maybe_unused]] auto step : state) {
    if (!room) room = queue.try_reserve(32);
    if (room.push(out + 1) != push_status::ok || queue.try_pop(out) != pop_status::ok) {
      state.SkipWithError("an element was refused");
      return;
    }
  }
}
BENCHMARK(queue_reserving_32_at_once);

void queue_limited(benchmark::State& state) {
  capacity_limiter limit(capacity);
  limited_queue<mpmc_queue<admitted<std::uint64_t>>, release_on::pop> queue({.capacity = capacity}, limit);
  pair(state, queue);
}
BENCHMARK(queue_limited);

/// Takes and gives back.
template <class Account>
void take_and_give(benchmark::State& state, Account& account) {
  for ([[maybe_unused]] auto step : state) {
    if (account.try_acquire() != acquire_status::ok) {
      state.SkipWithError("a credit was refused");
      return;
    }
    account.release();
  }
}

void credits_pair(benchmark::State& state) {
  credits<> account({.total = capacity});
  take_and_give(state, account);
}
BENCHMARK(credits_pair);

void credits_pair_without_counters(benchmark::State& state) {
  credits<credit_options{.stats = stats_kind::off}> account({.total = capacity});
  take_and_give(state, account);
}
BENCHMARK(credits_pair_without_counters);

void credits_pair_in_order(benchmark::State& state) {
  credits<credit_options{.order = waiter_order::fifo}> account({.total = capacity});
  take_and_give(state, account);
}
BENCHMARK(credits_pair_in_order);

void credits_pair_with_watermark(benchmark::State& state) {
  credits<credit_options{.watermarks = true}> account({.total = capacity});
  account.on_watermark({capacity / 2, capacity / 4});
  take_and_give(state, account);
}
BENCHMARK(credits_pair_with_watermark);

void permit_of_a_limiter(benchmark::State& state) {
  capacity_limiter limit(capacity);
  for ([[maybe_unused]] auto step : state) {
    const permit mine = limit.try_acquire();
    if (!mine) {
      state.SkipWithError("a permit was refused");
      return;
    }
  }
}
BENCHMARK(permit_of_a_limiter);

void queue_with_lanes(benchmark::State& state) {
  lane_queue<std::uint64_t, 2> queue({.lanes = {{{.capacity = capacity, .weight = 4}, {.capacity = capacity}}}});
  std::uint64_t value = 1, out = 0;
  std::size_t from = 0;
  for ([[maybe_unused]] auto step : state) {
    if (queue.try_push(value % 2, std::uint64_t{value}) != push_status::ok ||
        queue.try_pop(out, from) != pop_status::ok) {
      state.SkipWithError("an element was refused");
      return;
    }
    value = out + 1;
  }
}
BENCHMARK(queue_with_lanes);

/// Elements with a deadline: the clock is read once for each.
void queue_with_expiry(benchmark::State& state) {
  using element = expiring<std::uint64_t>;
  mpmc_queue<element> queue({.capacity = capacity});
  expiry<> rule;
  element out{};
  const auto until = std::chrono::steady_clock::now() + std::chrono::hours(1);
  for ([[maybe_unused]] auto step : state) {
    if (queue.try_push({out.value + 1, until}) != push_status::ok || rule.pop_live(queue, out) != pop_status::ok) {
      state.SkipWithError("an element was refused");
      return;
    }
  }
}
BENCHMARK(queue_with_expiry);

/// Elements with a stamp: the clock is read twice for each.
void queue_with_codel(benchmark::State& state) {
  using element = stamped<std::uint64_t>;
  mpmc_queue<element> queue({.capacity = capacity});
  codel<> rule;
  element out{};
  for ([[maybe_unused]] auto step : state) {
    const bool in = queue.try_push({out.value + 1, std::chrono::steady_clock::now()}) == push_status::ok;
    if (!in || rule.pop_fresh(queue, out) != pop_status::ok) {
      state.SkipWithError("an element was refused");
      return;
    }
  }
}
BENCHMARK(queue_with_codel);

void clock_read(benchmark::State& state) {
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(std::chrono::steady_clock::now());
}
BENCHMARK(clock_read);

void rate_limiter_answer(benchmark::State& state) {
  rate_limiter<> limiter({.permits = 1'000'000'000, .burst = 1'000});
  auto now = std::chrono::steady_clock::now();
  for ([[maybe_unused]] auto step : state)
    benchmark::DoNotOptimize(limiter.try_acquire(1, now += std::chrono::nanoseconds(2)));
}
BENCHMARK(rate_limiter_answer);

void admission_level_answer(benchmark::State& state) {
  admission_level<> level;
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(level.admit(3));
}
BENCHMARK(admission_level_answer);

void client_throttle_answer(benchmark::State& state) {
  client_throttle<> throttle;
  own_random random(1);
  const auto now = std::chrono::steady_clock::now();
  for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(throttle.admits(random, now));
}
BENCHMARK(client_throttle_answer);

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const std::vector<int> cpus = tidegate::bench::allowed_cpus();
  if (cpus.empty() || !tidegate::bench::pin_self(cpus.front())) return 77;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
