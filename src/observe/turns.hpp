// turns.hpp: one thread at a time, the others sleep: for cold paths that share more than atomics can hold.
#pragma once

#include "tidegate/flow/capacity_limiter.hpp"

namespace tidegate::detail {

class turns {
 public:
  /// Waits for the turn; it lasts as long as what is returned. Not to be asked for twice by one thread.
  [[nodiscard]] permit take() noexcept { return one_.acquire(); }

 private:
  capacity_limiter one_{1};
};

}  // namespace tidegate::detail
