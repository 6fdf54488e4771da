// many.hpp: clients of mpsc_byte_ring with several producers: who comes first, who stops, and who ends.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/byte_ring/support.hpp"
#include "tests/model/clients/exchange_ring/threads.hpp"

namespace tidegate::model {

/// What each producer put in and what came out: record 10 * producer + 1, 2, 3, ...
template <class Engine, unsigned Producers>
class record_account {
 public:
  [[nodiscard]] unsigned next_of(unsigned producer) const noexcept { return 10 * producer + pushed_[producer] + 1; }
  void push(unsigned producer) noexcept { ++pushed_[producer]; }

  template <class View>
  void operator()(View record) noexcept {
    const auto number = static_cast<unsigned>(record.number());
    const unsigned producer = number / 10;
    Engine::check(producer < Producers, "what comes out was put in");
    if (producer >= Producers) return;
    Engine::check(number % 10 == ++popped_[producer], "records of one producer come out in their order, once");
  }
  /// When all threads have ended.
  void settle() const noexcept { Engine::check(pushed_ == popped_, "every accepted record comes out"); }
  [[nodiscard]] unsigned popped() const noexcept {
    unsigned all = 0;
    for (const unsigned each : popped_) all += each;
    return all;
  }

 private:
  std::array<unsigned, Producers> pushed_{};
  std::array<unsigned, Producers> popped_{};
};

/// Two producers, one of whom may stop for ever anywhere, beside the consumer: nobody else is blocked.
template <class Engine, std::size_t Words, std::size_t BytesOfOne, std::size_t BytesOfOther, unsigned Tries>
struct two_producers {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  static constexpr std::array probes{"full", "a claim in the way"};

  void before() noexcept {
    if (Engine::choose(2) == 0) return;
    static_cast<void>(push_record(ring, 99, 8));
    static_cast<void>(ring.try_consume([](auto) noexcept {}));
  }
  void thread(unsigned index) noexcept {
    if (index == 2) {
      for (unsigned i = 0; i < 2 * Tries; ++i) take();
      const byte_counts counts = ring.counts_hint();
      if (counts.claim_looks != 0) Engine::reached("a claim in the way");
      Engine::check((counts.claim_waits != 0) == (counts.claim_looks != 0), "who looks at a claim waits for it");
      Engine::check(counts.claim_waits <= Tries, "no more claims are waited for than are made");
      return;
    }
    for (unsigned i = 0; i < Tries; ++i) index == 0 ? claim() : push();
  }
  void after() noexcept {
    while (ring.try_consume(all) == pop_status::ok) {
    }
    if constexpr (requires { Engine::frozen(); }) {
      if (Engine::frozen()) return;  // what was claimed before its claim was delivered; the rest waits for it
    }
    all.settle();
    settle_accounts<Engine>(ring);
  }

  void claim() noexcept {
    auto room = ring.try_claim(BytesOfOne);
    if (!room) return Engine::reached("full");
    room.bytes().fill(static_cast<std::uint8_t>(all.next_of(0)));
    room.publish();
    all.push(0);
  }
  void push() noexcept {
    if (push_record(ring, all.next_of(1), BytesOfOther) != push_status::ok) return Engine::reached("full");
    all.push(1);
  }
  void take() noexcept { static_cast<void>(ring.try_consume(all)); }

  record_account<Engine, 2> all;
  typename many_producers::template ring<Engine> ring{8 * Words};
};

/// `full` with rivals: only when the room that is known to be free is not enough for it, wherever tail is.
template <class Engine>
struct full_beside_rivals {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"both", "one"};

  void before() noexcept {}
  /// Room for four words: each takes two, and push_ready() knows it before.
  void thread(unsigned index) noexcept {
    Engine::check(ring.push_ready(8), "push_ready() is false, and there is room");
    accepted[index] = push_record(ring, index, 8) == push_status::ok;
    Engine::check(accepted[index], "`full`, and there is room for both");
    const bool more = push_record(ring, index, 0) == push_status::ok;
    Engine::reached(more ? "one" : "both");
  }
  void after() noexcept { Engine::check(!ring.push_ready(0), "five words of five are taken"); }

  std::array<bool, 2> accepted{};
  typename many_producers::template ring<Engine> ring{8 * 5};
};

/// Room is given back all at once, and a rival fills some of it: who knows its claim knows of the room that it is in.
template <class Engine>
struct never_full_behind_a_rival {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"behind the rival", "before it"};

  void before() noexcept {
    for (unsigned i = 0; i < 4; ++i) static_cast<void>(push_record(ring, 9, 0));
  }
  /// Of five words four are taken: the rival's record needs three, padding included, and the other one fits always.
  void thread(unsigned index) noexcept {
    if (index == 0) static_cast<void>(ring.try_consume_n(4, [](auto) noexcept {}));
    if (index == 1) static_cast<void>(push_record(ring, 1, 8));
    if (index == 2) {
      Engine::check(ring.push_ready(0), "push_ready() is false, and there was room all the time");
      Engine::check(push_record(ring, 2, 0) == push_status::ok, "`full`, and there was room all the time");
    }
  }
  void after() noexcept {
    std::array<std::size_t, 6> sizes{};
    std::size_t count = 0;
    while (ring.try_consume([&](auto record) noexcept { sizes[count++] = record.size(); }) == pop_status::ok) {
    }
    const bool is_behind = count > 1 && sizes[count - 2] == 8;
    Engine::reached(is_behind ? "behind the rival" : "before it");
    Engine::check(count > 0, "what was accepted comes out");
  }

  typename many_producers::template ring<Engine> ring{8 * 5};
};

