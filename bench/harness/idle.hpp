// idle.hpp: what consumers that wait for an empty queue take from the processors meanwhile.
//
// Each thread's own CPU clock is read twice, some time after all of them have begun to wait. Then each gets an element.
#pragma once

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/team_run.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// CPU time of one living thread, in seconds.
[[nodiscard]] inline double cpu_seconds_of(std::thread& thread) noexcept {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Less than that is nothing, and no queue is better than another for it.
inline constexpr double least_idle_percent = 0.1;

/// Per cent of one processor that each waiting consumer uses; `todo.count`: microseconds to watch.
template <class Queue>
measurement measure_idle(const work& todo, unsigned consumers) {
  constexpr auto settled_after = std::chrono::milliseconds(2);  // longer than anybody spins
  const auto queue = allocate_queue<Queue>(crew{1, consumers});
  auto&& producer = producer_of(*queue);
  std::atomic<unsigned> waiting{0};
  std::vector<std::uint64_t> got(consumers);
  std::vector<std::thread> threads;
  for (unsigned place = 0; place < consumers; ++place) {
    threads.emplace_back([&, place] {
      take_place(todo.team, place, consumers);
      auto&& consumer = consumer_of(*queue);
      waiting.fetch_add(1, order::relaxed);  // a count; the joins order
      word_message element = 0;
      consumer.pop(element);
      got[place] = element;
    });
  }
  while (waiting.load(order::relaxed) < consumers) native_sync::yield();  // a count
  std::this_thread::sleep_for(settled_after);
  const auto used = [&] {
    double sum_s = 0;
    for (std::thread& one : threads) sum_s += cpu_seconds_of(one);
    return sum_s;
  };
  const double used_before_s = used();
  const time_span span = timed([&] { std::this_thread::sleep_for(std::chrono::microseconds(todo.count)); });
  const double used_s = used() - used_before_s;
  for (unsigned place = 0; place < consumers; ++place) producer.push(word_message{place + 1});
  for (std::thread& one : threads) one.join();
  std::uint64_t sum = 0;
  for (const std::uint64_t one : got) sum += one;
  if (sum != sum_to(consumers)) throw wrong_result("a waiting consumer got a wrong element");
  return {std::max(100 * used_s / (span.seconds() * consumers), least_idle_percent), span.seconds()};
}

}  // namespace tidegate::bench
