// broadcast_queue_many.hpp: clients of broadcast_queue with several publishers, in gate mode: no publisher sleeps past
// room, and none is forgotten when others take it first.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "tests/model/clients/broadcast_queue.hpp"

namespace tidegate::model {

struct parking_many {
  static constexpr queue_options options{.wait = wait_kind::park,
                                         .stats = stats_kind::off,
                                         .broadcast = {.publishers = publisher_count::many, .check_roles = false}};
  template <class Engine>
  using queue = broadcast_queue<counted, options, typename Engine::sync>;

  [[nodiscard]] static queue_config config(std::size_t capacity) {
    queue_config made;
    made.capacity = capacity;
    made.rows = {.producers = 2, .consumers = 2};
    made.offer_for = std::chrono::microseconds(500);
    return made;
  }
};

/// A queue with two publishers and a reader, `Capacity` elements behind.
template <class Engine, std::size_t Capacity>
struct many_and_full {
  using queue_type = typename parking_many::template queue<Engine>;
  all_destroyed<Engine> first;
  queue_type queue{parking_many::config(Capacity)};
  std::optional<typename queue_type::reader> reader{queue.make_reader()};
  std::array<typename queue_type::publisher, 2> publishers{queue.make_publisher(), queue.make_publisher()};

  void fill() {
    for (unsigned i = 1; i <= Capacity; ++i) {
      Engine::check(publishers[0].try_push(counted{static_cast<int>(i)}) == push_status::ok, "there is room");
    }
  }
};

/// Two publishers and a reader wait for each other.
template <class Engine>
struct many_wait_for_a_reader : many_and_full<Engine, 1> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  unsigned sum = 0;

  void before() {}
  void thread(unsigned index) {
    if (index < 2) {
      const push_status status = this->publishers[index].push(counted{static_cast<int>(index + 1)});
      return Engine::check(status == push_status::ok, "a push without limit ends with ok");
    }
    for (unsigned i = 0; i < 2; ++i) {
      unsigned value = 0;
      Engine::check(wait_for<Engine>(*this->reader, value) == pop_status::ok, "both elements come");
      sum += value;
    }
  }
  void after() { Engine::check(sum == 3, "each element comes once"); }
};

/// A reader that leaves makes room for as many publishers as there are places, and all of them go on.
template <class Engine>
struct reader_leaves_for_all : many_and_full<Engine, 2> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;

  void before() { this->fill(); }
  void thread(unsigned index) {
    if (index == 2) return this->reader.reset();
    Engine::check(this->publishers[index].push(counted{7}) == push_status::ok, "room comes for both");
  }
  void after() {}
};

/// A close ends the waits of all publishers, and the reader still gets what was accepted.
template <class Engine>
struct close_ends_all_pushes : many_and_full<Engine, 1> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;

  void before() { this->fill(); }
  void thread(unsigned index) {
    if (index == 2) return this->queue.close();
    counted element{7};
    Engine::check(this->publishers[index].push(std::move(element)) == push_status::closed, "nobody makes room");
    Engine::check(is_whole(element), "what was not accepted is untouched");
  }
  void after() {
    unsigned value = 0;
    Engine::check(wait_for<Engine>(*this->reader, value) == pop_status::ok && value == 1, "it was accepted");
    Engine::check(wait_for<Engine>(*this->reader, value) == pop_status::closed, "then the queue has ended");
  }
};

/// One publisher is asked to stop when the room comes that both wait for; the other one gets it then.
template <class Engine>
struct room_is_not_lost_with_who_leaves : many_and_full<Engine, 1> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"cancelled", "room for both"};
  std::stop_source source;

  void before() { this->fill(); }
  void thread(unsigned index) {
    if (index == 0) {
      const push_status status = this->publishers[0].push(counted{7}, source.get_token());
      Engine::check(status == push_status::ok || status == push_status::cancelled, "nothing else ends it");
      return Engine::reached(status == push_status::ok ? "room for both" : "cancelled");
    }
    if (index == 1) return Engine::check(this->publishers[1].push(counted{8}) == push_status::ok, "room comes");
    static_cast<void>(this->reader->try_consume([](const counted&) noexcept {}));
    source.request_stop();
    this->reader.reset();
  }
  void after() {}
};

/// Calls `visit.operator()<Client>(name)` for every client of broadcast_queue with several publishers.
template <class Engine, class Visit>
void for_each_broadcast_queue_many_client(const std::string& fences, Visit visit) {
  const std::string many = "broadcast_queue_many" + fences;
  visit.template operator()<many_wait_for_a_reader<Engine>>(many + ".all_wait");
  visit.template operator()<reader_leaves_for_all<Engine>>(many + ".reader_leaves_for_all");
  visit.template operator()<close_ends_all_pushes<Engine>>(many + ".close_ends_pushes");
  visit.template operator()<room_is_not_lost_with_who_leaves<Engine>>(many + ".room_is_not_lost");
}

}  // namespace tidegate::model
