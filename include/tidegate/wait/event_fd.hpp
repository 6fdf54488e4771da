// event_fd: a descriptor for epoll, poll, io_uring or asio: readable when there may be something to go on with.
//
//   event_fd arrivals(queue.pop_source());            // or push_source(): readable when there is room
//   ... the loop says that arrivals.fd() is readable:
//   do {
//     while (queue.try_pop(value) == pop_status::ok) use(value);
//   } while (!arrivals.arm());
//
// Edges are coalesced: between two calls of arm() the other side makes one system call at most, and none when it comes
// before the first of them: while the loop is awake, pushes cost no system call. Who stops before the queue is empty
// calls arm() all the same: the descriptor then stays readable.
// The descriptor belongs to that side of the queue and lives as long. Several loops may watch it; one of them arms.
// Threads: those that may look at the queue's side.  Progress: arm() makes two or three system calls.
// Source: eventfd(2); the bell of wait/event_count.hpp.
#pragma once

#include <system_error>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <class Sync = native_sync>
class event_fd {
 public:
  /// Throws std::system_error when no descriptor can be had.
  explicit event_fd(wait_source<Sync> source) : source_(source) {
    const int made = fd();
    if (made < 0) fail_construction({-made, std::generic_category()}, "event_fd: no descriptor can be had");
    static_cast<void>(arm());
  }

  /// The same without exceptions: look at `error` first.
  event_fd(wait_source<Sync> source, std::error_code& error) noexcept : source_(source) {
    error.clear();
    const int made = fd();
    if (made < 0) error.assign(-made, std::generic_category());
    if (!error) static_cast<void>(arm());
  }

  [[nodiscard]] int fd() const noexcept { return source_.where().bell().fd(); }

  /// Before going back to the loop. True: nothing is there, and the descriptor becomes readable when something comes.
  /// False: something is there; the descriptor is readable.
  bool arm() noexcept {
    source_.where().bell().hush();
    source_.where().hang_bell();
    const bool fenced = event_count<Sync>::fence_before_look();  // [register] pairs with notify()
    const bool ready = source_.ready();
    if (ready || !fenced) source_.where().bell().ring();  // without the fence a notification may be missed
    return !ready;
  }

 private:
  wait_source<Sync> source_;
};

}  // namespace tidegate
