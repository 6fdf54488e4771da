// histories.hpp: every thread plays its part of a script on a block_ring; all answers together are those of one bounded
// FIFO.
//
// A part is a string: `p` try_push of the next value, `2` and `3` try_push_n of so many, `o` try_pop, `D` and `T`
// try_pop_n of two and three, `c` close, `w` closed(), which says as much as a push that is refused.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "tests/model/clients/call_record.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/ring/block_ring.hpp"

namespace tidegate::model {

/// Plain, of one word.
struct lone {
  std::uint64_t value = 0;
  [[nodiscard]] bool is_whole() const noexcept { return true; }
};

/// Plain, of two words that must stay together.
struct twin {
  twin(std::uint64_t of = 0) noexcept : value(of), again(of) {}
  std::uint64_t value;
  std::uint64_t again;
  [[nodiscard]] bool is_whole() const noexcept { return value == again; }
};

/// A ring, and the parts of up to four threads. Before them, `turns` times two elements go through in one run each,
/// then `lead` is played by the first row, and recorded.
struct block_script {
  std::size_t capacity;
  std::array<char[8], 4> parts;
  unsigned count;
  char lead[8] = "";
  unsigned turns = 0;
};

template <class Engine, std::size_t LongestRun, block_script Script>
struct block_plays_a_fifo {
  static constexpr unsigned threads = Script.count;
  static constexpr unsigned may_freeze = Script.turns == 0 ? (1u << threads) - 1 : 0;  // else it would take long
  static constexpr bool is_large = threads > 2 || Script.turns > 10;
  using element = std::conditional_t<LongestRun == 2, twin, lone>;  // the engine counts its atomics
  using ring_type = block_ring<element, block_options{.longest_run = LongestRun}, typename Engine::sync>;

  [[nodiscard]] static bool pushes(std::string_view part) { return part.find_first_of("p23") != part.npos; }
  [[nodiscard]] static bool pops(std::string_view part) { return part.find_first_of("oDT") != part.npos; }

  /// Only as many rows as are used.
  [[nodiscard]] static ring_rows rows() {
    ring_rows used{0, 0};
    for (unsigned i = 0; i < threads; ++i) {
      used.producers += pushes(Script.parts[i]) || i == 0 ? 1 : 0;
      used.consumers += pops(Script.parts[i]) || i == 0 ? 1 : 0;
    }
    return used;
  }

  block_plays_a_fifo() : ring(Script.capacity, rows()) {}

  void before() {
    take_handles(0, true);
    std::array<element, 2> some{};
    for (unsigned i = 0; i < Script.turns; ++i) {
      const std::size_t in = producers[0].try_push_n(some.data(), std::min<std::size_t>(2, Script.capacity));
      Engine::check(consumers[0].try_pop_n(some.data(), 2) == in && in != 0, "what goes in comes out");
    }
    play(0, 200, Script.lead);
    producers[0] = {};
    consumers[0] = {};
  }
  void thread(unsigned index) {
    take_handles(index, false);
    play(index, 10 * (index + 1), Script.parts[index]);
  }
  void after() {
    if (!Engine::frozen()) {
      if (!consumers[0]) consumers[0] = ring.try_make_consumer();
      while (pop(0) == pop_status::ok) {
      }
      Engine::check(ring.depth_hint() == 0, "an empty ring has no depth");
    }
    calls.judge({.capacity = Script.capacity, .failures = test::failure_judgement::joint, .late_calls = 0});
  }

 private:
  void take_handles(unsigned who, bool both) {
    if (both || pushes(Script.parts[who])) producers[who] = ring.try_make_producer();
    if (both || pops(Script.parts[who])) consumers[who] = ring.try_make_consumer();
  }
  void play(unsigned who, unsigned first_value, std::string_view part) {
    for (const char step : part) {
      if (step == 'p') push(who, first_value);
      if (step == '2' || step == '3') push_n(who, first_value, step == '2' ? 2 : 3);
      if (step == 'o') static_cast<void>(pop(who));
      if (step == 'D' || step == 'T') pop_n(who, step == 'D' ? 2 : 3);
      if (step == 'c') close();
      if (step == 'w') ask_whether_closed();
      first_value += 3;
    }
  }
  [[nodiscard]] static std::uint64_t checked(const element& out) {
    Engine::check(out.is_whole(), "an element comes out whole");
    return out.value;
  }

  void push(unsigned who, unsigned value) {
    calls.note(test::operation_kind::push, value, [&] {
      const push_status status = producers[who].try_push(element{value});
      return test::operation::push(Engine::thread(), value, status);
    });
  }
  void push_n(unsigned who, unsigned first, std::size_t count) {
    std::array<std::uint64_t, 3> values{first, first + 1, first + 2};
    std::array<element, 3> elements;
    for (std::size_t i = 0; i < count; ++i) elements[i] = element{values[i]};
    calls.note_many(test::operation_kind::push, std::span(values).first(count), refusal(),
                    [&] { return producers[who].try_push_n(elements.data(), count); });
  }
  pop_status pop(unsigned who) {
    pop_status status = pop_status::empty;
    calls.note(test::operation_kind::pop, 0, [&] {
      element out;
      status = consumers[who].try_pop(out);
      return test::operation::pop(Engine::thread(), status, status == pop_status::ok ? checked(out) : 0);
    });
    return status;
  }
  void pop_n(unsigned who, std::size_t count) {
    std::array<std::uint64_t, 3> values{};
    calls.note_many(test::operation_kind::pop, std::span(values).first(count), refusal(), [&] {
      std::array<element, 3> out;
      const std::size_t popped = consumers[who].try_pop_n(out.data(), count);
      for (std::size_t i = 0; i < popped; ++i) values[i] = checked(out[i]);
      return popped;
    });
  }
  void close() {
    calls.note(test::operation_kind::close, 0, [&] {
      ring.close();
      return test::operation::close(Engine::thread());
    });
  }
  void ask_whether_closed() {
    calls.note(test::operation_kind::push, 0, [&] {
      return test::operation::push(Engine::thread(), 0, ring.closed() ? push_status::closed : push_status::cancelled);
    });
  }
  /// A bulk call that moves nothing does not say whether the ring is closed.
  [[nodiscard]] static test::answer refusal() {
    for (const std::string_view part : Script.parts) {
      if (part.find('c') != part.npos) return test::answer::nothing;
    }
    return test::answer::refused;
  }

