// enlist.hpp: enters a rival in every regime that its adapter allows. A rival's source file has one line of this.
//
//   const enlisted<my_adapter> mine({.name = "my::queue", .package = "libmyqueue-dev", .note = "FIFO; stops"});
//
// The note says what the queue promises: FIFO or an order of each producer only, and whether the others stop while a
// thread is stopped in mid-call. An adapter that cannot carry a kind of message is an empty class for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "bench/harness/idle.hpp"
#include "bench/harness/memory_use.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/round_trip.hpp"
#include "bench/harness/saturation.hpp"
#include "bench/harness/shared_cells.hpp"
#include "bench/harness/uncontended.hpp"
#include "bench/harness/wait_policy.hpp"
#include "bench/harness/wake.hpp"
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
    if constexpr (has_tries<half_message>) enter_single<half_message, pauses_and_yield>(crews);
    if constexpr (has_tries<word_message>) enter_word_tries();
    if constexpr (has_tries<line_message>) {
      enter_single<line_message, pauses_and_yield>(crews);
      enter_uncontended<line_message>();
      enter_memory<line_message>();
    }
    if constexpr (has_tries<block_message>) enter_single<block_message, pauses_and_yield>(few_crews);
    if constexpr (blocking_rival<queue<word_message>, word_message>) enter_blocking_calls();
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

  void enter_word_tries() {
    enter_single<word_message, pauses_and_yield>(map_crews);
    enter_single<word_message, ten_pauses>(crews);
    enter_capacity<tiny_capacity>();
    enter_capacity<large_capacity>();
    enter_bulk();
    enter_uncontended<word_message>();
    enter<word_message>(round_trip_cell(text_of<one_pause>), &measure_round_trip<queue<word_message>, one_pause>);
    enter_saturation<by_trying<pauses_and_yield>>(text_of<pauses_and_yield>);
    enter_memory<word_message>();
  }

  template <class Message, class Wait>
  void enter_single(std::span<const crew> all) {
    for (const crew threads : all) {
      enter<Message>(single_cell(message_traits<Message>::name, threads, text_of<Wait>), [threads](const work& todo) {
        return measure_team<queue<Message>, Message, singly<Message, Wait>, capacity>(todo, threads);
      });
    }
  }

  template <std::size_t Slots>
  void enter_capacity() {
    using sized = Adapter<word_message, Slots>;
    using style = singly<word_message, pauses_and_yield>;
    for (const crew threads : few_crews) {
      list_.add(
          capacity_cell(Slots, threads, text_of<pauses_and_yield>),
          {who_, [threads](const work& todo) { return measure_team<sized, word_message, style, Slots>(todo, threads); },
           &smoke_test<sized, word_message, Slots>});
    }
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
    enter_batches<Queue, 8>(who, few_crews);
    enter_batches<Queue, 32>(who, crews);
    enter_batches<Queue, 256>(who, few_crews);
  }
  template <class Queue, std::size_t Batch>
  void enter_batches(const entrant& who, std::span<const crew> all) {
    using style = in_bulk<word_message, pauses_and_yield, Batch>;
    constexpr std::size_t unit = std::max(Batch, chunk_unit);
    for (const crew threads : all) {
      list_.add(bulk_cell(Batch, threads, text_of<pauses_and_yield>),
                {who,
                 [threads](const work& todo) {
                   return measure_team<Queue, word_message, style, capacity, unit>(todo, threads);
                 },
                 &smoke_test<Queue, word_message>});
    }
  }

  template <class Message>
  void enter_uncontended() {
    enter<Message>(uncontended_cell(message_traits<Message>::name), &measure_uncontended<queue<Message>, Message, 1>);
  }

  void enter_blocking_calls() {
    using own = queue<word_message>;
    for (const crew threads : blocking_crews) {
      enter<word_message>(blocking_cell(threads), [threads](const work& todo) {
        return measure_team<own, word_message, blocking<word_message>, capacity>(todo, threads);
      });
    }
    enter<word_message>(wake_cell(), &measure_queue_wakes<own>);
    enter<word_message>(idle_cell(), [](const work& todo) { return measure_idle<own>(todo, idle_consumers); });
    enter_saturation<by_blocking_calls>(own_waiting);
  }

  template <class Calls>
  void enter_saturation(wait_text wait) {
    using own = queue<word_message>;
    for (const unsigned producers : saturating_producers) {
      enter<word_message>(saturation_cell(producers, wait),
                          [producers](const work& todo) { return measure_saturation<own, Calls>(todo, producers); });
    }
  }

  template <class Message>
  void enter_memory() {
    if constexpr (!hides_memory<queue<Message>>()) {
      enter<Message>(memory_cell(message_traits<Message>::name), &measure_memory<queue<Message>, Message, capacity>);
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
