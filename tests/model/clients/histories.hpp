// histories.hpp: clients that record what every call answered and hold it against a bounded FIFO, failures included.
//
// One call comes before another when it happens before it; what merely ran earlier says nothing, as on a machine with
// store buffers. spsc_ring promises every answer by itself; with failure_order::joint, all answers together.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/search.hpp"
#include "tests/model/clients/spsc_ring/support.hpp"
#include "tests/model/explorer/engine.hpp"

namespace tidegate::model {

/// The calls of one execution.
template <class Engine>
class call_record {
 public:
  /// Runs `call`, which returns an operation, and notes when it began and ended. Until then it is pending, and stays so
  /// when its thread is stopped for ever.
  template <class Call>
  void note(test::operation_kind kind, std::uint64_t value, Call&& call) {
    entry& mine = entries_[count_++];
    mine.thread = static_cast<std::uint8_t>(Engine::thread());
    mine.began = Engine::happened();
    mine.ended = unended;
    mine.what = test::operation::pending(kind, mine.thread, value);
    const unsigned steps_before = Engine::steps();
    mine.what = call();
    mine.ended = Engine::happened().of[mine.thread];
    Engine::measure("steps of a call", Engine::steps() - steps_before);
    Engine::check(Engine::steps() - steps_before <= most_steps, "a call takes a bounded number of steps");
  }

  /// Fails the execution unless the answers are those of a bounded FIFO.
  void judge(const test::promise& promised) {
    std::array<test::operation, most> history;
    for (std::size_t i = 0; i < count_; ++i) {
      history[i] = entries_[i].what;
      history[i].predecessors = 0;
      for (std::size_t j = 0; j < count_; ++j) {
        if (j != i && happens_before(entries_[j], entries_[i])) history[i].predecessors |= test::mask_of(j);
      }
    }
    const std::span<const test::operation> all(history.data(), count_);
    const test::linearization found = checker().check(all, promised);
    if (!found) Engine::fail(test::explain(all, promised, found) + test::to_text(all));
  }

 private:
  static constexpr std::size_t most = 16;
  static constexpr unsigned most_steps = 8;  // of a try call, on either side
  static constexpr tick unended = std::numeric_limits<tick>::max();
  struct entry {
    test::operation what;
    vector_clock began;
    tick ended = 0;
    std::uint8_t thread = 0;
  };

  [[nodiscard]] static bool happens_before(const entry& one, const entry& other) noexcept {
    if (one.thread == other.thread) return &one < &other;  // noted in the order of the thread
    return one.ended <= other.began.of[one.thread];
  }

  /// Kept between executions, for its memory.
  [[nodiscard]] static test::linearizer<>& checker() {
    static test::linearizer<> kept;
    return kept;
  }

  std::array<entry, most> entries_{};
  std::size_t count_ = 0;
};

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
  call_record<Engine> calls;

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
