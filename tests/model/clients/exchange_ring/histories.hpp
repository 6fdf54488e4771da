// histories.hpp: every thread plays its part of a script; all answers together are those of one bounded FIFO.
//
// A part is a string, a character a call:
//   p  try_push of the next value      P  the same without a handle
//   e  push_evict of the next value    E  the same without a handle
//   o  try_pop                         O  the same without a handle
//   h  try_hold: keeps the element     r  release of what is kept
//   c  close                           ?  closed()
//   m  makes a producer's handle       d  destroys it
//   !  the thread ends; what follows is another thread's
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/exchange_ring/support.hpp"

namespace tidegate::model {

/// The parts of up to five threads, and what happened before.
struct script {
  std::array<char[12], 5> parts;
  unsigned count;
  unsigned inside = 0;  // elements
  unsigned ahead = 0;   // places that other rows have gone through: the threads' rows begin so far behind
  bool closed = false;
  unsigned rows = 0;     // on each side; 0: as many as threads need
  bool is_core = false;  // see core()

  [[nodiscard]] constexpr bool plays(unsigned thread, std::string_view calls) const noexcept {
    return std::string_view(parts[thread]).find_first_of(calls) != std::string_view::npos;
  }
  [[nodiscard]] constexpr unsigned threads_that_play(std::string_view calls) const noexcept {
    unsigned all = 0;
    for (unsigned i = 0; i < count; ++i) all += plays(i, calls) ? 1 : 0;
    return all;
  }
  [[nodiscard]] constexpr ring_numbers numbers(unsigned capacity) const noexcept {
    const unsigned pushing = threads_that_play("pPeE");
    const unsigned popping = threads_that_play("oOh");
    if (rows != 0) return {capacity, rows, rows};
    const unsigned others = ahead != 0 ? 1 : 0;
    return {capacity, (pushing == 0 ? 1 : pushing) + others, (popping == 0 ? 1 : popping) + others};
  }
};

/// One of the few that fail for most mistakes: explored widely by default, and by the mutation gate.
[[nodiscard]] consteval script core(script of) noexcept {
  of.is_core = true;
  return of;
}

/// With few rows, they must be missed, and passed on.
template <std::size_t Count>
[[nodiscard]] constexpr std::array<const char*, Count> rows_probes() noexcept {
  if constexpr (Count == 0)
    return {};
  else
    return {"no row", "row passed on"};
}

/// Plays any script on one kind of ring: compiled once for the kind.
template <class Engine, class Kind>
class fifo_player {
  using bounds = step_bounds<Kind>;
  using element = typename Kind::element;
  using ring_type = typename Kind::template ring<Engine>;
  using sync = typename Kind::threads::template sync<typename Engine::sync>;

 public:
  fifo_player(std::size_t capacity, const script& played)
      : script_(played),
        numbers_(played.numbers(static_cast<unsigned>(capacity))),
        closes_(played.closed || played.threads_that_play("c?") != 0),
        evicts_(played.threads_that_play("eE") != 0) {}

  void before() {
    ring.emplace(numbers_.capacity, ring_rows{numbers_.producers, numbers_.consumers});
    if (script_.ahead != 0) run_ahead();
    for (unsigned i = 0; i < script_.count; ++i) {
      if (script_.plays(i, "pe") && !script_.plays(i, "m")) producers[i] = ring->try_make_producer();
      if (script_.plays(i, "ohr")) consumers[i] = ring->try_make_consumer();
    }
    if (script_.ahead == 0) fill();
  }
  void thread(unsigned index) {
    const std::string_view part(script_.parts[index]);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto value = static_cast<unsigned>(10 * (index + 1) + i);
      if constexpr (requires { sync::begin_call(part[i]); }) sync::begin_call(part[i]);
      if (part[i] == 'p' && !has_producer(index)) continue;
      if (part[i] == 'p') push(producers[index], value);
      if (part[i] == 'P') push(*ring, value);
      if (part[i] == 'e') evict(producers[index], value);
      if (part[i] == 'E') evict(*ring, value);
      if (part[i] == 'o') static_cast<void>(pop(consumers[index]));
      if (part[i] == 'O') static_cast<void>(pop(*ring));
      if (part[i] == 'h') hold(consumers[index]);
      if (part[i] == 'r') release(consumers[index]);
      if (part[i] == 'c') close();
      if (part[i] == '?') ask();
      if (part[i] == 'm') producers[index] = ring->try_make_producer();
      if (part[i] == 'd') producers[index] = {};
      if constexpr (requires { sync::end_thread(); }) {
        if (part[i] == '!') sync::end_thread();
      }
    }
  }
  void after() {
    drain();
    judge();
    if (!Engine::frozen()) return;
    Engine::bury_frozen();
    for (unsigned i = 0; i < script_.count; ++i) {
      if (Engine::is_frozen(i)) continue;
      producers[i] = {};
      consumers[i] = {};
    }
    ring.reset();  // destroys what the stopped thread left, but for what it had in its hands
  }

