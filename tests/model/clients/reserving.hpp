// reserving.hpp: clients of reserving_queue. Reserved pushes never fail, and the end comes after the last of them.
//
// A part of a script is a string, a character a call:
//   1 2  try_reserve of so many            p  push on the reservation, if there is one: it must succeed
//   D    drop what is left of it           t  try_push
//   w    push that waits; may be closed    r  reserve of one that waits; may be closed
//   c    close                             o  pops until `closed`
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tests/model/clients/shared_queue/support.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/limited_queue.hpp"
#include "tidegate/queue/reserving_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::model {

struct reserving_script {
  std::size_t capacity;
  std::array<char[6], 3> parts;
  unsigned count;
};

template <class Engine, class Queue, reserving_script Script>
struct plays_reservations {
  static constexpr unsigned threads = Script.count;
  static constexpr bool is_large = true;
  using sync = typename Engine::sync;
  using queue_type = reserving_queue<Queue, credit_options{.wait = wait_kind::park, .stats = stats_kind::off}, sync>;

  void before() {
    typename queue_type::reservation_type one = queue.try_reserve(), other = queue.try_reserve();
    Engine::check(
        static_cast<bool>(one) && other.status() == (Script.capacity == 1 ? acquire_status::full : acquire_status::ok),
        "room for so many");
    one = std::move(other);
    auto& same = one;
    one = std::move(same);
    one.release();
    Engine::check(queue.try_reserve_some(9).left() == Script.capacity, "all is free");
    Engine::check(queue.try_reserve(Script.capacity + 1).status() == acquire_status::too_heavy, "and no more");
  }
  void thread(unsigned index) {
    typename queue_type::reservation_type room;
    for (const char call : std::string_view(Script.parts[index])) play(call, index, room);
  }
  void after() {
    queue.rebind_consumer();
    counted out(0);
    pop_status status = queue.try_pop(out);
    for (; status == pop_status::ok; status = queue.try_pop(out)) ++popped[0];
    Engine::check((status == pop_status::closed) == queue.closed(), "all are resolved: closed is the end");
    unsigned in = 0, came = 0;
    for (const unsigned each : pushed) in += each;
    for (const unsigned each : popped) came += each;
    Engine::check(in == came, "what was accepted arrives");
    Engine::check(queue.credits_hint() == Script.capacity && queue.reserved_hint() == 0, "all room came back");
  }

 private:
  void play(char call, unsigned me, typename queue_type::reservation_type& room) {
    switch (call) {
      case '1':
      case '2': room = queue.try_reserve(static_cast<std::size_t>(call - '0')); return;
      case 'r': room = queue.reserve(); return;
      case 'p':
        if (!room) return;
        Engine::check(room.push(counted(1)) == push_status::ok, "what is reserved cannot fail");
        ++pushed[me];
        return;
      case 'D': room.release(); return;
      case 't': pushed[me] += queue.try_push(counted(2)) == push_status::ok ? 1 : 0; return;
      case 'w': pushed[me] += queue.push(counted(3)) == push_status::ok ? 1 : 0; return;
      case 'c': closing.set(1); return queue.close();
      default: pop_all(me);
    }
  }
  void pop_all(unsigned me) {
    counted out(0);
    pop_status status = queue.pop(out);
    for (; status == pop_status::ok; status = queue.pop(out)) ++popped[me];
    Engine::check(status == pop_status::closed && queue.reserved_hint() == 0, "the end, after the last reservation");
    Engine::check(closing.get() == 1, "and after what came before the close");
  }

  static queue_config config() {
    queue_config made = shared_kind<side_count::many_to_one, helped(1)>::config(Script.capacity);
    return made;
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> closing{0};
  std::array<unsigned, 3> pushed{}, popped{};
  queue_type queue{config()};
};

/// Every way to pop gives the room back, and a pop of nothing gives none.
template <class Engine>
struct pops_give_back {
  static constexpr unsigned threads = 1;
  using sync = typename Engine::sync;
  using within = spsc_queue<counted, queue_options{.wait = wait_kind::park, .stats = stats_kind::off}, sync>;

