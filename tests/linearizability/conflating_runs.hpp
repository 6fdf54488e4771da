// conflating_runs.hpp: what real threads record of a conflating_queue, and what a recording of it may not show.
//
// A value's key is what is left of it without its last digit (conflating_fifo.hpp), in long runs without its last six.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/linearizability/conflating_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/rendezvous.hpp"
#include "tests/linearizability/search.hpp"
#include "tests/linearizability/stamps.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {

/// A value that was popped, and what the queue says of it.
struct conflated {
  timed_operation pop;
  std::uint64_t replaced;
};

/// What the two threads of a queue, and one that closes, did to it.
struct conflating_log {
  std::vector<timed_operation> pushes;
  std::vector<conflated> pops;
  std::vector<timed_operation> closes;

  [[nodiscard]] std::vector<timed_operation> all() const {
    std::vector<timed_operation> recording = pushes;
    for (const conflated& one : pops) recording.push_back(one.pop);
    recording.insert(recording.end(), closes.begin(), closes.end());
    return recording;
  }
};

/// The calls, recorded. `Per`: values of a key.
template <class Queue, std::uint64_t Per>
class conflating_calls {
 public:
  conflating_calls(Queue& queue, conflating_log& log) noexcept : queue_(queue), log_(log) {}

  push_status push(std::uint64_t key, std::uint64_t number, bool waits = false) {
    std::uint64_t victim = 0;
    std::uint64_t value = Per * key + number;
    const std::uint64_t given = value;
    const std::uint64_t invoked = stamp_before();
    const push_status status =
        waits ? queue_.push(key, std::move(value))
              : queue_.push_evict(key, std::move(value), [&](std::uint64_t&& old) noexcept { victim = old; });
    log_.pushes.push_back({operation::push_evict(0, given, status, victim), invoked, stamp_after()});
    return status;
  }
  pop_status pop(bool waits = false) {
    std::uint64_t key = 0;
    std::uint64_t value = 0;
    const std::uint64_t invoked = stamp_before();
    const pop_status status = waits ? queue_.pop(key, value) : queue_.try_pop(key, value);
    const std::uint64_t returned = stamp_after();
    const std::uint64_t told = value / Per == key ? value : 0;  // 0: not with its own key
    const bool came = status == pop_status::ok;
    log_.pops.push_back({{operation::pop(1, status, told), invoked, returned}, came ? queue_.replaced() : 0});
    return status;
  }
  void close() {
    const std::uint64_t invoked = stamp_before();
    queue_.close();
    log_.closes.push_back({operation::close(2), invoked, stamp_after()});
  }

 private:
  Queue& queue_;
  conflating_log& log_;
};

/// Why the account of a recording does not balance: each value that was popped stands for those of its key that were
/// pushed since the one before; keys leave in the order of their arrivals; no value is popped when a newer one of its
/// key is certainly inside. Empty: it does. All values must have been popped, those of a key are 1, 2, 3 ...
template <std::uint64_t Per>
[[nodiscard]] std::string balance_of(const conflating_log& log) {
  std::vector<std::vector<timed_operation>> of_key;  // accepted pushes
  std::vector<std::uint64_t> arrivals;
  for (const timed_operation& push : log.pushes) {
    if (!is_accepted_push(push.what)) continue;
    const std::uint64_t key = push.what.value / Per;
    if (key >= of_key.size()) of_key.resize(key + 1);
    of_key[key].push_back(push);
    if (push.what.result == answer::ok) arrivals.push_back(key);
  }
  std::vector<std::uint64_t> popped(of_key.size(), 0);
  std::size_t arrival = 0;
  for (const conflated& one : log.pops) {
    if (one.pop.what.result != answer::ok) continue;
    const std::string text = to_text(one.pop.what);
    const std::uint64_t key = one.pop.what.value / Per;
    const std::uint64_t number = one.pop.what.value % Per;
    if (key >= of_key.size() || number == 0 || number > of_key[key].size()) return text + ": never pushed";
    if (number <= popped[key]) return text + ": popped again, or behind a newer one";
    if (arrival >= arrivals.size() || arrivals[arrival++] != key) return text + ": not in the order of arrivals";
    if (one.replaced != number - popped[key] - 1) return text + ": replaced values are not counted";
    if (number < of_key[key].size() && ended_before(of_key[key][number], one.pop)) return text + ": not the newest";
    if (ended_before(one.pop, of_key[key][number - 1])) return text + ": popped before it was pushed";
    popped[key] = number;
  }
  for (std::size_t key = 0; key < of_key.size(); ++key) {
    if (popped[key] != of_key[key].size()) return "key " + std::to_string(key) + ": its last value was lost";
  }
  return {};
}

