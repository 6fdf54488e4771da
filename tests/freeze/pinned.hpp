// pinned.hpp: keeps a thread, and the processes it forks, on the processor that it runs on.
//
// A tracer and its tracee never run at the same time. On one processor they hand over without waking another one, which
// makes a single step several times faster.
#pragma once

#include <sched.h>

namespace tidegate::test {

class pinned {
 public:
  pinned() noexcept {
    const int here = ::sched_getcpu();
    if (here < 0 || here >= CPU_SETSIZE || ::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<unsigned>(here), &only);
    done_ = ::sched_setaffinity(0, sizeof only, &only) == 0;
  }
  pinned(const pinned&) = delete;
  pinned& operator=(const pinned&) = delete;
  ~pinned() {
    if (done_) ::sched_setaffinity(0, sizeof before_, &before_);
  }

 private:
  cpu_set_t before_{};
  bool done_ = false;  // otherwise it is slower, and nothing else
};

}  // namespace tidegate::test