/// Room that the consumer gives back is seen by both producers, one of whom may know it from the other.
template <class Engine>
struct room_by_way_of_another {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"both got it", "one got it"};

  void before() noexcept {
    for (unsigned i = 0; i < 2; ++i) static_cast<void>(push_record(ring, 99, 8));
  }
  void thread(unsigned index) noexcept {
    if (index == 2) {
      static_cast<void>(ring.try_consume_n(2, [](auto record) noexcept { static_cast<void>(record.number()); }));
      return;
    }
    if (push_record(ring, index + 1, 8) == push_status::ok) accepted[index] = true;
  }
  void after() noexcept {
    const unsigned got = accepted[0] + accepted[1];
    if (got == 2) Engine::reached("both got it");
    if (got == 1) Engine::reached("one got it");
    unsigned seen = 0;
    while (ring.try_consume([&](auto record) noexcept { seen += record.number() != 99; }) == pop_status::ok) {
    }
    Engine::check(seen == got, "every accepted record comes out");
    settle_accounts<Engine>(ring);
  }

  std::array<bool, 2> accepted{};
  typename many_producers::template ring<Engine> ring{8 * 4};
};

/// A producer's thread ends with its claim open, or just after it has finished it: the consumer goes on either way, and
/// loses nothing that was published.
template <class Engine>
struct claimant_ends {
  using sync = mortal<typename Engine::sync, 4>;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"left open", "published", "abandoned", "recovered by the consumer"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 0) end_with_a_claim();
    if (index == 1 && push_record(ring, 2, 8) == push_status::ok) ++pushed;
    if (index == 2) {
      for (unsigned i = 0; i < 2; ++i) take();
      if (ring.counts_hint().recovered != 0) Engine::reached("recovered by the consumer");
    }
  }
  void after() noexcept {
    Engine::check(fate != 2 || ring.pop_ready() || pushed == seen, "what is behind a claim of the dead is ready");
    take();
    take();
    Engine::check(seen == pushed + (fate == 1), "everything published comes out, and nothing else");
    Engine::check(ring.counts_hint().recovered == (fate == 0 ? 1 : 0), "the claim of the dead is accounted for");
    settle_accounts<Engine>(ring);
  }

  void end_with_a_claim() noexcept {
    auto room = ring.try_claim(8);
    Engine::check(static_cast<bool>(room), "there is room");
    room.bytes().fill(1);
    fate = Engine::choose(3);
    Engine::reached(probes[fate]);
    if (fate == 1) room.publish();
    if (fate == 2) room.abandon();
    // left open for ever: moved to where no destructor runs
    if (fate == 0) ::new (static_cast<void*>(grave.data())) auto(std::move(room));
    sync::end_thread();
  }
  void take() noexcept {
    static_cast<void>(ring.try_consume([this](auto record) noexcept {
      Engine::check(record.number() == 1 || record.number() == 2, "a record is complete");
      ++seen;
    }));
  }

  unsigned fate = 0;
  unsigned pushed = 0;
  unsigned seen = 0;
  alignas(8) std::array<std::byte, 128> grave;
  mortal_threads<4>::population<typename Engine::sync> all;
  many_producers::ring_with<sync> ring{8 * 5};
};

/// A claim is finished behind its thread's end: too late, and nobody notices, wherever its words are by then.
template <class Engine>
struct finished_too_late {
  using sync = mortal<typename Engine::sync, 4>;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"recovered before", "recovered by the consumer"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 0) {
      auto room = ring.try_claim(0);
      room_was = static_cast<bool>(room);
      sync::end_thread();
      if (ring.counts_hint().recovered != 0) Engine::reached("recovered before");
      if (room_was && Engine::choose(2) == 0) room.publish();
    }
    if (index == 1) push();
    if (index == 2) {
      for (unsigned i = 0; i < 2; ++i) take();
      if (ring.counts_hint().recovered != 0) Engine::reached("recovered by the consumer");
      push();  // round, and over the claim
    }
  }
  void after() noexcept {
    take();
    take();
    Engine::check(seen == pushed, "everything published comes out, and nothing else");
    Engine::check(ring.counts_hint().recovered == (room_was ? 1 : 0), "the claim is accounted for");
    settle_accounts<Engine>(ring);
  }

  void push() noexcept {
    if (push_record(ring, 2, 8) == push_status::ok) ++pushed;
  }
  void take() noexcept {
    static_cast<void>(ring.try_consume([this](auto record) noexcept {
      Engine::check(record.number() == 2, "a record is complete");
      ++seen;
    }));
  }

  bool room_was = false;
  unsigned pushed = 0;
  unsigned seen = 0;
  mortal_threads<4>::population<typename Engine::sync> all;
  many_producers::ring_with<sync> ring{8 * 3};
};

}  // namespace tidegate::model
