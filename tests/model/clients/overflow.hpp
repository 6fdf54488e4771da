// overflow.hpp: clients of what queues do when they are full: eviction beside a reader, places to wait, weights of a
// sample, and one order through a queue and what was spilled.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

#include "tests/model/clients/shared_queue/support.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::model {

template <side_count Sides, overflow_kind Policy, bool LimitsWaiters = false>
struct overflow_model {
  using element = counted;
  static constexpr side_count sides = Sides;
  static constexpr queue_options options{.wait = wait_kind::park,
                                         .overflow = Policy,
                                         .stats = stats_kind::off,
                                         .exchange = helped(1),
                                         .limits_waiters = LimitsWaiters};
  template <class Engine>
  using queue = shared_queue<counted, Sides, options, typename Engine::sync>;

  [[nodiscard]] static queue_config config(std::size_t capacity) {
    queue_config made;
    made.capacity = capacity;
    made.rows = {.producers = 4, .consumers = 4};
    if (LimitsWaiters) made.max_waiters = 1;
    made.sample = {.every = 2, .above = 0.5};
    return made;
  }
};

/// Two producers drop the oldest of a full queue while somebody waits for what is there: each element comes out once,
/// to the reader or as a victim, or is inside at the end.
template <class Engine, side_count Sides>
struct drop_oldest_beside_a_reader {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"read the first", "read a later one", "evicted two"};
  shared_stage<Engine, overflow_model<Sides, overflow_kind::drop_oldest>> stage{1};
  std::array<unsigned, 4> out{};
  unsigned evicted = 0;

  void before() {
    stage.fill(1);
    for (unsigned i = 0; i < 2; ++i) stage.let_push(i);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index == 2) {
      counted element{0};
      Engine::check(stage.consumers[2].pop(element) == pop_status::ok, "there is always one");
      Engine::reached(element.value == 1 ? "read the first" : "read a later one");
      return note(element);
    }
    bool has_victim = false;
    const push_status status =
        stage.producers[index].offer(counted{static_cast<int>(index + 2)}, [&](counted&& victim) noexcept {
          has_victim = true;
          note(victim);
        });
    Engine::check(status == push_status::ok || status == push_status::evicted, "it goes in");
    Engine::check(has_victim == (status == push_status::evicted), "the answer tells of a victim");
    evicted += has_victim ? 1 : 0;
  }
  void after() {
    if (evicted == 2) Engine::reached("evicted two");
    for (counted element{0}; stage.consumers[2].try_pop(element) == pop_status::ok;) note(element);
    for (unsigned i = 1; i <= 3; ++i) Engine::check(out[i] == 1, "each element comes out, once");
  }

 private:
  void note(const counted& element) noexcept { ++out[static_cast<unsigned>(element.value)]; }
};

/// One may wait. Of two who find the queue full, the second is told so at once, and only because the first one waits:
/// it makes the room that the first one waits for.
template <class Engine>
struct one_may_wait {
  static constexpr unsigned threads = 2;
  shared_stage<Engine, overflow_model<side_count::many_to_many, overflow_kind::block, true>> stage{1};
  unsigned turned_away = 0;

  void before() {
    stage.fill(1);
    for (unsigned i = 0; i < 2; ++i) {
      stage.let_push(i);
      stage.let_pop(i);
    }
  }
  void thread(unsigned index) {
    counted element{7};
    const push_status status = stage.producers[index].push(std::move(element));
    if (status == push_status::ok) return;
    Engine::check(status == push_status::full && element.value == 7, "it is full, and the element is untouched");
    ++turned_away;
    Engine::check(stage.consumers[index].try_pop(element) == pop_status::ok && element.value == 1, "one is inside");
  }
  void after() { Engine::check(turned_away == 1, "one waits, and the other one does not"); }
};

/// A place to wait is there again after each wait: a producer that is alone is never turned away.
template <class Engine>
struct alone_it_always_may_wait {
  static constexpr unsigned threads = 2;
  static constexpr auto patience = std::chrono::microseconds(500);
  shared_stage<Engine, overflow_model<side_count::many_to_many, overflow_kind::block, true>> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    counted element{7};
    if (index == 0) {
      for (unsigned i = 0; i < 2; ++i) {
        const push_status status = stage.producers[0].push_until(std::move(element), Engine::sync::now() + patience);
        Engine::check(status == push_status::ok || status == push_status::timed_out, "nobody else waits");
      }
      return;
    }
    for (unsigned i = 0; i < 2; ++i) static_cast<void>(stage.consumers[1].try_pop(element));
  }
  void after() {}
};

