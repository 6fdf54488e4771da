// sink_driver.hpp: clients of the drivers' parking: who waits for its sink hears of what comes to its queue, whatever
// the sink does in between, and beside a producer that is stopped for ever.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>

#include "tests/model/clients/wait_any.hpp"
#include "tidegate/io/sink_driver.hpp"

namespace tidegate::model {

/// A queue of things that are all alike.
template <class Engine>
struct queue_of_things : place_of_things<Engine> {
  using value_type = char;

  template <class Use>
  pop_status try_consume(Use&& use) noexcept {
    if (!this->all.take()) return pop_status::empty;
    use('x');
    return pop_status::ok;
  }
  [[nodiscard]] auto pop_source() noexcept { return this->source(); }
};

/// A sink that always has something under way. Its waits sleep until the bell rings; some of them end before, because
/// there is progress.
template <class Sync>
struct sink_under_way {
  explicit sink_under_way(typename Sync::bell& heard) noexcept : doorbell(heard) {}

  sink_status write(std::span<const std::byte>) noexcept {
    ++taken;
    return sink_status::ok;
  }
  sink_status write_run(std::span<const std::byte>, std::span<const std::uint32_t>) noexcept {
    return sink_status::failed;
  }
  [[nodiscard]] bool writable() const noexcept { return true; }
  [[nodiscard]] sink_credits credits() const noexcept { return {100, 100}; }
  void cork() noexcept {}
  std::size_t pump() noexcept { return 0; }
  wait_status wait_progress(deadline) noexcept {
    if (progress != 0) {
      --progress;
      return wait_status::ok;
    }
    doorbell.await();
    return wait_status::interrupted;
  }
  wait_status drain(deadline until) noexcept { return wait_progress(until); }
  close_report close(deadline, const undelivered_callback&) { return {}; }
  [[nodiscard]] std::error_code error() const noexcept { return {}; }
  [[nodiscard]] sink_position position() const noexcept { return {{.accepted = 1}, {.accepted = 1}}; }
  [[nodiscard]] sink_config config() const noexcept { return {.wake_fd = 0}; }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return 0; }

  typename Sync::bell& doorbell;
  int taken = 0;
  int progress = 0;
};

/// A driver between them.
template <class Engine>
struct driven {
  using sync = typename Engine::sync;
  event_count<sync> common;
  queue_of_things<Engine> queue;

  void before() { sync::template the_common<event_count<sync>> = &common; }
  void run(int most, int progress) {
    sink_under_way<sync> out(queue.event.bell());
    out.progress = progress;
    sink_driver drive(queue, out);
    while (out.taken < most) {
      const drive_status status = drive.run_once(deadline::never());
      Engine::check(status <= drive_status::idle, "the sink lives, and nobody asks to stop");
    }
    if (drive.stats().wakes != 0) Engine::reached("slept, and was woken");
    if (drive.stats().parks == 0) Engine::reached("found all when it came");
  }
};

/// It takes all that comes.
template <class Engine, int Progress>
struct driver_hears_all : driven<Engine> {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"slept, and was woken", "found all when it came"};
  void thread(unsigned index) {
    if (index == 0) return this->run(2, Progress);
    for (int i = 0; i < 2; ++i) this->queue.put();
  }
  void after() { Engine::check(!this->queue.all.take(), "each thing is taken once"); }
};

/// Who pushes is stopped for ever, perhaps before it has rung: the next push is heard, and taken.
template <class Engine>
struct driver_hears_beside_a_frozen_one : driven<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b010;
  void thread(unsigned index) {
    if (index == 0) return this->run(1, 0);
    this->queue.put();
  }
  void after() {}
};

template <class Engine, class Visit>
void for_each_sink_driver_client(const std::string& kind, Visit visit) {
  visit.template operator()<driver_hears_all<Engine, 0>>(kind + ".driver_hears_all");
  visit.template operator()<driver_hears_all<Engine, 1>>(kind + ".driver_hears_all_beside_progress");
  visit.template operator()<driver_hears_beside_a_frozen_one<Engine>>(kind + ".driver_hears_beside_a_frozen_one");
}

}  // namespace tidegate::model