 private:
  /// Somebody else pushes and pops, and the threads' rows stay behind; then it fills the ring.
  void run_ahead() {
    producers[4] = ring->try_make_producer();
    consumers[4] = ring->try_make_consumer();
    for (unsigned i = 0; i < script_.ahead; ++i) {
      Engine::check(producers[4].try_push(element(1)) == push_status::ok, "there is room");
      element out(0);
      Engine::check(consumers[4].try_pop(out) == pop_status::ok, "there is an element");
    }
    fill();
  }
  void fill() {
    if (!producers[4]) producers[4] = ring->try_make_producer();
    for (unsigned i = 0; i < script_.inside; ++i) {
      producers[4] ? push(producers[4], 100 + i) : push(producers[0] ? producers[0] : producers[1], 100 + i);
    }
    if (script_.closed) close();
    producers[4] = {};
    consumers[4] = {};
  }
  /// Whoever was not stopped pops what is left.
  void drain() {
    for (unsigned i = 0; i < script_.count; ++i) {
      if constexpr (requires { sync::end_thread(i + 1); }) {
        if (!Engine::is_frozen(i)) sync::end_thread(i + 1);  // model threads have tokens from 1 on
      }
    }
    for (unsigned i = 0; i < script_.count; ++i) {
      if (Engine::is_frozen(i) || !consumers[i]) continue;
      while (pop(consumers[i]) == pop_status::ok) {
      }
      return;
    }
    if (Engine::frozen()) return;
    consumers[4] = ring->try_make_consumer();
    while (consumers[4] && pop(consumers[4]) == pop_status::ok) {
    }
  }

  /// A plain side's refusals need no common order with the other side's.
  void judge() {
    unsigned late = 0;
    if constexpr (Kind::plain_push) {
      for (unsigned i = 0; i < script_.count; ++i) {
        if (script_.plays(i, "pPeE") && script_.threads_that_play("c?") > (script_.plays(i, "c?") ? 1U : 0U))
          late = static_cast<unsigned>(std::string_view(script_.parts[i]).size());
      }
    }
    const test::promise promised{.capacity = numbers_.capacity, .late_calls = late};
    if constexpr (Kind::plain_push || Kind::plain_pop) {
      using kind = test::operation_kind;
      calls.judge(promised, [](const test::operation& op) { return !is_refusal(op) || op.kind != kind::push; });
      calls.judge(promised, [](const test::operation& op) { return !is_refusal(op) || op.kind != kind::pop; });
    } else {
      calls.judge(promised);
    }
  }

