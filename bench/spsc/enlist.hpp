// enlist.hpp: enters a rival in every regime that its adapter allows. A rival's source file has one line of this.
//
//   const enlisted<my_adapter> mine({.name = "my::queue", .package = "libmyqueue-dev"});
//
// An adapter for one kind of message only is an empty class for the other.
#pragma once

#include <cstddef>

#include "bench/harness/rival.hpp"
#include "bench/harness/round_trip.hpp"
#include "bench/harness/uncontended.hpp"
#include "bench/harness/wait_policy.hpp"
#include "bench/spsc/regimes.hpp"
#include "bench/spsc/smoke.hpp"
#include "bench/spsc/transfer.hpp"
#include "bench/spsc/wake.hpp"

namespace tidegate::bench {

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
    if constexpr (try_rival<word_queue<small_capacity>, word_message>) {
      enter_single<bare_retry>();
      enter_single<one_pause>();
      enter_single<ten_pauses>();
      enter_round_trip<bare_retry>();
      enter_round_trip<one_pause>();
      enter_uncontended<1>();
      enter_uncontended<500>();
    }
    if constexpr (try_rival<line_queue<small_capacity>, line_message>) {
      enter_payload<bare_retry>();
      enter_payload<one_pause>();
      enter_payload<ten_pauses>();
    }
    if constexpr (bulk_rival<word_queue<small_capacity>, word_message>) {
      enter_bulk<small_capacity, 16>();
      enter_bulk<small_capacity, 64>();
      enter_bulk<small_capacity, 256>();
      enter_bulk<large_capacity, 256>();
    }
    if constexpr (blocking_rival<word_queue<small_capacity>, word_message>) {
      enter_blocking<small_capacity>();
      enter_blocking<large_capacity>();
      enter<word_queue<small_capacity>, word_message, small_capacity>(wake_cell(),
                                                                      &measure_queue_wakes<word_queue<small_capacity>>);
    }
  }

 private:
  template <class Queue, class Message, std::size_t Capacity>
  void enter(const cell_info& info, measurement (*run)(const work&)) {
    list_.add(info, {who_, run, &smoke_test<Queue, Message, Capacity>});
  }

  template <class Wait, std::size_t Capacity>
  void enter_single_at() {
    using queue = word_queue<Capacity>;
    enter<queue, word_message, Capacity>(single_cell(Capacity, text_of<Wait>),
                                         &measure_transfer<queue, singly<word_message, Wait>, Capacity>);
  }
  template <class Wait>
  void enter_single() {
    enter_single_at<Wait, small_capacity>();
    enter_single_at<Wait, large_capacity>();
  }
  template <class Wait>
  void enter_payload() {
    using queue = line_queue<small_capacity>;
    enter<queue, line_message, small_capacity>(payload_cell(small_capacity, text_of<Wait>),
                                               &measure_transfer<queue, singly<line_message, Wait>, small_capacity>);
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
