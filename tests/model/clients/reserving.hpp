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

  void before() {}
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
      case 'c': queue.close(); return;
      default: pop_all(me);
    }
  }
  void pop_all(unsigned me) {
    counted out(0);
    pop_status status = queue.pop(out);
    for (; status == pop_status::ok; status = queue.pop(out)) ++popped[me];
    Engine::check(status == pop_status::closed && queue.reserved_hint() == 0, "the end, after the last reservation");
  }

  static queue_config config() {
    queue_config made = shared_kind<side_count::many_to_one, helped(1)>::config(Script.capacity);
    return made;
  }

  all_destroyed<Engine> balance;
  std::array<unsigned, 3> pushed{}, popped{};
  queue_type queue{config()};
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
}

}  // namespace tidegate::model
