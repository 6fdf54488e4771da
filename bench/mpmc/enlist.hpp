// enlist.hpp: enters a rival in every regime that its adapter allows. A rival's source file has one line of this.
//
//   const enlisted<my_adapter> mine({.name = "my::queue", .package = "libmyqueue-dev", .note = "FIFO; stops"});
//
// The note says what the queue promises: FIFO or an order of each producer only, and whether the others stop while a
// thread is stopped in mid-call. An adapter that cannot carry a kind of message is an empty class for it.
#pragma once

#include <string>

#include "bench/harness/rival.hpp"
#include "bench/harness/round_trip.hpp"
#include "bench/harness/uncontended.hpp"
#include "bench/harness/wait_policy.hpp"
#include "bench/mpmc/looped.hpp"
#include "bench/mpmc/regimes.hpp"
#include "bench/mpmc/smoke.hpp"
#include "bench/mpmc/stall.hpp"
#include "bench/mpmc/transfer.hpp"

namespace tidegate::bench::mpmc {

template <template <class, std::size_t> class Adapter>
class enlisted {
  template <class Message>
  using queue = Adapter<Message, capacity>;
  template <class Message>
  static constexpr bool has_tries = try_rival<queue<Message>, Message>;

 public:
  explicit enlisted(entrant who, registry& list = registry::global()) : who_(std::move(who)), list_(list) {
    if constexpr (has_tries<half_message>) enter_single<half_message>();
    if constexpr (has_tries<word_message>) {
      enter_single<word_message>();
      enter_bulk();
      enter_uncontended<word_message>();
      enter<word_message>(round_trip_cell(text_of<one_pause>), &measure_round_trip<queue<word_message>, one_pause>);
    }
    if constexpr (has_tries<line_message>) {
      enter_single<line_message>();
      enter_uncontended<line_message>();
    }
    if constexpr (blocking_rival<queue<word_message>, word_message>) enter_blocking();
    if constexpr (has_tries<stall_message>) {
      enter_stall(stop_inside::push);
      enter_stall(stop_inside::pop);
    }
  }

 private:
  template <class Message, class Run>
  void enter(const cell_info& info, Run run) {
    list_.add(info, {who_, run, &smoke_test<queue<Message>, Message>});
  }

  template <class Message>
  void enter_single() {
    for (const crew threads : crews) {
      enter_single<Message, pauses_and_yield>(threads);
      enter_single<Message, ten_pauses>(threads);
    }
  }
  template <class Message, class Wait>
  void enter_single(crew threads) {
    enter<Message>(single_cell(message_traits<Message>::name, threads, text_of<Wait>), [threads](const work& todo) {
      return measure_team<queue<Message>, Message, singly<Message, Wait>>(todo, threads);
    });
  }

  void enter_bulk() {
    using own = queue<word_message>;
    if constexpr (bulk_rival<own, word_message>) {
      enter_bulk_as<own>(who_);
    } else {
      entrant looping = who_;
      looping.name += " (loop)";
      looping.note = "no bulk call: a loop of single tries";
      enter_bulk_as<looped<own, word_message>>(looping);
    }
  }
  template <class Queue>
  void enter_bulk_as(const entrant& who) {
    using style = in_bulk<word_message, pauses_and_yield, batch>;
    for (const crew threads : crews) {
      list_.add(bulk_cell(threads, text_of<pauses_and_yield>),
                {who, [threads](const work& todo) { return measure_team<Queue, word_message, style>(todo, threads); },
                 &smoke_test<Queue, word_message>});
    }
  }

  template <class Message>
  void enter_uncontended() {
    enter<Message>(uncontended_cell(message_traits<Message>::name), &measure_uncontended<queue<Message>, Message, 1>);
  }

  void enter_blocking() {
    using own = queue<word_message>;
    for (const crew threads : blocking_crews) {
      enter<word_message>(blocking_cell(threads), [threads](const work& todo) {
        return measure_team<own, word_message, blocking<word_message>>(todo, threads);
      });
    }
  }

  void enter_stall(stop_inside where) {
    enter<stall_message>(stall_cell(where, text_of<pauses_and_yield>), [where](const work& todo) {
      return measure_stall<queue<stall_message>, pauses_and_yield>(todo, where);
    });
  }

  entrant who_;
  registry& list_;
};

}  // namespace tidegate::bench::mpmc
