// alone.hpp: what a block ring answers, and what its calls cost, when nobody else is there; and what a close tells.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/model/clients/block_ring/histories.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/ring/block_ring.hpp"

namespace tidegate::model {

/// Looks at the ring, from outside and from both sides, are exact.
template <class Engine>
struct block_looks {
  static constexpr unsigned threads = 1;
  block_ring<lone, block_options{.longest_run = 2}, typename Engine::sync> ring{3, ring_rows{1, 1}};

  void before() {}
  void thread(unsigned) {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    lone out;
    for (unsigned passed = Engine::choose(4); passed != 0; --passed) {
      Engine::check(producer.try_push(lone{}) == push_status::ok, "there is room");
      Engine::check(consumer.try_pop(out) == pop_status::ok, "there is an element");
    }
    for (std::size_t inside = 0; inside <= 3; ++inside) {
      Engine::check(ring.depth_hint() == inside, "the depth is exact when nothing moves");
      Engine::check(producer.push_ready() == (inside != 3), "ready where there is room");
      Engine::check(consumer.pop_ready() == (inside != 0), "ready where there is an element");
      Engine::check(!ring.closed(), "nobody has closed it");
      Engine::check((producer.try_push(lone{}) == push_status::full) == (inside == 3), "there is room for three");
    }
    Engine::check(consumer.try_consume([](lone&&) noexcept {}) == pop_status::ok, "there is an element");
    ring.close();
    Engine::check(ring.closed() && ring.depth_hint() == 2, "closed, with two inside");
  }
  void after() {}
};

/// A run that ends within its lap and its group of places costs neither a look at the hint nor an exchange of it.
template <class Engine>
struct block_raises_hints_seldom {
  static constexpr unsigned threads = 1;
  block_ring<lone, block_options{.longest_run = 1}, typename Engine::sync> ring{4, ring_rows{1, 1}};

  void before() {}
  void thread(unsigned) {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    lone out;
    std::array<unsigned, 4> pushes{};
    std::array<unsigned, 4> pops{};
    for (unsigned& each : pushes) each = steps_of([&] { return producer.try_push(lone{}) == push_status::ok; });
    for (unsigned& each : pops) each = steps_of([&] { return consumer.try_pop(out) == pop_status::ok; });
    const unsigned within = Engine::choose(3);
    constexpr unsigned of_a_hint = 2;
    Engine::check(pops[3] == pops[within] + of_a_hint, "only the last pop of a lap raises the hint");
    Engine::check(pushes[3] == pushes[within] + of_a_hint, "only the last push of a lap raises the hint");
  }
  void after() {}

 private:
  template <class Call>
  [[nodiscard]] static unsigned steps_of(Call&& call) {
    const unsigned before = Engine::steps();
    Engine::check(call(), "it succeeds");
    return Engine::steps() - before;
  }
};

/// Elements of any size keep all their bytes.
template <class Engine, std::size_t Bytes>
struct block_element_keeps_its_bytes {
  static constexpr unsigned threads = 1;
  using element = std::array<std::uint8_t, Bytes>;
  block_ring<element, block_options{.longest_run = 2}, typename Engine::sync> ring{1, ring_rows{1, 1}};

  void before() {}
  void thread(unsigned) {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    const unsigned from = 77 * Engine::choose(3);
    element in{};
    element out{};
    for (std::size_t i = 0; i < Bytes; ++i) in[i] = static_cast<std::uint8_t>(from + i + 1);
    Engine::check(producer.try_push(in) == push_status::ok, "there is room");
    Engine::check(consumer.try_pop(out) == pop_status::ok && out == in, "what was pushed comes out");
  }
  void after() {}
};

/// Whoever is told `closed`, by a push, a pop or the question, sees what the closer did before.
template <class Engine>
struct block_close_tells {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told by a push", "told by a pop", "told by closed()"};
  using ring_type = block_ring<lone, block_options{.longest_run = 2}, typename Engine::sync>;
  ring_type ring{1, ring_rows{1, 1}};
  typename ring_type::producer producer;
  typename ring_type::consumer consumer;
  typename Engine::template variable<int> done{0};

  void before() {
    producer = ring.try_make_producer();
    consumer = ring.try_make_consumer();
  }
  void thread(unsigned index) {
    if (index == 0) {
      done.set(1);
      return ring.close();
    }
    const char* by = told_by(Engine::choose(3));
    if (by == nullptr) return;
    Engine::reached(by);
    Engine::check(done.get() == 1, "it sees what the closer did before");
  }
  void after() {}

 private:
  [[nodiscard]] const char* told_by(unsigned which) {
    lone out;
    if (which == 0) return producer.try_push(lone{}) == push_status::closed ? probes[0] : nullptr;
    if (which == 1) return consumer.try_pop(out) == pop_status::closed ? probes[1] : nullptr;
    return ring.closed() ? probes[2] : nullptr;
  }
};

template <class Engine, class Visit>
void for_each_block_client_alone(Visit visit) {
  visit.template operator()<block_looks<Engine>>("block_alone.looks");
  visit.template operator()<block_raises_hints_seldom<Engine>>("block_alone.hints");
  visit.template operator()<block_element_keeps_its_bytes<Engine, 2>>("block_alone.two_bytes");
  visit.template operator()<block_element_keeps_its_bytes<Engine, 3>>("block_alone.three_bytes");
  visit.template operator()<block_element_keeps_its_bytes<Engine, 12>>("block_alone.twelve_bytes");
  visit.template operator()<block_close_tells<Engine>>("block_alone.close_tells");
}

}  // namespace tidegate::model
