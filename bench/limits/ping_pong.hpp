// ping_pong.hpp: what the hardware needs to carry one word to another core and an answer back. Raw code, no queue.
//
// One line: both sides write the same cache line. Two lines: one for each direction, which is what any queue with
// separate producer and consumer state does at best.
#pragma once

#include <atomic>
#include <cstdint>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// Two cache lines wide, so that the neighbour that some cores fetch along never belongs to somebody else.
struct alignas(128) lone_word {
  std::atomic<std::uint64_t> value{0};
};

/// Trip `k` is request 2k+1 and answer 2k+2 in the same word.
struct one_line_court {
  lone_word word;

  void ask(std::uint64_t trip) noexcept {
    word.value.store(2 * trip + 1, order::release);                    // [volley] pairs with the acquire in answer()
    while (word.value.load(order::acquire) != 2 * trip + 2) continue;  // [volley] pairs with the release in answer()
  }
  void answer(std::uint64_t trip) noexcept {
    while (word.value.load(order::acquire) != 2 * trip + 1) continue;  // [volley] pairs with the release in ask()
    word.value.store(2 * trip + 2, order::release);                    // [volley] pairs with the acquire in ask()
  }
};

/// Trip `k` is request k+1 in one word and answer k+1 in the other.
struct two_line_court {
  lone_word request;
  lone_word reply;

  void ask(std::uint64_t trip) noexcept {
    request.value.store(trip + 1, order::release);                  // [volley] pairs with the acquire in answer()
    while (reply.value.load(order::acquire) != trip + 1) continue;  // [volley] pairs with the release in answer()
  }
  void answer(std::uint64_t trip) noexcept {
    while (request.value.load(order::acquire) != trip + 1) continue;  // [volley] pairs with the release in ask()
    reply.value.store(trip + 1, order::release);                      // [volley] pairs with the acquire in ask()
  }
};

}  // namespace tidegate::bench
