// histories.hpp: every thread plays its part of a script; all answers together are those of one bounded FIFO.
//
// A part is a string: `p` try_push of the next value, `o` try_pop, `c` close.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/exchange_ring/support.hpp"

namespace tidegate::model {

/// The parts of up to five threads, and how many elements are inside at first.
struct script {
  std::array<char[8], 5> parts;
  unsigned count;
  unsigned inside = 0;
};

template <class Engine, class Kind, std::size_t Capacity, script Script>
struct plays_a_fifo {
  static constexpr unsigned threads = Script.count;
  static constexpr unsigned may_freeze = (1u << threads) - 1;
  using ring_type = typename Kind::template ring<Engine>;

  plays_a_fifo() : ring(Capacity, ring_rows{threads, threads}) {}

  void before() {
    producers[0] = ring.try_make_producer();
    for (unsigned i = 0; i < Script.inside; ++i) push(0, 100 + i);
    producers[0] = {};
  }
  void thread(unsigned index) {
    const std::string_view part(Script.parts[index]);
    if (part.find('p') != part.npos) producers[index] = ring.try_make_producer();
    if (part.find('o') != part.npos) consumers[index] = ring.try_make_consumer();
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == 'p') push(index, 10 * (index + 1) + static_cast<unsigned>(i));
      if (part[i] == 'o') static_cast<void>(pop(index));
      if (part[i] == 'c') close();
    }
  }
  void after() {
    if (!Engine::frozen()) {
      if (!consumers[0]) consumers[0] = ring.try_make_consumer();
      while (pop(0) == pop_status::ok) {
      }
    }
    calls.judge({.capacity = Capacity, .failures = test::failure_judgement::joint, .late_calls = 0});
  }

 private:
  void push(unsigned who, unsigned value) {
    calls.note(test::operation_kind::push, value, [&] {
      const push_status status = producers[who].try_push(counted(static_cast<int>(value)));
      return test::operation::push(Engine::thread(), value, status);
    });
  }
  pop_status pop(unsigned who) {
    pop_status status = pop_status::empty;
    calls.note(test::operation_kind::pop, 0, [&] {
      counted out{0};
      status = consumers[who].try_pop(out);
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

 public:
  all_destroyed<Engine> balance;
  ring_type ring;
  std::array<typename ring_type::producer, 5> producers;
  std::array<typename ring_type::consumer, 5> consumers;
  call_record<Engine> calls{200};
};

template <class Engine, class Kind, class Visit>
void for_each_exchange_history_of(const std::string& kind, Visit& visit) {
  visit.template operator()<plays_a_fifo<Engine, Kind, 1, script{{"pp", "oo"}, 2}>>(kind + ".1p1c_1");
  visit.template operator()<plays_a_fifo<Engine, Kind, 2, script{{"ppp", "ooo"}, 2}>>(kind + ".1p1c_2");
  visit.template operator()<plays_a_fifo<Engine, Kind, 1, script{{"p", "p"}, 2, 1}>>(kind + ".2p_1");
  visit.template operator()<plays_a_fifo<Engine, Kind, 2, script{{"p", "p", "o"}, 3, 1}>>(kind + ".2p1c_2");
  visit.template operator()<plays_a_fifo<Engine, Kind, 1, script{{"p", "p", "o"}, 3, 1}>>(kind + ".2p1c_1");
  visit.template operator()<plays_a_fifo<Engine, Kind, 2, script{{"p", "o", "o"}, 3, 1}>>(kind + ".1p2c_2");
  visit.template operator()<plays_a_fifo<Engine, Kind, 2, script{{"p", "o", "c"}, 3, 1}>>(kind + ".close_2");
  visit.template operator()<plays_a_fifo<Engine, Kind, 1, script{{"p", "o", "c"}, 3, 1}>>(kind + ".close_full");
  visit.template operator()<plays_a_fifo<Engine, Kind, 2, script{{"op", "op"}, 2, 1}>>(kind + ".swap");
}

template <class Engine, class Visit>
void for_each_exchange_history(Visit visit) {
  for_each_exchange_history_of<Engine, exchange_kind<side_count::many_to_many, unhelped()>>("mpmc_lock_free", visit);
  for_each_exchange_history_of<Engine, exchange_kind<side_count::many_to_many, helped(0)>>("mpmc_helped_0", visit);
  for_each_exchange_history_of<Engine, exchange_kind<side_count::many_to_many, helped(1)>>("mpmc_helped_1", visit);
}

}  // namespace tidegate::model
