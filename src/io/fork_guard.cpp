#include "io/fork_guard.hpp"

#include <pthread.h>

namespace tidegate::detail {

fork_guard::fork_guard() noexcept {
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] {
    forks.store(forks.load(order::relaxed) + 1, order::relaxed);  // the child has one thread
  });
  (void)registered;
  born_ = forks.load(order::relaxed);  // as in foreign()
}

}  // namespace tidegate::detail
