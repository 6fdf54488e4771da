// bell_word.hpp: clients of bell_word: who rings wakes the parked owner, once; what was done before is seen.
//
// The message from ring to ring is a number that is counted up and slept on. It is relaxed, so that only the word
// orders what was done before a ring.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "src/io/bell_word.hpp"
#include "tests/model/explorer/engine.hpp"

namespace tidegate::model {

template <class Engine>
struct belled {
  using sync = typename Engine::sync;

  void ring() {
    if (!word.ring()) return;
    mail.fetch_add(1, order::relaxed);
    (void)sync::futex_wake(mail, 1);
  }

  /// Sleeps until a message has come that was not heard before.
  void sleep() {
    std::uint64_t now = mail.load(order::relaxed);
    while (now == heard) {
      sync::futex_wait(mail, static_cast<std::uint32_t>(heard), deadline::never());
      now = mail.load(order::relaxed);
    }
    heard = now;
  }

  ::tidegate::detail::bell_word<sync> word;
  typename sync::template atomic<std::uint64_t> mail{0};
  std::uint64_t heard = 0;  // the owner's
};

/// One ring, one owner that parks before or behind it.
template <class Engine>
struct ring_is_heard : belled<Engine> {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"the owner slept", "the ring was there before it parked"};
  typename Engine::template variable<int> message{0};

  void before() {}
  void thread(unsigned index) {
    if (index == 1) {
      message.set(7);
      this->ring();
    } else if (this->word.park()) {
      Engine::reached("the owner slept");
      this->sleep();
      Engine::check(this->word.take(), "a message comes of a ring");
      Engine::check(message.get() == 7, "what was done before the ring is seen");
    } else {
      Engine::reached("the ring was there before it parked");
      Engine::check(message.get() == 7, "what was done before the ring is seen");
    }
  }
  void after() { Engine::check(this->mail.load(order::relaxed) <= 1, "one message for one sleep"); }
};

/// Two that ring for a thing each; the owner parks until it has both.
template <class Engine>
struct no_ring_is_lost : belled<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"both rings were taken at once", "it slept twice"};
  typename belled<Engine>::sync::template atomic<int> things{0};
  unsigned parks = 0;   // the owner's
  unsigned sleeps = 0;  // the owner's

  void before() {}
  void thread(unsigned index) {
    if (index > 0) {
      things.fetch_add(1, order::relaxed);
      return this->ring();
    }
    for (int seen = 0; seen < 2;) {
      ++parks;
      if (this->word.park()) {
        if (++sleeps == 2) Engine::reached("it slept twice");
        this->sleep();
        (void)this->word.take();
      }
      const int now = things.load(order::relaxed);  // the ring that was taken orders it
      if (now == seen + 2) Engine::reached("both rings were taken at once");
      seen = now;
    }
  }
  void after() { Engine::check(this->mail.load(order::relaxed) <= parks, "one message for each time it parks"); }
};

template <class Engine, class Visit>
void for_each_bell_word_client(Visit visit) {
  visit.template operator()<ring_is_heard<Engine>>("bell_word.ring_is_heard");
  visit.template operator()<no_ring_is_lost<Engine>>("bell_word.no_ring_is_lost");
}

}  // namespace tidegate::model
