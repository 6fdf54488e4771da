// support.hpp: what the clients of rendezvous share: its kinds, and who has received what.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tests/model/clients/elements.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/rendezvous.hpp"

namespace tidegate::model {

template <unsigned Producers, unsigned Consumers, wait_kind Wait = wait_kind::park>
struct meeting_kind {
  static constexpr rendezvous_options options{
      .producers = Producers, .consumers = Consumers, .wait = Wait, .stats = stats_kind::off};
  template <class Engine>
  using place = rendezvous<counted, options, typename Engine::sync>;
  [[nodiscard]] static rendezvous_config config() { return {.budget = {.spins = 1, .yields = 1}}; }
};

/// Every element is received once, by a call that overlaps the one that has pushed it.
template <class Engine>
class receipts {
 public:
  static constexpr unsigned most = 8;

  template <class Call>
  push_status push(unsigned value, Call&& call) {
    entry& mine = sent_[value];
    mine.began = Engine::happened();
    counted given(static_cast<int>(value));
    const push_status status = call(std::move(given));
    mine.is_done = status == push_status::ok;
    mine.ended = Engine::happened().of[mine.thread = Engine::thread()];
    if (!mine.is_done) Engine::check(number_in(given) == value, "what is not received keeps its value");
    return status;
  }
  template <class Call>
  pop_status pop(Call&& call) {
    const vector_clock began = Engine::happened();
    counted out(0);
    const pop_status status = call(out);
    if (status != pop_status::ok) return status;
    const unsigned value = number_in(out);
    Engine::check(value > 0 && value < most && !received_[value].is_done, "an element is received once, as it was");
    received_[value] = {began, Engine::happened().of[Engine::thread()], Engine::thread(), true};
    return status;
  }
  [[nodiscard]] bool has_received(unsigned value) const noexcept { return received_[value].is_done; }

  /// When all have ended.
  void judge() {
    for (unsigned value = 0; value < most; ++value) {
      const entry& push = sent_[value];
      const entry& pop = received_[value];
      Engine::check(push.is_done == pop.is_done, "a push succeeds if and only if its element is received");
      if (!push.is_done) continue;
      Engine::check(push.ended > pop.began.of[push.thread], "the push had ended before the pop began");
      Engine::check(pop.ended > push.began.of[pop.thread], "the pop had ended before the push began");
    }
  }

 private:
  struct entry {
    vector_clock began;
    tick ended = 0;
    unsigned thread = 0;
    bool is_done = false;
  };
  std::array<entry, most> sent_{};
  std::array<entry, most> received_{};
};

}  // namespace tidegate::model
