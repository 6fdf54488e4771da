// expect: Hash must not throw
#include <cstddef>

#include "tidegate/queue/fair_queue.hpp"

struct hash_of_length {
#ifdef EXPECT_OK
  std::size_t operator()(unsigned key) const noexcept { return key; }
#else
  std::size_t operator()(unsigned key) const { return key; }
#endif
};

void use(tidegate::fair_queue<unsigned, int, tidegate::fair_options{}, tidegate::one_unit, hash_of_length>& queue) {
  queue.close();
}