  template <class Producer>
  void push(Producer& who, unsigned value) {
    calls.note(test::operation::pending(test::operation_kind::push, Engine::thread(), value),
               {bounds::push(numbers_, closes_), "steps of a push"}, [&] {
                 const push_status status = who.try_push(element(static_cast<int>(value)));
                 if (status == push_status::no_row) Engine::reached("no row");
                 if (status == push_status::ok) note_pusher();
                 return test::operation::push(Engine::thread(), value, status);
               });
  }
  /// False: no row was left for its handle, and there is nothing to push with.
  [[nodiscard]] bool has_producer(unsigned index) {
    if (!producers[index]) Engine::reached("no row");
    return static_cast<bool>(producers[index]);
  }
  /// With one row, it has been passed on when somebody else pushes.
  void note_pusher() {
    const unsigned me = Engine::thread();
    if (me >= script_.count) return;
    if (last_pusher_ != me && last_pusher_ != nobody) Engine::reached("row passed on");
    last_pusher_ = me;
  }
  template <class Producer>
  void evict(Producer& who, unsigned value) {
    if constexpr (Kind::evicts) {
      test::operation pending = test::operation::pending(test::operation_kind::push, Engine::thread(), value);
      pending.evicts = true;
      calls.note(pending, {bounds::evict(numbers_, closes_), "steps of an evict"}, [&] {
        unsigned victim = 0;
        const push_status status =
            who.push_evict(element(static_cast<int>(value)), [&](element&& out) noexcept { victim = number_in(out); });
        return test::operation::push_evict(Engine::thread(), value, status, victim);
      });
    }
  }
  template <class Consumer>
  pop_status pop(Consumer& who) {
    pop_status status = pop_status::empty;
    note_pop([&] {
      element out(0);
      status = who.try_pop(out);
      return test::operation::pop(Engine::thread(), status, status == pop_status::ok ? number_in(out) : 0);
    });
    return status;
  }
  void hold(typename ring_type::consumer& who) {
    if constexpr (Kind::holds) {
      note_pop([&] {
        const pop_status status = who.try_hold();
        return test::operation::pop(Engine::thread(), status, status == pop_status::ok ? number_in(*who.held()) : 0);
      });
    }
  }
  void release(typename ring_type::consumer& who) {
    if constexpr (Kind::holds) {
      static_cast<void>(who.held() != nullptr && number_in(*who.held()) != 0);  // looks at it: still its own
      who.release();
    }
  }
  template <class Call>
  void note_pop(Call&& call) {
    calls.note(test::operation::pending(test::operation_kind::pop, Engine::thread()),
               {bounds::pop(numbers_, evicts_, closes_), "steps of a pop"}, call);
  }
  void close() {
    calls.note(test::operation::pending(test::operation_kind::close, Engine::thread()),
               {bounds::close(numbers_), "steps of a close"}, [&] {
                 ring->close();
                 return test::operation::close(Engine::thread());
               });
  }
  /// `true` is what a push that is told `closed` knows.
  void ask() {
    test::operation unsaid = test::operation::push(Engine::thread(), 0, push_status::cancelled);
    calls.note(unsaid, {bounds::close(numbers_), "steps of closed()"}, [&] {
      return ring->closed() ? test::operation::push(Engine::thread(), 0, push_status::closed) : unsaid;
    });
  }

 public:
  all_destroyed<Engine> balance;
  [[no_unique_address]] typename Kind::threads::template population<typename Engine::sync> living;
  std::optional<ring_type> ring;
  std::array<typename ring_type::producer, 5> producers;
  std::array<typename ring_type::consumer, 5> consumers;
  call_record<Engine> calls{0};

 private:
  static constexpr unsigned nobody = ~0U;
  unsigned last_pusher_ = nobody;
  const script& script_;
  const ring_numbers numbers_;
  const bool closes_;
  const bool evicts_;
};

/// The client of one script.
template <class Engine, class Kind, std::size_t Capacity, script Script>
struct plays_a_fifo : fifo_player<Engine, Kind> {
  static constexpr unsigned threads = Script.count;
  static constexpr bool is_large = true;  // surprises mean nothing to these rings
  static constexpr unsigned may_freeze = (1u << threads) - 1;
  static constexpr script played = Script;
  static constexpr std::array<const char*, Script.rows == 0 ? 0 : 2> probes = rows_probes < Script.rows == 0 ? 0
                                                                                                             : 2 > ();

  plays_a_fifo() : fifo_player<Engine, Kind>(Capacity, played) {}
};

/// The same, and branches that must be reached.
template <class Engine, class Kind, std::size_t Capacity, script Script, const auto& Probes>
struct plays_a_fifo_through : plays_a_fifo<Engine, Kind, Capacity, Script> {
  static constexpr auto probes = Probes;
};

/// Which of the clients: the core ones, or all the others.
enum class histories_part : std::uint8_t { core, others };

/// Names a client after its kind of ring and its script. `HasCore`: core scripts of this kind are core clients.
template <class Engine, histories_part Part, class Kind, bool HasCore, class Visit>
struct exchange_histories {
  std::string kind;
  Visit& visit;

  template <std::size_t Capacity, script Script>
  void play(const char* name) const {
    if constexpr ((HasCore && Script.is_core) == (Part == histories_part::core)) {
      visit.template operator()<plays_a_fifo<Engine, Kind, Capacity, Script>>(kind + "." + name);
    }
  }
};

/// Any sides. The numbers are those of the litmus clients of the design: docs/proof.md.
template <class Histories>
void play_one_to_one(const Histories& all) {
  all.template play<1, script{{"pp", "oo"}, 2}>("two_then_one");        // L2
  all.template play<1, script{{"ppp", "ooo"}, 2}>("laps");              // L3
  all.template play<2, core(script{{"ppp", "ooo"}, 2})>("one_to_one");  // L7
  all.template play<3, script{{"ppp", "ooo"}, 2, 2}>("one_to_one_3");
  all.template play<4, script{{"ppp", "ooo"}, 2, 3}>("one_to_one_4");
  all.template play<2, core(script{{"pp", "oo"}, 2, 1})>("store_buffering");    // R = 2, one inside
  all.template play<2, script{{"pc", "ooo"}, 2, 1}>("closed_by_producer");      // L21
  all.template play<1, core(script{{"pcp", "oo"}, 2, 1})>("closed_when_full");  // L21
  all.template play<2, script{{"p?", "oc"}, 2, 1}>("closed_by_consumer");
}

