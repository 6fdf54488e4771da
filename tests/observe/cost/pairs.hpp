// pairs.hpp: the body of every script. Each script includes it in a file of its own, so that none is folded into
// another.
#pragma once

#include "tests/observe/cost/scripts.hpp"

namespace tidegate::test {

template <class Queue>
[[gnu::always_inline]] inline bool pairs(Queue& queue) {
  for (std::uint64_t i = 0; i < operations; ++i) {
    if (queue.try_push(i) != push_status::ok) return false;
    std::uint64_t out = 0;
    if (queue.try_pop(out) != pop_status::ok || out != i) return false;
  }
  return true;
}

}  // namespace tidegate::test
