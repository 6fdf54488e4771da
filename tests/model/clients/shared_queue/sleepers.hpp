// sleepers.hpp: two threads of one side wait at one place: nobody's wake is taken by the other for good.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <stop_token>

#include "tests/model/clients/shared_queue/support.hpp"

namespace tidegate::model {

/// Two consumers sleep, two pushes come: every push wakes for itself.
template <class Engine, class Kind, bool Bulk>
struct two_consumers_two_pushes {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    stage.let_pop(0);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo out{0};
    if (index < 2) {
      Engine::check(stage.consumers[index].pop(out) == pop_status::ok, "a pop without limit ends with ok");
    } else if (Bulk) {
      cargo both[] = {cargo{1}, cargo{2}};
      Engine::check(stage.producers[2].try_push_n(both, 2) == 2, "there is room for two");
    } else {
      for (int i = 1; i <= 2; ++i) {
        Engine::check(stage.producers[2].try_push(cargo{i}) == push_status::ok, "there is room for two");
      }
    }
  }
  void after() { Engine::check(stage.queue.depth_hint() == 0, "each of them got one"); }
};

/// Two producers sleep on a full queue, two pops come.
template <class Engine, class Kind, bool Bulk>
struct two_producers_two_pops {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    stage.fill(2);
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(stage.producers[index].push(cargo{3}) == push_status::ok, "a push without limit ends with ok");
    } else if (Bulk) {
      cargo both[] = {cargo{0}, cargo{0}};
      Engine::check(stage.consumers[2].try_pop_n(both, 2) == 2, "two are there");
    } else {
      for (int i = 1; i <= 2; ++i) {
        cargo out{0};
        Engine::check(stage.consumers[2].try_pop(out) == pop_status::ok && out.value == i, "they are there, in order");
      }
    }
  }
  void after() { Engine::check(stage.queue.depth_hint() == 2, "both are inside"); }
};

/// Two sleep on one side, and two threads of the other side call once. Where a call in progress makes what another one
/// has left look like a failure, whoever gets through passes the wake on.
template <class Engine, class Kind, bool ProducersSleep>
struct two_sleep_two_call {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 4;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    if (ProducersSleep) stage.fill(2);
    for (unsigned i = 0; i < 4; ++i) (i < 2) == ProducersSleep ? stage.let_push(i) : stage.let_pop(i);
  }
  void thread(unsigned index) {
    cargo element{3};
    const bool sleeps = index < 2;
    if (sleeps == ProducersSleep) {
      auto& producer = stage.producers[index];
      const push_status status = sleeps ? producer.push(std::move(element)) : producer.try_push(std::move(element));
      Engine::check(status == push_status::ok, "there is room, or it comes");
    } else {
      auto& consumer = stage.consumers[index];
      const pop_status status = sleeps ? consumer.pop(element) : consumer.try_pop(element);
      Engine::check(status == pop_status::ok, "one is there, or comes");
    }
  }
  void after() {
    Engine::check(stage.queue.depth_hint() == (ProducersSleep ? 2 : 0),
                  "as many came out as went in, or were replaced");
  }
};

/// What ends a wait that was promised an element or a place.
enum class surrender : std::uint8_t { by_stop_after, by_stop_before };

/// A deadline that may have passed while those who wait for it sleep on: somebody woken by a claim then gives up, if
/// its last look reads what was there before.
template <class Engine>
class passing_time {
 public:
  [[nodiscard]] deadline::time_point when() const { return when_; }
  void pass() {
    static_cast<void>(nobody_.wait_until([]() noexcept { return false; }, when_ + std::chrono::microseconds(100)));
  }

 private:
  event_count<typename Engine::sync> nobody_;
  deadline::time_point when_ = Engine::sync::now() + std::chrono::microseconds(500);
};

/// A consumer gives up when the element may be meant for it, and the other one sleeps without limit.
template <class Engine, class Kind>
struct a_consumer_times_out {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"gave up", "got it"};
  shared_stage<Engine, Kind> stage{2};  // a push into the first place changes no era, which looks would see
  passing_time<Engine> time;

  void before() {
    stage.let_pop(0);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo out{0};
    if (index == 0) {
      const pop_status status = stage.consumers[0].pop_until(out, time.when());
      const bool got = status == pop_status::ok;
      Engine::reached(got ? "got it" : "gave up");
      if (got) stage.queue.close();
    } else if (index == 1) {
      Engine::check(stage.consumers[1].pop(out) == pop_status::ok || stage.queue.closed(), "one of them gets it");
    } else {
      time.pass();
      Engine::check(stage.producers[2].try_push(cargo{1}) == push_status::ok, "there is room");
    }
  }
  void after() {}
};

