// histories.hpp: clients that record what every call answered and hold it against a bounded FIFO, failures included.
//
// spsc_ring promises every answer by itself; with failure_order::joint, all answers together.
#pragma once

#include <cstdint>
#include <string>

#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/spsc_ring/support.hpp"
#include "tests/model/explorer/engine.hpp"

namespace tidegate::model {

/// Who closes the ring.
enum class closing : std::uint8_t { nobody, producer, third_thread };

/// The producer tries to push 1, 2, 3; the consumer tries to pop as often; somebody may close. Either side may be
/// stopped for ever within a call: the answers of the other one stay right, and its calls as short as they are.
template <class Engine, class Kind, std::size_t Capacity, failure_order Failures, closing Closing>
struct answers_are_a_fifos {
  static constexpr unsigned threads = Closing == closing::third_thread ? 3 : 2;
  static constexpr unsigned may_freeze = 0b11;
  static constexpr int tries = 3;
  using element = typename Kind::element;
  typename Kind::template ring<Engine, Failures> ring{Capacity};
  call_record<Engine> calls{8};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      for (int value = 1; value <= tries; ++value) push(value);
      if constexpr (Closing == closing::producer) close();
    } else if (index == 1) {
      for (int i = 0; i < tries; ++i) static_cast<void>(pop());
    } else {
      close();
    }
  }
  void after() {
    while (!Engine::frozen() && pop() == pop_status::ok) {
    }
    calls.judge({.capacity = Capacity,
                 .failures = Failures == failure_order::joint ? test::failure_judgement::joint
                                                              : test::failure_judgement::each_failure_alone,
                 .late_calls = Closing == closing::third_thread ? unsigned{tries} : 0U});
  }

 private:
  void push(int value) {
    calls.note(test::operation_kind::push, static_cast<std::uint64_t>(value), [&] {
      const push_status status = ring.try_push(element{value});
      return test::operation::push(Engine::thread(), static_cast<std::uint64_t>(value), status);
    });
  }
  pop_status pop() {
    pop_status status = pop_status::empty;
    calls.note(test::operation_kind::pop, 0, [&] {
      element out{0};
      status = ring.try_pop(out);
      return test::operation::pop(Engine::thread(), status, static_cast<std::uint64_t>(out.value));
    });
    return status;
  }
  void close() {
    calls.note(test::operation_kind::close, 0, [&] {
      ring.close();
      return test::operation::close(Engine::thread());
    });
  }
};

/// With a third thread that closes, nothing is ever full: `full` and `closed` need a common order as little
/// as `full` and `empty` do, but a history cannot say so of `closed`.
template <class Engine, class Kind, class Visit>
void for_each_history_client_of(const std::string& kind, Visit& visit) {
  constexpr auto alone = failure_order::independent;
  constexpr auto joint = failure_order::joint;
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 1, alone, closing::nobody>>(kind + ".answers_1");
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 2, alone, closing::nobody>>(kind + ".answers_2");
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 3, alone, closing::nobody>>(kind + ".answers_3");
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 1, joint, closing::nobody>>(kind + ".joint_answers_1");
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 2, joint, closing::nobody>>(kind + ".joint_answers_2");
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 2, alone, closing::producer>>(kind + ".answers_closed");
  visit.template operator()<answers_are_a_fifos<Engine, Kind, 3, alone, closing::third_thread>>(
      kind + ".answers_closed_from_outside");
}

template <class Engine, class Visit>
void for_each_history_client(Visit visit) {
  for_each_history_client_of<Engine, indexed>("history_indexed", visit);
  for_each_history_client_of<Engine, packed>("history_packed", visit);
}

}  // namespace tidegate::model
