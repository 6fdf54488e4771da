// support.hpp: what the clients of ticketed_ring share: the ring, the account of every element, forms of push and pop.
//
// A value says who pushed it and as which one of that producer's: 10 * producer + 1, 2, 3, ... Clients try a fixed
// number of times and never wait.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/elements.hpp"
#include "tidegate/ring/ticketed_ring.hpp"

namespace tidegate::model {

/// A kind as the clients of spsc_ring take it: one thread on each side must get what it gets from those rings.
struct ticketed {
  using element = counted;
  template <class Engine>
  using ring = ticketed_ring<counted, ticketed_options{}, typename Engine::sync>;
};

template <class Engine>
using ticketed_ring_of = ticketed::ring<Engine>;

/// What went in and what came out. Each thread writes its own part.
template <class Engine, unsigned Producers, unsigned Consumers>
class account {
 public:
  static constexpr unsigned most_each = 9;

  [[nodiscard]] int next_of(unsigned producer) const noexcept { return value_of(producer, pushed_[producer] + 1); }
  void push(unsigned producer, std::size_t count = 1) noexcept { pushed_[producer] += static_cast<unsigned>(count); }

  /// A consumer sees each producer's elements in their order.
  void pop(unsigned consumer, int value) noexcept {
    const auto producer = static_cast<unsigned>(value / 10);
    const auto number = static_cast<unsigned>(value % 10);
    Engine::check(value > 0 && producer < Producers && number > 0, "what comes out was put in");
    if (value <= 0 || producer >= Producers) return;
    unsigned& last = last_[consumer][producer];
    Engine::check(number > last, "elements of one producer come out in the order of their pushes");
    last = number;
    ++times_[consumer][producer][number];
  }

  [[nodiscard]] unsigned pushed() const noexcept {
    unsigned all = 0;
    for (const unsigned each : pushed_) all += each;
    return all;
  }
  [[nodiscard]] unsigned popped_by(unsigned consumer) const noexcept {
    unsigned all = 0;
    for (const auto& producer : times_[consumer]) {
      for (const unsigned times : producer) all += times;
    }
    return all;
  }
  [[nodiscard]] unsigned popped() const noexcept {
    unsigned all = 0;
    for (unsigned consumer = 0; consumer <= Consumers; ++consumer) all += popped_by(consumer);
    return all;
  }

  /// When all threads have ended: takes out what is left, and everything accepted has come out once.
  template <class Ring>
  void settle(Ring& ring) noexcept {
    Engine::check(ring.depth_hint() == pushed() - popped(), "the depth is exact when all rest");
    last_[Consumers] = {};
    while (ring.try_consume([this](counted&& element) noexcept { pop(Consumers, element.value); }) == pop_status::ok) {
    }
    for (unsigned producer = 0; producer < Producers; ++producer) {
      for (unsigned number = 1; number <= most_each; ++number) {
        unsigned times = 0;
        for (const auto& consumer : times_) times += consumer[producer][number];
        Engine::check(times == (number <= pushed_[producer] ? 1U : 0U), "every accepted element comes out, once");
      }
    }
  }

 private:
  [[nodiscard]] static int value_of(unsigned producer, unsigned number) noexcept {
    return static_cast<int>(10 * producer + number);
  }

  std::array<unsigned, Producers> pushed_{};
  // The last consumer is settle(), which takes what the others left.
  std::array<std::array<unsigned, Producers>, Consumers + 1> last_{};
  std::array<std::array<std::array<unsigned, most_each + 1>, Producers>, Consumers + 1> times_{};
};

/// Tries to push the producer's next element; a refused one is not moved from.
template <class Engine, class Ring, class Account>
push_status push_next(Ring& ring, Account& all, unsigned producer) noexcept {
  counted element{all.next_of(producer)};
  const push_status status = ring.try_push(std::move(element));
  if (status == push_status::ok) {
    all.push(producer);
  } else {
    Engine::check(element.value == all.next_of(producer), "a refused push leaves its argument alone");
  }
  return status;
}

/// Tries to push the producer's next two elements by one call; returns how many went in.
template <class Engine, class Ring, class Account>
std::size_t push_two(Ring& ring, Account& all, unsigned producer) noexcept {
  const int next = all.next_of(producer);
  std::array<counted, 2> pair{counted{next}, counted{next + 1}};
  const std::size_t count = ring.try_push_n(pair.data(), pair.size());
  for (std::size_t i = 0; i < pair.size(); ++i) {
    Engine::check((pair[i].value == counted::moved_out) == (i < count), "exactly what was accepted is moved from");
  }
  all.push(producer, count);
  return count;
}

template <class Engine, class Ring, class Account>
pop_status pop_next(Ring& ring, Account& all, unsigned consumer) noexcept {
  counted out{0};
  const pop_status status = ring.try_pop(out);
  Engine::check((out.value != 0) == (status == pop_status::ok), "only `ok` delivers an element");
  if (status == pop_status::ok) all.pop(consumer, out.value);
  return status;
}

/// Tries to pop two elements by one call; returns how many came out.
template <class Engine, class Ring, class Account>
std::size_t pop_two(Ring& ring, Account& all, unsigned consumer) noexcept {
  std::array<counted, 2> pair{counted{0}, counted{0}};
  const std::size_t count = ring.try_pop_n(pair.data(), pair.size());
  for (std::size_t i = 0; i < count; ++i) all.pop(consumer, pair[i].value);
  return count;
}

/// Pushes and pops `count` elements that no client sees: moves the ring on to another cell.
template <class Ring>
void turn_ticketed(Ring& ring, unsigned count) noexcept {
  for (unsigned i = 0; i < count; ++i) {
    static_cast<void>(ring.try_push(counted{0}));
    static_cast<void>(ring.try_consume([](counted&&) noexcept {}));
  }
}

}  // namespace tidegate::model