template <class Histories>
void play_many_producers(const Histories& all) {
  all.template play<1, script{{"p", "p"}, 2, 1}>("two_refused");
  all.template play<1, core(script{{"p", "p", "o"}, 3, 1})>("withdrawal");     // L13, L14
  all.template play<2, core(script{{"p", "p", "o"}, 3, 1})>("many_to_one");    // L1, L11
  all.template play<2, script{{"pp", "p", "o"}, 3}>("push_pop_between");       // L5
  all.template play<2, script{{"p", "p", "c"}, 3, 1}>("close_two_producers");  // L22
  all.template play<1, script{{"p", "p", "c"}, 3}>("close_against_two");
}

template <class Histories>
void play_many_consumers(const Histories& all) {
  all.template play<1, script{{"o", "o"}, 2, 1}>("one_for_two");                // L8
  all.template play<1, core(script{{"p", "o", "o"}, 3})>("refused_consumers");  // L18
  all.template play<2, script{{"p", "o", "o"}, 3, 1}>("one_to_many");           // L17
  all.template play<2, script{{"p", "o", "oo"}, 3, 1}>("one_to_many_longer");
  all.template play<2, core(script{{"p", "o", "coo"}, 3})>("closed_for_ever");
  all.template play<2, core(script{{"oo", "o", "c"}, 3, 2})>("close_two_consumers");  // found a lost close
}

template <class Histories>
void play_third_closer(const Histories& all) {
  all.template play<2, script{{"p", "o", "c"}, 3, 1}>("close");             // L21
  all.template play<1, core(script{{"p", "o", "c"}, 3, 1})>("close_full");  // L21
  all.template play<1, script{{"p", "oo", "c"}, 3}>("close_empty");
  all.template play<1, script{{"p", "c?", "?c"}, 3}>("close_twice");  // L22
}

template <class Histories>
void play_evictions(const Histories& all) {
  all.template play<1, core(script{{"ee", "oo"}, 2})>("evict");                // L23
  all.template play<2, core(script{{"ee", "hr"}, 2, 2})>("evict_and_reader");  // L23
  all.template play<1, script{{"ep", "hor"}, 2, 1}>("evict_and_holder");
  all.template play<2, core(script{{"e", "o", "c"}, 3, 2})>("evict_and_close");  // L22
  all.template play<1, script{{"ee", "c"}, 2, 1}>("evict_closed");               // L22
}

template <class Histories>
void play_many_readers(const Histories& all) {
  all.template play<2, script{{"e", "o", "o"}, 3, 2}>("evict_and_two_readers");
}

template <class Histories>
void play_many_evictions(const Histories& all) {
  all.template play<1, core(script{{"p", "e"}, 2, 1})>("evictor_and_producer");
  all.template play<1, script{{"e", "e"}, 2, 1}>("two_evictors");
  all.template play<1, core(script{{"e", "e", "o"}, 3, 1})>("two_evictors_and_reader");
  all.template play<2, script{{"e", "p", "o"}, 3, 2}>("evictor_producer_reader");
  all.template play<2, script{{"e", "e", "c"}, 3, 2}>("two_evictors_and_close");
  all.template play<2, script{{"e", "e", "e"}, 3, 2}>("three_evictors");
}

template <class Histories>
void play_many_to_many(const Histories& all) {
  play_one_to_one(all);
  play_many_producers(all);
  play_many_consumers(all);
  play_third_closer(all);
  play_evictions(all);
  play_many_readers(all);
  play_many_evictions(all);
  all.template play<2, core(script{{"op", "op"}, 2, 1})>("swap");
  all.template play<1, script{{"p", "op"}, 2, 1}>("exact_full");           // L4
  all.template play<2, script{{"o", "op"}, 2, 2}>("stopped_popper");       // L6
  all.template play<2, script{{"o", "opo"}, 2, 1}>("reserved");            // L9
  all.template play<1, core(script{{"p", "o"}, 2, 0, 5})>("laps_behind");  // L10
  all.template play<2, script{{"pp", "oo"}, 2, 1, 9}>("laps_behind_2");    // L10
  all.template play<2, script{{"o", "p", "p", "o"}, 4, 1}>("independent_reads");
  all.template play<2, script{{"p", "p", "p"}, 3, 0}>("three_producers");  // L11, L12
  all.template play<3, script{{"o", "o", "o"}, 3, 2}>("three_consumers");  // L17
  all.template play<2, script{{"PP", "OO"}, 2, 1}>("without_handles");
}

