// runs.hpp: queues whose ring moves runs: every run of a bulk call is told of when it is in, or out, and the drain
// waits for all of a run.
#pragma once

#include <array>
#include <cstdint>

#include "tests/model/clients/shared_queue/noting.hpp"
#include "tests/model/clients/shared_queue/support.hpp"

namespace tidegate::model {

/// A bulk call of two runs is stopped while somebody of the other side sleeps. Once the second run is moved, the first
/// one was told of. Kinds with runs of one element; without surprises.
template <class Engine, class Kind, bool Pushes>
struct stopped_between_runs {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr unsigned may_freeze = 0b01;
  static constexpr std::array probes{"both were moved"};
  done_so_far done;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    if (!Pushes) stage.fill(2);
    for (unsigned i = 0; i < 2; ++i) (i == 0) == Pushes ? stage.let_push(i) : stage.let_pop(i);
  }
  void thread(unsigned index) {
    if (index == 0) return move_two();
    const auto until = stage.soon();
    wait_for_one(until);
    if (done.completed_by(0) < 2) return;
    Engine::reached("both were moved");
    check_woken_before<Engine>(until);
  }
  void after() {}

 private:
  void move_two() {
    cargo both[] = {cargo{1}, cargo{2}};
    const std::size_t moved = Pushes ? stage.producers[0].try_push_n(both, 2) : stage.consumers[0].try_pop_n(both, 2);
    Engine::check(moved == 2, "there is room for two, or two are there");
  }
  void wait_for_one(deadline::time_point until) {
    cargo one{3};
    if (Pushes) static_cast<void>(stage.consumers[1].pop_until(one, until));
    if (!Pushes) static_cast<void>(stage.producers[1].push_until(std::move(one), until));
  }
};

/// A run of two goes out in two pops while somebody waits for the drain, and an element comes that the drain does not
/// wait for. Kinds with runs of two.
template <class Engine, class Kind>
struct drain_of_parts {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  done_so_far done;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    stage.fill(2);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo element{3};
    if (index == 0) {
      Engine::check(stage.queue.wait_drained(deadline::never().when()), "it waits without limit");
      Engine::check(done.completed_by(1) == 2, "both parts are out");
    } else if (index == 1) {
      pop_one(1);
      await_sleeper<Engine>(0);
      pop_one(2);
    } else {
      await_sleeper<Engine>(0);
      Engine::check(stage.producers[2].push(std::move(element)) == push_status::ok, "room comes");
    }
  }
  void after() { Engine::check(stage.queue.depth_hint() == 1, "the last one is inside"); }

 private:
  void pop_one(int number) {
    cargo out{0};
    const pop_status status = stage.consumers[1].try_pop(out);
    Engine::check(status == pop_status::ok && out.value == number, "it is there");
  }
};

/// A handle says whether it has a queue, and gives it up when it is moved from.
template <class Engine, class Kind>
struct handles_say_what_they_have {
  static constexpr unsigned threads = 1;
  shared_stage<Engine, Kind> stage{3};

  void before() {}
  void thread(unsigned) {
    const std::size_t count = 1 + Engine::choose(3);
    Engine::check(!stage.producers[0] && !stage.consumers[0], "made without a queue");
    stage.let_push(0);
    stage.let_pop(0);
    Engine::check(stage.producers[0] && stage.consumers[0], "made by a queue");
    stage.producers[1] = std::move(stage.producers[0]);
    Engine::check(!stage.producers[0] && stage.producers[1], "moved");
    for (std::size_t i = 0; i < count; ++i) {
      Engine::check(stage.producers[1].try_push(typename Kind::element{1}) == push_status::ok, "there is room");
    }
    Engine::check(stage.queue.depth_hint() == count, "it is the queue's");
  }
  void after() {}
};

}  // namespace tidegate::model
