// saturation.hpp: what happens when producers are faster than the consumer, which is what bounded queues are for.
//
// The consumer takes one element a microsecond at most; the producers together make two. So the queue is full, and the
// producers should be blocked half of their time, all of them equally. Figures: how much of the consumer's pace it
// keeps; how much of their time the producers wait; the least busy producer by the busiest; processors in use; and how
// long after a stop of the consumer the last producer gets on again. Two clock reads a push are part of it.
#pragma once

#include <sys/resource.h>

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

/// Try calls, and between two of them the wait policy.
template <class Wait>
struct by_trying {
  template <class Producer, class Message>
  static void put(Producer& producer, const Message& message) {
    while (!producer.try_push(message)) Wait::failed();
  }
  template <class Consumer, class Message>
  static void take(Consumer& consumer, Message& out) {
    while (!consumer.try_pop(out)) Wait::failed();
  }
};

/// The queue's own blocking calls.
struct by_blocking_calls {
  template <class Producer, class Message>
  static void put(Producer& producer, const Message& message) {
    producer.push(message);
  }
  template <class Consumer, class Message>
  static void take(Consumer& consumer, Message& out) {
    consumer.pop(out);
  }
};

inline constexpr std::uint64_t consumer_pace_ns = 1000;

/// CPU time of all threads of this process so far.
[[nodiscard]] inline double cpu_seconds() noexcept {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Queue, class Calls>
class saturation_run {
  static constexpr std::uint64_t numbers_each = std::uint64_t{1} << 32;  // of one producer; below what pointers carry
  static constexpr std::uint64_t farewell = std::uint64_t{1} << 40;

 public:
  explicit saturation_run(unsigned producers) : queue_(allocate_queue<Queue>(crew{producers, 1})), lines_(producers) {}

  /// `todo.count`: microseconds of the window that is judged.
  measurement measure(const work& todo) {
    const auto producers = static_cast<unsigned>(lines_.size());
    run_team(todo.team, producers + 1, [&](unsigned thread, start_gate& gate) {
      return thread == 0 ? consume(gate, todo.count * 1000) : produce(gate, thread - 1);
    });
    std::uint64_t sent = 0;
    for (const line& one : lines_) sent += one.sum;
    if (sent != received_sum_) throw wrong_result("wrong sum: elements were lost, doubled or changed in a timed run");
    return judge();
  }

 private:
  /// One producer's, and its own cache lines.
  struct alignas(128) line {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> waited_ns{0};  ///< inside push
    std::uint64_t sum = 0;
    std::uint64_t back_after_ns = 0;  ///< from the consumer's return to the first push that returned after it
    bool is_back = false;
  };
  struct moment {
    std::uint64_t when_ns = 0;
    std::uint64_t received = 0;
    double cpu_s = 0;
    std::vector<std::uint64_t> accepted = {};
    std::uint64_t waited_ns = 0;
  };

  static void work_until(std::uint64_t when_ns) noexcept {
    while (now_ns() < when_ns) native_sync::pause();
  }

  time_span produce(start_gate& gate, unsigned place) {
    line& mine = lines_[place];
    auto&& producer = producer_of(*queue_);
    const std::uint64_t pace_ns = consumer_pace_ns / 2 * lines_.size();
    std::uint64_t number = place * numbers_each;
    gate.wait();
    for (std::uint64_t ready_ns = now_ns(); !over_.load(order::relaxed);) {  // only asks to end
      work_until(ready_ns + pace_ns);
      const std::uint64_t begin_ns = now_ns();
      Calls::put(producer, word_message{++number});
      ready_ns = now_ns();
      mine.sum += number;
      account(mine, begin_ns, ready_ns);
    }
    mine.sum += farewell + place;
    mine.accepted.fetch_add(1, order::release);  // [sent] pairs with the acquire in drain(): all of them are counted
    Calls::put(producer, word_message{farewell + place});
    return {};
  }

  void account(line& mine, std::uint64_t begin_ns, std::uint64_t end_ns) noexcept {
    mine.accepted.store(mine.accepted.load(order::relaxed) + 1, order::relaxed);  // a count, written by this thread
    mine.waited_ns.store(mine.waited_ns.load(order::relaxed) + end_ns - begin_ns, order::relaxed);  // likewise
    const std::uint64_t returned_ns = returned_ns_.load(order::relaxed);  // a time, which publishes nothing
    if (mine.is_back || returned_ns == 0 || end_ns < returned_ns) return;
    mine.is_back = true;
    mine.back_after_ns = end_ns - returned_ns;
  }

  template <class Consumer>
  void take(Consumer& consumer) {
    word_message got = 0;
    Calls::take(consumer, got);
    ++received_;
    received_sum_ += got;
    farewells_ += got >= farewell ? 1 : 0;
  }

  /// At its pace, for so long.
  template <class Consumer>
  void consume_for(Consumer& consumer, std::uint64_t length_ns) {
    const std::uint64_t end_ns = now_ns() + length_ns;
    for (std::uint64_t next_ns = now_ns(); next_ns < end_ns;) {
      take(consumer);
      next_ns = std::max(next_ns + consumer_pace_ns, now_ns());
      work_until(next_ns);
    }
  }

  time_span consume(start_gate& gate, std::uint64_t length_ns) {
    auto&& consumer = consumer_of(*queue_);
    gate.wait();
    time_span span{now_ns(), 0};
    consume_for(consumer, length_ns / 4);
    before_ = look();
    consume_for(consumer, length_ns);
    after_ = look();
    std::this_thread::sleep_for(std::chrono::nanoseconds(length_ns / 4));  // it is stopped, the queue is full
    returned_ns_.store(now_ns(), order::relaxed);                          // a time, which publishes nothing
    consume_for(consumer, length_ns / 4);
    over_.store(true, order::relaxed);  // only asks to end
    drain(consumer);
    span.end_ns = now_ns();
    return span;
  }

  /// A farewell is the last that a producer sends; a queue that changes the order may still hold others behind it.
  template <class Consumer>
  void drain(Consumer& consumer) {
    while (farewells_ < lines_.size()) take(consumer);
    std::uint64_t sent = 0;
    for (const line& one : lines_) sent += one.accepted.load(order::acquire);  // [sent] pairs with produce()
    while (received_ < sent) take(consumer);
  }

  moment look() const {
    moment now{now_ns(), received_, cpu_seconds(), {}, 0};
    for (const line& one : lines_) {
      now.accepted.push_back(one.accepted.load(order::relaxed));  // a count, no more
      now.waited_ns += one.waited_ns.load(order::relaxed);        // likewise
    }
    return now;
  }

  measurement judge() const {
    const auto window_ns = static_cast<double>(after_.when_ns - before_.when_ns);
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;
    std::uint64_t back_ns = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const std::uint64_t share = after_.accepted[i] - before_.accepted[i];
      least = std::min(least, share);
      most = std::max(most, share);
      back_ns = std::max(back_ns, lines_[i].back_after_ns);
    }
    const double kept = static_cast<double>(after_.received - before_.received) * consumer_pace_ns / window_ns;
    const auto waited_ns = static_cast<double>(after_.waited_ns - before_.waited_ns);
    return {100 * kept,
            window_ns * 1e-9,
            {{"blocked %", 100 * waited_ns / (window_ns * static_cast<double>(lines_.size()))},
             {"least/most", most == 0 ? 0 : static_cast<double>(least) / static_cast<double>(most)},
             {"CPUs", (after_.cpu_s - before_.cpu_s) / window_ns * 1e9},
             {"back after us", static_cast<double>(back_ns) * 1e-3}}};
  }

  const std::unique_ptr<Queue> queue_;
  std::vector<line> lines_;
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> returned_ns_{0};
  alignas(128) std::uint64_t received_ = 0;  // the consumer's, from here on
  std::uint64_t received_sum_ = 0;
  std::size_t farewells_ = 0;
  moment before_;
  moment after_;
};

/// Per cent of the consumer's pace.
template <class Queue, class Calls>
measurement measure_saturation(const work& todo, unsigned producers) {
  return saturation_run<Queue, Calls>(producers).measure(todo);
}

}  // namespace tidegate::bench