/// Rows that pass from one thread or handle to the next.
template <class Histories>
void play_rows(const Histories& all) {
  all.template play<2, core(script{{"P!", "P"}, 2, 0, 0, false, 1})>("successor");
  all.template play<3, script{{"P!P", "P!"}, 2, 0, 0, false, 1}>("number_again");
  all.template play<3, core(script{{"P!", "P", "P"}, 3, 0, 0, false, 1})>("two_successors");
  all.template play<2, script{{"P!", "O!P", "O"}, 3, 1, 0, false, 1}>("successors_on_both_sides");
  all.template play<2, core(script{{"mpd", "mp"}, 2, 0, 0, false, 1})>("handle_passed_on");
  all.template play<2, script{{"mpd", "P!"}, 2, 0, 0, false, 1}>("thread_after_handle");
}

/// Part of the clients on the ring in which every call asks for help: they fail for most mistakes.
template <class Engine, histories_part Part, class Visit>
void for_each_helped_history(Visit visit) {
  using kind = exchange_kind<side_count::many_to_many, helped(0)>;
  play_many_to_many(exchange_histories<Engine, Part, kind, true, Visit>{"mpmc_0", visit});
}

/// The same on the other rings with several threads on both sides.
template <class Engine, histories_part Part, class Visit>
void for_each_history_of_many(Visit visit) {
  constexpr auto many = side_count::many_to_many;
  const auto of = [&]<class Kind, bool HasCore = true>(const char* name) {
    return exchange_histories<Engine, Part, Kind, HasCore, Visit>{name, visit};
  };
  using numbered = mortal_threads<4>;
  using few_numbers = mortal_threads<1>;
  play_many_to_many(of.template operator()<exchange_kind<many, helped(1)>>("mpmc_1"));
  play_many_to_many(of.template operator()<exchange_kind<many, unhelped()>, false>("mpmc_lock_free"));
  play_one_to_one(of.template operator()<exchange_kind<many, helped(0), std::uint16_t>, false>("mpmc_in_entries"));
  play_many_producers(of.template operator()<exchange_kind<many, helped(0), std::uint16_t>, false>("mpmc_in_entries"));
  play_rows(of.template operator()<exchange_kind<many, helped(0), counted, numbered>>("rows_0"));
  play_rows(of.template operator()<exchange_kind<many, unhelped(), counted, few_numbers>>("rows_and_one_number"));
}

/// The same on rings with one thread on a side.
template <class Engine, histories_part Part, class Visit>
void for_each_history_of_one(Visit visit) {
  constexpr auto to_one = side_count::many_to_one;
  constexpr auto from_one = side_count::one_to_many;
  const auto of = [&]<class Kind, bool HasCore = true>(const char* name) {
    return exchange_histories<Engine, Part, Kind, HasCore, Visit>{name, visit};
  };
  const auto mpsc = [](const auto& all) {
    play_one_to_one(all);
    play_many_producers(all);
    play_third_closer(all);
  };
  const auto mpsc_evicting = [](const auto& all) {
    play_one_to_one(all);
    play_third_closer(all);
    play_evictions(all);
    play_many_evictions(all);
  };
  const auto spmc = [](const auto& all) {
    play_one_to_one(all);
    play_many_consumers(all);
    play_third_closer(all);
    play_evictions(all);
    play_many_readers(all);
  };
  mpsc(of.template operator()<exchange_kind<to_one, helped(0)>>("mpsc_0"));
  mpsc(of.template operator()<exchange_kind<to_one, jointly(helped(0))>, false>("mpsc_joint_0"));
  mpsc_evicting(of.template operator()<exchange_kind<to_one, evicting(helped(0))>, false>("mpsc_evicts_0"));
  spmc(of.template operator()<exchange_kind<from_one, helped(0)>>("spmc_0"));
  spmc(of.template operator()<exchange_kind<from_one, helped(1)>>("spmc_1"));
  spmc(of.template operator()<exchange_kind<from_one, jointly(helped(0))>, false>("spmc_joint_0"));
}

}  // namespace tidegate::model
