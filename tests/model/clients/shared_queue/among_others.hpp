// among_others.hpp: clients that wait for a queue as one of several things: its looks are true, and no wake is lost.
#pragma once

#include <array>
#include <string>

#include "tests/model/clients/shared_queue/support.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::model {

/// One waits for an element or, with `ForRoom`, for room, as for one of several things; another one brings it.
template <class Engine, class Kind, bool ForRoom>
struct waits_among_others {
  using sync = typename Engine::sync;
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"not ready at first"};
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.let_push(ForRoom ? 0 : 1);
    stage.let_pop(ForRoom ? 1 : 0);
    if (ForRoom) Engine::check(stage.producers[0].try_push(cargo{0}) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    cargo other{1};
    if (index == 1) {
      const bool done = ForRoom ? stage.consumers[1].try_pop(other) == pop_status::ok
                                : stage.producers[1].try_push(std::move(other)) == push_status::ok;
      return Engine::check(done, "it brings what is waited for");
    }
    if (!is_ready()) Engine::reached("not ready at first");
    const std::array<wait_source<sync>, 1> all{source()};
    tidegate::detail::wait_for_many<sync> wait(all, 0, {});
    Engine::check(wait.until(deadline::never(), {.spins = 0, .yields = 0}) == 0, "it waits without limit");
    const bool done = ForRoom ? stage.producers[0].try_push(std::move(other)) == push_status::ok
                              : stage.consumers[0].try_pop(other) == pop_status::ok;
    Engine::check(done, "ready, and nobody else is there");
  }
  void after() {}

 private:
  [[nodiscard]] wait_source<sync> source() {
    if constexpr (ForRoom)
      return stage.producers[0].push_source();
    else
      return stage.consumers[0].pop_source();
  }
  [[nodiscard]] bool is_ready() { return source().ready(); }
};

/// It is told of the end, too.
template <class Engine, class Kind>
struct told_of_the_end_among_others {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  shared_stage<Engine, Kind> stage{1};

  void before() { stage.let_pop(0); }
  void thread(unsigned index) {
    if (index == 1) return stage.queue.close();
    const std::array<wait_source<sync>, 1> all{stage.consumers[0].pop_source()};
    tidegate::detail::wait_for_many<sync> wait(all, 0, {});
    Engine::check(wait.until(deadline::never(), {.spins = 0, .yields = 0}) == 0, "it waits without limit");
    typename Kind::element out{0};
    Engine::check(stage.consumers[0].try_pop(out) == pop_status::closed, "ready, and nothing was pushed");
  }
  void after() {}
};

/// All of them, for one kind.
template <class Engine, class Kind, class Visit>
void for_each_client_among_others(const std::string& kind, Visit& visit) {
  visit.template operator()<waits_among_others<Engine, Kind, false>>(kind + ".waits_for_an_element_among_others");
  visit.template operator()<waits_among_others<Engine, Kind, true>>(kind + ".waits_for_room_among_others");
  visit.template operator()<told_of_the_end_among_others<Engine, Kind>>(kind + ".told_of_the_end_among_others");
}

}  // namespace tidegate::model