  void before() {}
  void thread(unsigned) {
    reserving_queue<within, credit_options{.wait = wait_kind::park}, sync> queue({.capacity = 3});
    const auto free = [&](std::size_t count) { Engine::check(queue.credits_hint() == count, "so much room"); };
    counted out[3] = {counted(0), counted(0), counted(0)};
    Engine::check(queue.try_pop(out[0]) == pop_status::empty && queue.try_pop_n(out, 3) == 0, "nothing is inside");
    Engine::check(queue.pop_until(out[0], deadline::time_point::min()) == pop_status::timed_out, "nor by a deadline");
    Engine::check(queue.pop_n_until(out, 3, deadline::time_point::min()) == 0, "nor of many");
    Engine::check(queue.try_consume([](counted&&) noexcept {}) == pop_status::empty, "nor in place");
    free(3);
    for (int i = 0; i < 3; ++i) Engine::check(queue.try_push(counted(1)) == push_status::ok, "room");
    free(0);
    Engine::check(queue.try_pop(out[0]) == pop_status::ok, "one");
    free(1);
    Engine::check(queue.pop_until(out[0], deadline::time_point::min()) == pop_status::ok, "two");
    Engine::check(queue.try_consume([](counted&&) noexcept {}) == pop_status::ok, "three");
    free(3);
    for (int i = 0; i < 3; ++i) Engine::check(queue.try_push(counted(1)) == push_status::ok, "room again");
    Engine::check(queue.try_pop_n(out, 2) == 2, "two at once");
    free(2);
    Engine::check(queue.pop_n_until(out, 2, deadline::time_point::min()) == 1, "and what is left");
    free(3);
  }
  void after() {}
};

/// Never more than the budget inside and with who popped it.
template <class Engine, release_on When>
struct the_budget_is_over_all {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  using sync = typename Engine::sync;
  using limiter = basic_capacity_limiter<
      credit_options{.wait = wait_kind::park, .stats = stats_kind::off, .attempts = 1, .check_returns = true}, sync>;
  using element = admitted<int, limiter>;
  using within = spsc_queue<element, queue_options{.wait = wait_kind::park, .stats = stats_kind::off}, sync>;

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(queue.try_push(1, 2) == push_status::too_heavy, "more than there is");
      Engine::check(queue.try_push(1) == push_status::ok, "the budget is free");
      Engine::check(queue.push(2) == push_status::ok, "it comes back");
      return queue.close();
    }
    typename limited_queue<within, When, limiter>::popped_type out{};
    for (int i = 1; i <= 2; ++i) {
      Engine::check(queue.pop(out) == pop_status::ok && value_of(out) == i, "in order");
      out = {};
    }
    Engine::check(queue.pop(out) == pop_status::closed, "the end");
  }
  void after() { Engine::check(budget.free_hint() == 1, "all came back"); }

 private:
  [[nodiscard]] static int value_of(const element& popped) { return popped.value; }
  [[nodiscard]] static int value_of(int popped) { return popped; }

  limiter budget{1};
  limited_queue<within, When, limiter> queue{{.capacity = 2}, budget};
};

template <class Engine, class Visit>
void for_each_reserving_client(Visit&& visit) {
  using sync = typename Engine::sync;
  constexpr queue_options options{.wait = wait_kind::park, .stats = stats_kind::off, .exchange = helped(1)};
  using single = spsc_queue<counted, options, sync>;
  using many = shared_queue<counted, side_count::many_to_one, options, sync>;
  const auto add = [&]<class Queue, reserving_script Script>(const char* name) {
    visit.template operator()<plays_reservations<Engine, Queue, Script>>(std::string("reserving.") + name);
  };
  add.template operator()<single, reserving_script{2, {"2pDc", "o"}, 2}>("used_in_part");
  add.template operator()<single, reserving_script{1, {"1D", "o", "c"}, 3}>("dropped_beside_close");
  add.template operator()<single, reserving_script{1, {"rpt", "o", "c"}, 3}>("used_beside_close");
  add.template operator()<single, reserving_script{1, {"wwc", "o"}, 2}>("waits_for_room");
  add.template operator()<many, reserving_script{2, {"2pDc", "1pt", "o"}, 3}>("of_two");
  add.template operator()<many, reserving_script{1, {"1Dc", "w"}, 2}>("dropped_room_wakes");
  add.template operator()<many, reserving_script{1, {"rp", "rD", "c"}, 3}>("waits_beside_close");
  add.template operator()<single, reserving_script{2, {"11p", "co"}, 2}>("closed_by_the_other");
  visit.template operator()<the_budget_is_over_all<Engine, release_on::done>>("limited.until_done");
  visit.template operator()<the_budget_is_over_all<Engine, release_on::pop>>("limited.until_popped");
  visit.template operator()<pops_give_back<Engine>>("reserving.pops_give_back");
}

}  // namespace tidegate::model
