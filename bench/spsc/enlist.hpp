// enlist.hpp: enters a rival in every regime that its adapter allows. A rival's source file has one line of this.
//
//   const enlisted<my_adapter> mine({.name = "my::queue", .package = "libmyqueue-dev"});
//
// An adapter for one kind of message only is an empty class for the other.
#pragma once

#include <cstddef>

#include "bench/harness/idle.hpp"
#include "bench/harness/memory_use.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/round_trip.hpp"
#include "bench/harness/saturation.hpp"
#include "bench/harness/shared_cells.hpp"
#include "bench/harness/uncontended.hpp"
#include "bench/harness/wait_policy.hpp"
#include "bench/harness/wake.hpp"
#include "bench/spsc/regimes.hpp"
#include "bench/spsc/smoke.hpp"
#include "bench/spsc/transfer.hpp"

namespace tidegate::bench {

inline constexpr std::size_t tiny_capacity = 64;
inline constexpr std::size_t small_capacity = 1024;
inline constexpr std::size_t large_capacity = 65536;

template <template <class, std::size_t> class Adapter>
class enlisted {
  template <std::size_t Capacity>
  using word_queue = Adapter<word_message, Capacity>;
  template <std::size_t Capacity>
  using line_queue = Adapter<line_message, Capacity>;

 public:
  explicit enlisted(entrant who, registry& list = registry::global()) : who_(std::move(who)), list_(list) {
    if constexpr (try_rival<word_queue<small_capacity>, word_message>) enter_tries();
    if constexpr (try_rival<line_queue<small_capacity>, line_message>) {
      enter_payload<line_message, bare_retry>();
      enter_payload<line_message, one_pause>();
      enter_payload<line_message, ten_pauses>();
      enter_memory<line_message>();
    }
    if constexpr (try_rival<Adapter<block_message, small_capacity>, block_message>) {
      enter_payload<block_message, one_pause>();
    }
    if constexpr (bulk_rival<word_queue<small_capacity>, word_message>) {
      enter_bulk<small_capacity, 8>();
      enter_bulk<small_capacity, 32>();
      enter_bulk<small_capacity, 256>();
      enter_bulk<large_capacity, 256>();
    }
    if constexpr (blocking_rival<word_queue<small_capacity>, word_message>) enter_blocking_calls();
  }

 private:
  template <class Queue, class Message, std::size_t Capacity>
  void enter(const cell_info& info, measurement (*run)(const work&)) {
    list_.add(info, {who_, run, &smoke_test<Queue, Message, Capacity>});
  }

  void enter_tries() {
    enter_single<small_capacity, bare_retry>();
    enter_single<small_capacity, one_pause>();
    enter_single<small_capacity, ten_pauses>();
    enter_single<tiny_capacity, one_pause>();
    enter_single<large_capacity, bare_retry>();
    enter_single<large_capacity, one_pause>();
    enter_round_trip<bare_retry>();
    enter_round_trip<one_pause>();
    enter_uncontended<1>();
    enter_uncontended<500>();
    enter_saturation<by_trying<one_pause>>(text_of<one_pause>);
    enter_memory<word_message>();
  }
  void enter_blocking_calls() {
    using queue = word_queue<small_capacity>;
    enter_blocking<small_capacity>();
    enter_blocking<large_capacity>();
    enter<queue, word_message, small_capacity>(wake_cell(), &measure_queue_wakes<queue>);
    enter<queue, word_message, small_capacity>(idle_cell(),
                                               [](const work& todo) { return measure_idle<queue>(todo, 1); });
    enter_saturation<by_blocking_calls>(own_waiting);
  }

  template <std::size_t Capacity, class Wait>
  void enter_single() {
    using queue = word_queue<Capacity>;
    enter<queue, word_message, Capacity>(single_cell(Capacity, text_of<Wait>),
                                         &measure_transfer<queue, singly<word_message, Wait>, Capacity>);
  }
  template <class Message, class Wait>
  void enter_payload() {
    using queue = Adapter<Message, small_capacity>;
    enter<queue, Message, small_capacity>(payload_cell(message_traits<Message>::name, small_capacity, text_of<Wait>),
                                          &measure_transfer<queue, singly<Message, Wait>, small_capacity>);
  }
  template <class Calls>
  void enter_saturation(wait_text wait) {
    using queue = word_queue<small_capacity>;
    enter<queue, word_message, small_capacity>(
        saturation_cell(wait), [](const work& todo) { return measure_saturation<queue, Calls>(todo, 1); });
  }
  template <class Message>
  void enter_memory() {
    using queue = Adapter<Message, small_capacity>;
    if constexpr (!hides_memory<queue>()) {
      enter<queue, Message, small_capacity>(memory_cell(message_traits<Message>::name, small_capacity),
                                            &measure_memory<queue, Message, small_capacity>);
    }
  }
  template <class Wait>
  void enter_round_trip() {
    using queue = word_queue<small_capacity>;
    enter<queue, word_message, small_capacity>(round_trip_cell(text_of<Wait>), &measure_round_trip<queue, Wait>);
  }
  template <std::size_t Burst>
  void enter_uncontended() {
    using queue = word_queue<small_capacity>;
    enter<queue, word_message, small_capacity>(uncontended_cell(Burst),
                                               &measure_uncontended<queue, word_message, Burst>);
  }
  template <std::size_t Capacity, std::size_t Batch>
  void enter_bulk() {
    using queue = word_queue<Capacity>;
    enter<queue, word_message, Capacity>(
        bulk_cell(Capacity, Batch), &measure_transfer<queue, in_bulk<word_message, one_pause, Batch>, Capacity, Batch>);
  }
  template <std::size_t Capacity>
  void enter_blocking() {
    using queue = word_queue<Capacity>;
    enter<queue, word_message, Capacity>(blocking_cell(Capacity),
                                         &measure_transfer<queue, blocking<word_message>, Capacity>);
  }

  entrant who_;
  registry& list_;
};

}  // namespace tidegate::bench
