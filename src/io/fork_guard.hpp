// fork_guard.hpp: tells a child process after fork(2) that an object belongs to its parent.
//
// A count of forks, raised in each child by pthread_atfork(3); an object remembers the count it was made at. One load
// and one compare a look, no system call. A child made by a bare clone(2) or vfork(2) is not seen: such a child may
// only exec.
#pragma once

#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

class fork_guard {
 public:
  /// Remembers this process.
  fork_guard() noexcept;

  /// True in every process but the one that made this guard.
  [[nodiscard]] bool foreign() const noexcept {
    return born_ != forks.load(order::relaxed);  // changes in a child that has one thread: nothing to order
  }

 private:
  static inline native_sync::atomic<unsigned> forks{0};
  unsigned born_;
};

}  // namespace tidegate::detail
