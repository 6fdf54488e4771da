// A queue in an epoll loop, beside sockets and timers: readable when there is something to pop.
#include <sys/epoll.h>
#include <unistd.h>

#include <thread>

#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/wait/event_fd.hpp"

int main() {
  tidegate::mpsc_queue<int> work({.capacity = 16});
  tidegate::event_fd<> arrivals(work.pop_source());
  const int loop = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {.fd = arrivals.fd()}};
  if (::epoll_ctl(loop, EPOLL_CTL_ADD, arrivals.fd(), &event) != 0) return 1;
  const std::jthread producer([&] {
    for (int i = 1; i <= 100; ++i) static_cast<void>(work.push(int{i}));  // no system call while the loop is awake
    work.close();
  });
  int sum = 0;
  for (auto status = tidegate::pop_status::empty; status != tidegate::pop_status::closed;) {
    if (::epoll_wait(loop, &event, 1, -1) != 1) continue;
    do {
      while ((status = work.try_consume([&](int&& value) { sum += value; })) == tidegate::pop_status::ok) {
      }
    } while (status != tidegate::pop_status::closed && !arrivals.arm());
  }
  return ::close(loop) == 0 && sum == 5050 ? 0 : 1;
}
