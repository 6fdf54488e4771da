// histories.hpp: the answers of the byte rings against a bounded FIFO, with records that all cost the same.
//
// While calls overlap, only `ok` and `closed` are judged: `empty` tells of what is next, and failures of two threads
// may have no common order. One call at a time, whichever thread makes it, all answers are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/model/clients/byte_ring/support.hpp"
#include "tests/model/clients/call_record.hpp"

namespace tidegate::model {

/// Producers push their number times ten, plus 1, 2, ...; the consumer takes as often; another thread may close.
template <class Engine, class Kind, unsigned Producers, unsigned Tries, std::size_t Records, bool Closes,
          bool OneAtATime>
struct byte_answers {
  static constexpr unsigned threads = Producers + 1 + (Closes ? 1 : 0);
  static constexpr bool is_large = threads > 2;
  static constexpr unsigned most_steps = 40;  // of a call: more when others are in its way again and again

  void before() {}
  void thread(unsigned index) {
    for (unsigned i = 1; i <= Tries; ++i) {
      if (index < Producers) one_call([&] { push(10 * index + i); });
      if (index == Producers) one_call([&] { static_cast<void>(take()); });
    }
    if (index == Producers + 1) one_call([&] { close(); });
  }
  void after() {
    while (take() == pop_status::ok) {
    }
    if constexpr (!OneAtATime) calls.forgive_overlapped_failures();
    calls.judge({.capacity = Records});
  }

 private:
  static constexpr std::size_t bytes = 8;

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
  void push(unsigned value) {
    calls.note(test::operation_kind::push, value,
               [&] { return test::operation::push(Engine::thread(), value, push_record(ring_, value, bytes)); });
  }
  pop_status take() {
    pop_status status = pop_status::empty;
    calls.note(test::operation_kind::pop, 0, [&] {
      std::uint64_t value = 0;
      status = ring_.try_consume([&](auto record) { value = static_cast<std::uint64_t>(record.number()); });
      return test::operation::pop(Engine::thread(), status, value);
    });
    return status;
  }
  void close() {
    calls.note(test::operation_kind::close, 0, [&] {
      ring_.close();
      return test::operation::close(Engine::thread());
    });
  }

  typename Kind::template ring<Engine> ring_{16 * Records};
  call_record<Engine> calls{most_steps};
  typename Engine::sync::template atomic<bool> idle_{true};
};

}  // namespace tidegate::model