/// A close ends the wait of the one that may, and the other one was told of that one, or of the close.
template <class Engine>
struct close_ends_the_one_wait {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"one was turned away", "none was turned away"};
  shared_stage<Engine, overflow_model<side_count::many_to_many, overflow_kind::block, true>> stage{1};
  unsigned turned_away = 0;

  void before() {
    stage.fill(1);
    for (unsigned i = 0; i < 2; ++i) stage.let_push(i);
  }
  void thread(unsigned index) {
    if (index == 2) return stage.queue.close();
    const push_status status = stage.producers[index].push(counted{7});
    Engine::check(status == push_status::closed || status == push_status::full, "nobody makes room");
    turned_away += status == push_status::full ? 1 : 0;
  }
  void after() {
    Engine::check(turned_away <= 1, "the first one may wait");
    Engine::reached(turned_away == 1 ? "one was turned away" : "none was turned away");
  }
};

/// Weights and what is left out add up to the calls.
template <class Engine>
struct weights_add_up {
  static constexpr unsigned threads = 2;
  sampler<typename Engine::sync> every_second{2};
  std::uint64_t weights = 0;

  void before() {}
  void thread(unsigned index) {
    std::uint64_t weight = every_second.judge(true);
    if (index == 0) {
      every_second.give_back(weight);
      weight = every_second.judge(true);
    }
    weight += every_second.judge(index == 0);
    weights += weight;  // threads take turns between two steps
  }
  void after() {
    const std::uint64_t rest = every_second.judge(false);
    Engine::check(weights + rest == 6, "the weights stand for all calls");
  }
};

/// The same in a queue, beside a reader: what is kept stands for all that was offered.
template <class Engine>
struct sample_beside_a_reader {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"kept", "left out"};
  shared_stage<Engine, overflow_model<side_count::many_to_one, overflow_kind::sample>> stage{2};
  std::uint64_t weights = 0;

  void before() {
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    for (unsigned i = 0; index == 0 && i < 5; ++i) offer();
    for (unsigned i = 0; index == 1 && i < 2; ++i) pop();
  }
  void after() {
    while (pop()) {
    }
    offer();
    Engine::check(weights == 6, "the weights stand for all offers");
  }

 private:
  bool pop() {
    counted element{0};
    return stage.consumers[1].try_pop(element) == pop_status::ok;
  }
  void offer() {
    std::uint64_t weight = 0;
    counted element{7};
    const auto mark = [&weight](counted&, std::uint64_t stands_for) noexcept { weight = stands_for; };
    const push_status status = stage.producers[0].offer(std::move(element), mark);
    Engine::check(status == push_status::ok || status == push_status::dropped, "nothing else is answered");
    Engine::check((status == push_status::ok) != (element.value == 7), "what was left out is untouched");
    Engine::reached(status == push_status::ok ? "kept" : "left out");
    weights += status == push_status::ok ? weight : 0;
  }
};

/// What finds a queue full goes to the other one, beside a reader of the first.
template <class Engine>
struct redirect_beside_a_reader {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"redirected", "in both full"};
  shared_stage<Engine, overflow_model<side_count::many_to_many, overflow_kind::redirect>> stage{1};
  spsc_ring<counted, ring_options{.check_roles = false}, typename Engine::sync> other{1};
  unsigned inside = 0;

  void before() {
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 1) return pop(stage.consumers[1]);
    for (unsigned i = 0; i < 3; ++i) {
      const push_status status = stage.producers[0].offer(counted{7}, other);
      Engine::check(status == push_status::ok || status == push_status::full, "nothing else is answered");
      if (status == push_status::ok) ++inside;
      if (status == push_status::full) Engine::reached("in both full");
    }
  }
  void after() {
    if (other.depth_hint() == 1) Engine::reached("redirected");
    pop(stage.consumers[1]);
    pop(other);
    Engine::check(inside == 0, "what was accepted is in one of them");
  }

 private:
  template <class Side>
  void pop(Side& from) {
    counted element{0};
    if (from.try_pop(element) == pop_status::ok) --inside;
  }
};

/// A hook for any number of producers: places by tickets.
template <class Engine>
class ticketed_hook {
  using sync = typename Engine::sync;

