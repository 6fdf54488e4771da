// controls.hpp: what Relacy must report: Lamport's ring with one order weakened at a time, and cells used wrongly.
//
// Were one of these to pass, the engine would show nothing. The same ring with its orders intact must pass.
#pragma once

#include <array>
#include <string>

#include "tests/model/clients/elements.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::model {

struct lamport_orders {
  std::memory_order publish = order::release;  // store of tail: the element is complete
  std::memory_order take = order::acquire;     // load of tail by the consumer
  std::memory_order credit = order::release;   // store of head: the slot is free
  std::memory_order reuse = order::acquire;    // load of head by the producer
};

/// Lamport 1983, as plain as it can be written: what the rings of the library are refinements of.
template <class Sync, lamport_orders Orders>
class lamport_ring {
 public:
  using position = typename Sync::position;

  lamport_ring() = default;
  lamport_ring(const lamport_ring&) = delete;
  lamport_ring& operator=(const lamport_ring&) = delete;
  ~lamport_ring() {
    while (try_take([](small&) noexcept {})) {
    }
  }

  [[nodiscard]] bool try_push(small value) noexcept {
    const position tail = tail_.load(order::relaxed);
    if (distance(head_.load(Orders.reuse), tail) == slots_.size()) return false;
    slots_[tail % slots_.size()].construct(value);
    tail_.store(advanced(tail, 1), Orders.publish);
    return true;
  }

  template <class Use>
  [[nodiscard]] bool try_take(Use&& use) noexcept {
    const position head = head_.load(order::relaxed);
    if (tail_.load(Orders.take) == head) return false;
    auto& slot = slots_[head % slots_.size()];
    use(slot.get());
    slot.destroy();
    head_.store(advanced(head, 1), Orders.credit);
    return true;
  }

 private:
  typename Sync::template atomic<position> tail_{Sync::first_position};
  typename Sync::template atomic<position> head_{Sync::first_position};
  std::array<typename Sync::template cell<small>, 2> slots_;
};

/// Three elements through two slots.
template <class Engine, lamport_orders Orders>
struct lamport_hands_over {
  static constexpr unsigned threads = 2;

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {}

  void produce() noexcept {
    for (int value = 1; value <= 3; ++value) {
      while (!ring.try_push({value})) Engine::pause();
    }
  }
  void consume() noexcept {
    for (int value = 1; value <= 3; ++value) {
      const auto use = [value](small& seen) noexcept { Engine::check(seen.value == value, "out of order"); };
      while (!ring.try_take(use)) Engine::pause();
    }
  }

  lamport_ring<typename Engine::sync, Orders> ring;
};

/// Ways to use a cell wrongly.
enum class misuse { unconstructed, constructed_twice, leaked, destroyed_twice };

template <class Engine, misuse Kind>
struct misuses_a_cell {
  static constexpr unsigned threads = 1;

  void before() noexcept {}
  void thread(unsigned) noexcept {
    if (Kind == misuse::unconstructed) static_cast<void>(slot.get());
    slot.construct(small{1});
    if (Kind == misuse::constructed_twice) slot.construct(small{2});
    if (Kind != misuse::leaked) slot.destroy();
    if (Kind == misuse::destroyed_twice) slot.destroy();
  }
  void after() noexcept {}

  typename Engine::sync::template cell<small> slot;
};

/// Two threads write to a variable.
template <class Engine>
struct races_on_a_variable {
  static constexpr unsigned threads = 2;

  void before() noexcept {}
  void thread(unsigned index) noexcept { note.set(static_cast<int>(index)); }
  void after() noexcept {}

  typename Engine::template variable<int> note;
};

/// An element that is constructed and never destroyed.
template <class Engine>
struct loses_an_element {
  static constexpr unsigned threads = 1;

  void before() noexcept {}
  void thread(unsigned) noexcept { ::new (static_cast<void*>(&memory)) counted(1); }
  void after() noexcept {}

  all_destroyed<Engine> balance;
  alignas(counted) std::array<std::byte, sizeof(counted)> memory;
};

/// Waits for what never comes.
template <class Engine>
struct waits_for_ever {
  static constexpr unsigned threads = 1;

  void before() noexcept {}
  void thread(unsigned) noexcept {
    while (flag.load(order::relaxed) == 0) Engine::pause();
  }
  void after() noexcept {}

  typename Engine::sync::template atomic<int> flag{0};
};

/// Declares a branch that is not there.
template <class Engine>
struct never_gets_there {
  static constexpr unsigned threads = 1;
  static constexpr std::array probes{"elsewhere"};

  void before() noexcept {}
  void thread(unsigned) noexcept {}
  void after() noexcept {}
};

/// Calls `visit.operator()<Client>(name, reason)`: `reason` is what must be reported, empty when nothing may be.
template <class Engine, class Visit>
void for_each_control(Visit visit) {
  constexpr auto relaxed = order::relaxed;
  constexpr auto race = "data race on an element";
  visit.template operator()<lamport_hands_over<Engine, lamport_orders{}>>("lamport", "");
  visit.template operator()<lamport_hands_over<Engine, lamport_orders{.publish = relaxed}>>("publish_relaxed", race);
  visit.template operator()<lamport_hands_over<Engine, lamport_orders{.take = relaxed}>>("take_relaxed", race);
  visit.template operator()<lamport_hands_over<Engine, lamport_orders{.credit = relaxed}>>("credit_relaxed", race);
  visit.template operator()<lamport_hands_over<Engine, lamport_orders{.reuse = relaxed}>>("reuse_relaxed", race);
  visit.template operator()<misuses_a_cell<Engine, misuse::unconstructed>>("unconstructed",
                                                                           "an element is used that does not live");
  visit.template operator()<misuses_a_cell<Engine, misuse::constructed_twice>>(
      "constructed_twice", "an element is constructed where one lives");
  visit.template operator()<misuses_a_cell<Engine, misuse::leaked>>("leaked", "an element is left in its slot");
  visit.template operator()<misuses_a_cell<Engine, misuse::destroyed_twice>>("destroyed_twice",
                                                                             "an element is used that does not live");
  visit.template operator()<races_on_a_variable<Engine>>("races_on_a_variable", "data race on a variable");
  visit.template operator()<loses_an_element<Engine>>("lost", "as many elements are destroyed as constructed");
  visit.template operator()<waits_for_ever<Engine>>("waits_for_ever", "LIVELOCK");
  visit.template operator()<never_gets_there<Engine>>("never_gets_there", "never reached: elsewhere");
}

}  // namespace tidegate::model
