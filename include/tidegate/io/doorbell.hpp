// doorbell: wakes the thread that sleeps in sink_group::wait() when a queue has something to pop, or by hand.
//
//   doorbell arrivals(group, queue.pop_source());
//   do {
//     while (out.writable() && queue.try_pop(record) == pop_status::ok) static_cast<void>(out.write(record));
//     group.pump();
//   } while (!arrivals.arm() || group.wait(until) != wait_status::timed_out);
//
// While it is not armed, whoever pushes or rings makes no system call; once it is, the first one makes one, the others
// none. A doorbell that was armed and has not rung stays so. wait() may return `interrupted` once too often: look, and
// arm again. When the sinks cannot take more, do not arm: then only room wakes.
//
// Threads: the group's owner; ring() from any thread.  Progress: arm() is bounded, with up to two system calls.
// Lifetime: within that of the group and of the queue; nobody rings one that is going.
// Source: the bell and the sleepers of wait/event_count.hpp; MSG_RING as in io_uring(7).
#pragma once

#include <memory>
#include <system_error>

#include "tidegate/base/sync.hpp"
#include "tidegate/io/sink_group.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

namespace detail {
class bell;
}

class doorbell {
 public:
  /// Rung by the queue itself: pop_source(), or push_source() for room. A group of kind `futex` sleeps on the queue's
  /// own word, as one more waiter: right where this thread is the only one on its side of the queue. A queue has no
  /// ring to send messages from: in a group of that kind this one is an event_fd.
  /// Throws std::system_error (or std::bad_alloc).
  doorbell(sink_group& group, wait_source<native_sync> source);

  /// Rung by ring(): for queues of others, for stopping. Throws as above.
  explicit doorbell(sink_group& group);

  doorbell(const doorbell&) = delete;
  doorbell& operator=(const doorbell&) = delete;
  ~doorbell();

  /// Before sleeping. True: nothing is there, and wait() returns when something comes. False: something is there.
  [[nodiscard]] bool arm() noexcept;

  /// By hand, from any thread, after the change that it tells of. Not for a doorbell that a queue rings.
  void ring() noexcept;

  [[nodiscard]] doorbell_kind kind() const noexcept;

 private:
  std::unique_ptr<detail::bell> bell_;
};

}  // namespace tidegate