 public:
  bool spill(counted&& value) noexcept {
    const unsigned mine = tail_.fetch_add(1, order::relaxed);
    values_[mine].store(value.value, order::release);
    value.value = counted::moved_out;
    return true;
  }
  [[nodiscard]] bool is_spilling() const noexcept { return head_.load(order::acquire) != tail_.load(order::acquire); }
  bool unspill(counted& out) noexcept {
    const unsigned head = head_.load(order::relaxed);
    const int value = values_[head].load(order::acquire);
    if (value == 0) return false;  // claimed, and not yet there: its producer wakes the consumer afterwards
    out.value = value;
    head_.store(head + 1, order::release);
    return true;
  }

 private:
  typename sync::template atomic<unsigned> head_{0};
  typename sync::template atomic<unsigned> tail_{0};
  std::array<typename sync::template atomic<int>, 4> values_{};
};

/// Producers offer, the consumer waits: all comes, and what each has offered in its order. 10, 11: of the first one.
template <class Engine, unsigned Producers>
struct one_order_through_a_spill {
  static constexpr unsigned threads = Producers + 1;
  static constexpr bool is_large = Producers > 1;
  static constexpr std::array probes{"spilled", "not spilled"};
  shared_stage<Engine, overflow_model<side_count::many_to_one, overflow_kind::spill>> stage{1};
  ticketed_hook<Engine> hook;

  void before() {
    for (unsigned i = 0; i < Producers; ++i) stage.let_push(i);
    stage.let_pop(Producers);
  }
  void thread(unsigned index) {
    if (index < Producers) {
      const int offers = index == 0 ? offers_of_first : 1;
      for (int i = 0; i < offers; ++i) {
        const push_status status = stage.producers[index].offer(counted{10 * static_cast<int>(index + 1) + i}, hook);
        Engine::check(accepted(status), "there is always room");
        Engine::reached(status == push_status::spilled ? "spilled" : "not spilled");
      }
      return;
    }
    int next = 10;
    for (unsigned i = 0; i < offers_of_first + Producers - 1; ++i) {
      counted out{0};
      Engine::check(stage.consumers[Producers].pop_spilled(out, hook) == pop_status::ok, "all comes");
      if (out.value / 10 == 1) Engine::check(out.value == next++, "in order");
    }
  }
  void after() {}

 private:
  static constexpr int offers_of_first = Producers == 1 ? 3 : 2;
};

/// The end comes behind what was spilled.
template <class Engine>
struct close_behind_a_spill {
  static constexpr unsigned threads = 2;
  shared_stage<Engine, overflow_model<side_count::many_to_one, overflow_kind::spill>> stage{1};
  ticketed_hook<Engine> hook;

  void before() {
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= 2; ++i) Engine::check(accepted(stage.producers[0].offer(counted{i}, hook)), "there is room");
      return stage.queue.close();
    }
    counted out{0};
    for (int i = 1; i <= 2; ++i) {
      const pop_status status = stage.consumers[1].pop_spilled(out, hook);
      Engine::check(status == pop_status::ok && out.value == i, "what was accepted is delivered");
    }
    Engine::check(stage.consumers[1].pop_spilled(out, hook) == pop_status::closed, "then it has ended");
  }
  void after() {}
};

/// Calls `visit.operator()<Client>(name)` for every client of the overflow policies.
template <class Engine, class Visit>
void for_each_overflow_client(Visit visit) {
  visit.template operator()<one_may_wait<Engine>>("overflow.one_may_wait");
  visit.template operator()<alone_it_always_may_wait<Engine>>("overflow.alone_it_always_may_wait");
  visit.template operator()<close_ends_the_one_wait<Engine>>("overflow.close_ends_the_one_wait");
  visit.template operator()<weights_add_up<Engine>>("overflow.weights_add_up");
  visit.template operator()<sample_beside_a_reader<Engine>>("overflow.sample_beside_a_reader");
  visit.template operator()<redirect_beside_a_reader<Engine>>("overflow.redirect_beside_a_reader");
  visit.template operator()<one_order_through_a_spill<Engine, 1>>("overflow.one_order_through_a_spill");
  visit.template operator()<close_behind_a_spill<Engine>>("overflow.close_behind_a_spill");
  visit.template operator()<one_order_through_a_spill<Engine, 2>>("overflow.two_in_order_through_a_spill");
  visit.template operator()<drop_oldest_beside_a_reader<Engine, side_count::many_to_many>>(
      "overflow.drop_oldest_beside_a_reader");
  visit.template operator()<drop_oldest_beside_a_reader<Engine, side_count::many_to_one>>(
      "overflow.drop_oldest_beside_the_reader");
}

}  // namespace tidegate::model