 public:
  ring_type ring;
  std::array<typename ring_type::producer, 4> producers;
  std::array<typename ring_type::consumer, 4> consumers;
  call_record<Engine> calls{200};
};

template <class Engine, class Visit>
void for_each_block_history(Visit visit) {
  const auto with = [&visit]<std::size_t Run, block_script Script>(const char* name) {
    visit.template operator()<block_plays_a_fifo<Engine, Run, Script>>(std::string("block.") + name);
  };
  with.template operator()<2, block_script{1, {"pp", "oo"}, 2}>("one_place");
  with.template operator()<2, block_script{2, {"2p", "oD"}, 2}>("runs_of_2");
  with.template operator()<3, block_script{3, {"3", "oo"}, 2}>("run_in_parts");
  with.template operator()<3, block_script{3, {"33", "DT"}, 2}>("runs_of_3");
  with.template operator()<2, block_script{3, {"3p", "ooD"}, 2, "p"}>("split");
  with.template operator()<2, block_script{2, {"o", "D"}, 2, "2"}>("part_or_all");
  with.template operator()<3, block_script{3, {"o", "o", "T"}, 3, "3"}>("parts_or_all");
  with.template operator()<3, block_script{3, {"D", "D"}, 2, "3"}>("two_parts");
  with.template operator()<2, block_script{2, {"p", "p"}, 2, "p"}>("last_place");
  with.template operator()<2, block_script{2, {"2", "2"}, 2}>("two_producers");
  with.template operator()<2, block_script{2, {"oo", "pp"}, 2, "p"}>("refusals_of_both");
  with.template operator()<2, block_script{2, {"op", "pp"}, 2, "2"}>("refusals_after_part");
  with.template operator()<2, block_script{2, {"2", "p", "o"}, 3, "p"}>("2p1c");
  with.template operator()<2, block_script{2, {"p", "o", "D"}, 3, "2"}>("1p2c");
  with.template operator()<3, block_script{3, {"3", "o", "D"}, 3, "2"}>("1p2c_3");
  with.template operator()<2, block_script{2, {"op", "o2"}, 2, "2"}>("full_after_part");
  with.template operator()<3, block_script{3, {"o3", "op"}, 2, "3"}>("full_after_parts");
  with.template operator()<2, block_script{2, {"2", "D", "c"}, 3, "p"}>("close");
  with.template operator()<2, block_script{2, {"p", "o", "c"}, 3, "2"}>("close_full");
  with.template operator()<2, block_script{2, {"po", "c"}, 2}>("close_told_by_push");
  with.template operator()<2, block_script{2, {"wo", "c"}, 2}>("close_told_by_closed");
  with.template operator()<3, block_script{3, {"p", "oo", "c"}, 3, "3oo"}>("close_over_a_part");
}

/// Laps later, past the wrap of laps: rows that have slept since the begin.
template <class Engine, class Visit>
void for_each_late_block_history(Visit visit) {
  const auto with = [&visit]<std::size_t Run, block_script Script>(const char* name) {
    visit.template operator()<block_plays_a_fifo<Engine, Run, Script>>(std::string("block_late.") + name);
  };
  with.template operator()<2, block_script{2, {"2", "p", "D"}, 3, "", 3}>("a_lap");
  with.template operator()<2, block_script{2, {"2", "oo"}, 2, "p", 2}>("a_full_lap");
  with.template operator()<3, block_script{3, {"3o", "w"}, 2, "3oppD", 1}>("room_behind_a_part");
  with.template operator()<2, block_script{2, {"2", "D"}, 2, "p", 2}>("into_single_runs");
  with.template operator()<2, block_script{2, {"2o", "o2"}, 2, "", 23}>("near_half_of_all_laps");
  with.template operator()<2, block_script{2, {"2D", "o2"}, 2, "", 30}>("half_of_all_laps");
  with.template operator()<2, block_script{2, {"o2", "2o"}, 2, "2", 36}>("more_than_half");
  with.template operator()<2, block_script{2, {"2o", "D2"}, 2, "p", 50}>("nearly_all_laps");
  with.template operator()<2, block_script{2, {"D2", "c"}, 2, "p", 50}>("close");
  with.template operator()<3, block_script{3, {"3", "T"}, 2, "2", 60}>("wide");
  with.template operator()<3, block_script{5, {"33", "oT"}, 2, "3o", 7}>("five_places");
}

}  // namespace tidegate::model