/// Many short runs side by side, each on a queue of its own: few operations, so that the search can judge them.
template <class Queue>
class short_conflating_runs {
  struct run {
    explicit run(std::unique_ptr<Queue> made) : queue(std::move(made)) {}
    std::unique_ptr<Queue> queue;
    conflating_log logs[3];
  };
  static constexpr std::uint64_t per = 10;
  using calls_type = conflating_calls<Queue, per>;

 public:
  template <class Make>
  short_conflating_runs(std::size_t count, Make&& make) {
    for (std::size_t i = 0; i < count; ++i) runs_.emplace_back(make());
  }

  /// In every second run a third thread closes at some time.
  void record(std::size_t calls, std::size_t keys, std::uint64_t seed) {
    rendezvous together(3);
    const auto play = [&](std::size_t thread, auto&& call) {
      std::mt19937_64 random(seed + thread);
      std::size_t step = 0;
      for (run& one : runs_) {
        std::vector<std::uint64_t> numbers(keys + 1, 0);
        calls_type mine(*one.queue, one.logs[thread]);
        together.meet(++step);
        for (std::size_t i = 0; i < calls; ++i) call(mine, numbers, i, random());
      }
    };
    const std::jthread producer([&] {
      play(0, [&](calls_type& mine, auto& numbers, std::size_t, std::uint64_t random) {
        const std::uint64_t key = 1 + random % keys;
        if (accepted(mine.push(key, numbers[key] + 1))) ++numbers[key];
      });
    });
    const std::jthread consumer(
        [&] { play(1, [](calls_type& mine, auto&, std::size_t, std::uint64_t) { static_cast<void>(mine.pop()); }); });
    const std::jthread closer([&] {
      play(2, [&](calls_type& mine, auto&, std::size_t i, std::uint64_t random) {
        for (std::uint64_t spin = random % 100; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
        if (i == 3 && random % 2 == 0) mine.close();
      });
    });
  }

  /// Searches an order for each run: why the first one that has none has none; empty when all have one.
  [[nodiscard]] std::string check(std::size_t capacity) {
    linearizer<conflating_fifo> search;
    const promise promised{.capacity = capacity, .failures = failure_judgement::each_failure_alone};
    for (const run& one : runs_) {
      const std::vector<operation> history = order_by_time(recording_of(one));
      const linearization found = search.check(history, promised);
      if (!found) return explain<conflating_fifo>(history, promised, found);
    }
    return {};
  }

  /// In how many runs some push, or pop, was answered so.
  [[nodiscard]] std::size_t count(operation_kind kind, answer said) const {
    return static_cast<std::size_t>(std::ranges::count_if(runs_, [&](const run& one) {
      return std::ranges::any_of(
          recording_of(one), [&](const timed_operation& op) { return op.what.kind == kind && op.what.result == said; });
    }));
  }

 private:
  [[nodiscard]] static std::vector<timed_operation> recording_of(const run& one) {
    std::vector<timed_operation> all;
    for (const conflating_log& log : one.logs) {
      const std::vector<timed_operation> part = log.all();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  std::list<run> runs_;
};

/// Values of a key in long runs.
inline constexpr std::uint64_t long_run_values = 1'000'000;

/// Pushes `count` values of random keys, closes, pops until it is told so.
template <class Queue>
[[nodiscard]] conflating_log long_conflating_run(Queue& queue, std::size_t keys, std::uint64_t count, bool waits) {
  conflating_log logs[2];
  std::jthread consumer_thread([&] {
    conflating_calls<Queue, long_run_values> consumer(queue, logs[1]);
    for (pop_status status{}; status != pop_status::closed;) {
      status = consumer.pop(waits);
      if (status == pop_status::empty) std::this_thread::yield();
    }
  });
  conflating_calls<Queue, long_run_values> producer(queue, logs[0]);
  std::mt19937_64 random(count);
  std::vector<std::uint64_t> numbers(keys + 1, 0);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t key = 1 + random() % keys;
    if (accepted(producer.push(key, numbers[key] + 1, waits))) ++numbers[key];
    if (random() % 8 == 0) std::this_thread::yield();
  }
  producer.close();
  consumer_thread.join();
  logs[0].pops = std::move(logs[1].pops);
  return std::move(logs[0]);
}

}  // namespace tidegate::test