/// A producer gives up when the place may be meant for it, and the other one sleeps without limit.
template <class Engine, class Kind>
struct a_producer_times_out {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"gave up", "got it"};
  shared_stage<Engine, Kind> stage{1};
  passing_time<Engine> time;

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    cargo element{2};
    if (index == 0) {
      const bool got = stage.producers[0].push_until(std::move(element), time.when()) == push_status::ok;
      Engine::check(got || element.value == 2, "what was not accepted is untouched");
      Engine::reached(got ? "got it" : "gave up");
      if (got) stage.queue.close();
    } else if (index == 1) {
      const push_status status = stage.producers[1].push(std::move(element));
      Engine::check(status == push_status::ok || stage.queue.closed(), "one of them gets it");
    } else {
      time.pass();
      Engine::check(stage.consumers[2].try_pop(element) == pop_status::ok, "one is there");
    }
  }
  void after() {}
};

/// A consumer is told to stop when the element may be meant for it.
template <class Engine, class Kind, surrender By>
struct a_consumer_is_stopped {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"gave up"};
  shared_stage<Engine, Kind> stage{1};
  std::stop_source source;

  void before() {
    stage.let_pop(0);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo out{0};
    if (index == 0) {
      const pop_status status = stage.consumers[0].pop(out, source.get_token());
      const bool got = status == pop_status::ok;
      Engine::check(got || status == pop_status::cancelled, "nothing else ends it");
      if (!got) Engine::reached("gave up");
      if (got) stage.queue.close();
    } else if (index == 1) {
      Engine::check(stage.consumers[1].pop(out) == pop_status::ok || stage.queue.closed(), "one of them gets it");
    } else {
      if (By == surrender::by_stop_before) source.request_stop();
      Engine::check(stage.producers[2].try_push(cargo{1}) == push_status::ok, "there is room");
      if (By == surrender::by_stop_after) source.request_stop();
    }
  }
  void after() {}
};

/// A producer is told to stop when the place may be meant for it.
template <class Engine, class Kind, surrender By>
struct a_producer_is_stopped {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"gave up"};
  shared_stage<Engine, Kind> stage{1};
  std::stop_source source;

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    cargo element{2};
    if (index == 0) {
      const push_status status = stage.producers[0].push(std::move(element), source.get_token());
      const bool got = status == push_status::ok;
      Engine::check(got || (status == push_status::cancelled && element.value == 2), "nothing else ends it: untouched");
      if (!got) Engine::reached("gave up");
    } else if (index == 1) {
      Engine::check(stage.producers[1].push(std::move(element)) == push_status::ok,
                    "a push without limit ends with ok");
    } else {
      if (By == surrender::by_stop_before) source.request_stop();
      Engine::check(stage.consumers[2].try_pop(element) == pop_status::ok && element.value == 1, "one is there");
      if (By == surrender::by_stop_after) source.request_stop();
      Engine::check(stage.consumers[2].pop(element) == pop_status::ok, "one of them follows");
    }
  }
  void after() {}
};

/// Threads of both sides wait in turn: three elements through one slot.
template <class Engine, class Kind>
struct all_of_them_wait {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr bool two_push = Kind::sides != side_count::one_to_many;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    for (unsigned i = 0; i < 2; ++i) two_push ? stage.let_push(i) : stage.let_pop(i);
    two_push ? stage.let_pop(2) : stage.let_push(2);
  }
  void thread(unsigned index) {
    const bool pushes = (index < 2) == two_push;
    for (int i = 0; i < (index < 2 ? 1 : 2); ++i) {
      cargo element{1};
      if (pushes) {
        Engine::check(stage.producers[index].push(std::move(element)) == push_status::ok, "room comes");
      } else {
        Engine::check(stage.consumers[index].pop(element) == pop_status::ok, "an element comes");
      }
    }
  }
  void after() { Engine::check(stage.queue.depth_hint() == 0, "as many came out as went in"); }
};

}  // namespace tidegate::model
