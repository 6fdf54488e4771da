// histories.hpp: the answers of ticketed_ring against a bounded FIFO.
//
// While calls overlap, only `ok` and `closed` are judged: a failure may be false then. One call at a time, whichever
// thread makes it, all answers are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/ticketed_ring/support.hpp"

namespace tidegate::model {

/// Producers push their number times ten, plus 1, 2, ...; consumers pop as often; another thread may close.
template <class Engine, unsigned Producers, unsigned Consumers, unsigned Tries, std::size_t Capacity, bool Closes,
          bool OneAtATime>
struct ticketed_answers {
  static constexpr unsigned threads = Producers + Consumers + (Closes ? 1 : 0);
  static constexpr bool is_large = threads > 2;
  static constexpr unsigned most_steps = 40;  // of a call: more when others are in its way again and again

  void before() {}
  void thread(unsigned index) {
    for (unsigned i = 1; i <= Tries; ++i) {
      if (index < Producers) one_call([&] { push(10 * index + i); });
      if (index >= Producers && index < Producers + Consumers) one_call([&] { static_cast<void>(pop()); });
    }
    if (index == Producers + Consumers) one_call([&] { close(); });
  }
  void after() {
    while (pop() == pop_status::ok) {
    }
    if constexpr (!OneAtATime) calls.forgive_overlapped_failures();
    calls.judge({.capacity = Capacity});
  }

 private:
  /// Nothing but the order of whole calls is left to chance when they come one at a time.
  template <class Call>
  void one_call(Call&& call) {
    if constexpr (!OneAtATime) return call();
    for (bool idle = true; !idle_.compare_exchange_strong(idle, false, order::acquire, order::relaxed); idle = true) {
      Engine::pause();
    }
    call();
    idle_.store(true, order::release);
  }
  void push(std::uint64_t value) {
    calls.note(test::operation_kind::push, value, [&] {
      const push_status status = ring_.try_push(counted{static_cast<int>(value)});
      return test::operation::push(Engine::thread(), value, status);
    });
  }
  pop_status pop() {
    pop_status status = pop_status::empty;
    calls.note(test::operation_kind::pop, 0, [&] {
      counted out{0};
      status = ring_.try_pop(out);
      return test::operation::pop(Engine::thread(), status, static_cast<std::uint64_t>(out.value));
    });
    return status;
  }
  void close() {
    calls.note(test::operation_kind::close, 0, [&] {
      ring_.close();
      return test::operation::close(Engine::thread());
    });
  }

  ticketed_ring_of<Engine> ring_{Capacity};
  call_record<Engine> calls{most_steps};
  typename Engine::sync::template atomic<bool> idle_{true};
};

}  // namespace tidegate::model
