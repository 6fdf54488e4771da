// stall.hpp: what is left of the throughput of a producer and a consumer while a third thread is stopped in mid-call.
//
// Time decides when a window ends, not the queue: calls that never return end when the stopped thread goes on, and
// that happens after the last window whatever the queue did. Then the rest is drained, and count and sum of what went
// in and what came out must be equal.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <thread>

#include "bench/harness/cell.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/smoke_parts.hpp"
#include "bench/mpmc/regimes.hpp"
#include "bench/mpmc/stall_message.hpp"

namespace tidegate::bench::mpmc {

/// How many elements arrived in how long.
struct window {
  std::uint64_t arrived = 0;
  std::uint64_t length_ns = 0;

  [[nodiscard]] double rate() const noexcept {  // million a second
    return static_cast<double>(arrived) / static_cast<double>(length_ns) * 1e3;
  }
};

/// 1: nobody noticed; 0: everybody stopped. Throws wrong_result when nothing had arrived even before.
[[nodiscard]] inline measurement judge_windows(const window& before, const window& during) {
  if (before.arrived == 0) throw wrong_result("nothing arrived, though nobody was stopped");
  return {during.rate() / before.rate(),
          static_cast<double>(before.length_ns + during.length_ns) * 1e-9,
          {{"before M/s", before.rate()}, {"during M/s", during.rate()}}};
}

/// What one thread has put in or taken out.
struct account {
  std::uint64_t elements = 0;
  std::uint64_t sum = 0;

  void add(std::uint64_t number) noexcept {
    ++elements;
    sum += number;
  }
  account& operator+=(const account& other) noexcept {
    elements += other.elements;
    sum += other.sum;
    return *this;
  }
  bool operator==(const account&) const = default;
};

template <class Queue, class Wait>
class stall_run {
  static constexpr std::uint64_t intruder_number = 1'000'000'000'000;  // not one of the producer's

 public:
  /// `patience_ns`: how long to wait for something to arrive, and for the third thread to be inside.
  explicit stall_run(stop_inside where, std::uint64_t patience_ns = smoke_patience_ns)
      : where_(where), patience_ns_(patience_ns), queue_(allocate_queue<Queue>(crew{2, 3})) {}

  measurement measure(const work& todo) {
    std::thread intruder([&] {
      confine_self(todo.team);
      where_ == stop_inside::push ? stop_in_push() : stop_in_pop();
    });
    ready_.acquire();
    std::thread pair([&] {
      run_pair(
          todo.cpus, [&](start_gate& gate) { return produce(gate); }, [&](start_gate& gate) { return consume(gate); });
    });
    const std::uint64_t length_ns = todo.count * 1000;
    watch(length_ns / 4);
    const window before = watch(length_ns);
    go_.release();
    const bool inside = patiently([&] { return sign_.reached(); }, patience_ns_);
    watch(length_ns / 4);  // until a queue that stops has stopped
    const window during = watch(length_ns);
    sign_.take_down();
    over_.store(true, order::relaxed);  // only asks to end; joining orders
    intruder.join();
    pair.join();
    drain();
    if (!inside) throw wrong_result("the third thread did not come to a copy inside its call");
    if (in_ != out_) throw wrong_result("wrong count or sum: elements were lost, doubled or changed in a timed run");
    return judge_windows(before, during);
  }

 private:
  [[nodiscard]] bool over() const noexcept { return over_.load(order::relaxed); }  // only asks to end

  [[nodiscard]] std::uint64_t arrived() const noexcept { return arrived_.load(order::relaxed); }  // a count, no more

  /// From now on, for that long; while nobody is inside, until something has arrived.
  window watch(std::uint64_t length_ns) const {
    const std::uint64_t begin_ns = now_ns();
    const std::uint64_t arrived_before = arrived();
    std::this_thread::sleep_for(std::chrono::nanoseconds(length_ns));
    while (!sign_.reached() && arrived() == arrived_before && now_ns() - begin_ns < patience_ns_) native_sync::yield();
    const std::uint64_t arrived_since = arrived() - arrived_before;
    return {arrived_since, now_ns() - begin_ns};
  }

  [[gnu::flatten]] time_span produce(start_gate& gate) {
    auto&& producer = producer_of(*queue_);
    gate.wait();
    account mine;
    for (std::uint64_t number = 1; !over();) {
      const stall_message message(number);
      if (producer.try_push(message)) {
        mine.add(number++);
      } else {
        Wait::failed();
      }
    }
    produced_ = mine;
    return {};
  }

  [[gnu::flatten]] time_span consume(start_gate& gate) {
    auto&& consumer = consumer_of(*queue_);
    gate.wait();
    account mine;
    stall_message message;
    while (!over()) {
      if (consumer.try_pop(message)) {
        mine.add(message.number);
        arrived_.store(mine.elements, order::relaxed);  // a count, no more
      } else {
        Wait::failed();
      }
    }
    consumed_ = mine;
    return {};
  }

  /// Tries until it has been stopped, and once it goes on finishes that call only.
  void stop_in_push() {
    auto&& producer = producer_of(*queue_);
    const stall_message message(intruder_number);
    await_turn();
    while (!sign_.reached() && !over()) {
      producer.try_push(message) ? in_.add(intruder_number) : Wait::failed();
    }
  }
  void stop_in_pop() {
    auto&& consumer = consumer_of(*queue_);
    stall_message message;
    await_turn();
    while (!sign_.reached() && !over()) {
      consumer.try_pop(message) ? out_.add(message.number) : Wait::failed();
    }
  }

  /// With its handle in its hand, so that the others cannot leave it without.
  void await_turn() {
    ready_.release();
    go_.acquire();
    sign_.put_up();
  }

  void drain() {
    in_ += produced_;
    out_ += consumed_;
    auto&& consumer = consumer_of(*queue_);
    stall_message message;
    while (consumer.try_pop(message)) out_.add(message.number);
  }

  const stop_inside where_;
  const std::uint64_t patience_ns_;
  const std::unique_ptr<Queue> queue_;
  std::binary_semaphore ready_{0};
  std::binary_semaphore go_{0};
  stop_sign sign_;
  std::atomic<bool> over_{false};
  account in_;  // the intruder's, then everybody's
  account out_;
  alignas(128) account produced_;
  alignas(128) std::atomic<std::uint64_t> arrived_{0};
  account consumed_;
};

template <class Queue, class Wait>
measurement measure_stall(const work& todo, stop_inside where) {
  return stall_run<Queue, Wait>(where).measure(todo);
}

}  // namespace tidegate::bench::mpmc
