// tidegate::wait_any and tidegate::event_fd: what a wake-up costs when it comes through one of several queues, or
// through a descriptor in poll(2), beside the raw futex and the raw eventfd.
#include <poll.h>

#include <memory>

#include "bench/harness/wake.hpp"
#include "bench/limits/sleepers.hpp"
#include "bench/spsc/enlist.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/wait/event_fd.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::bench {
namespace {

using queue_type = spsc_queue<word_message, queue_options{.wait = wait_kind::park}>;

/// The consumer waits for four queues; the stamp comes through the last one.
class one_of_four_bell {
 public:
  one_of_four_bell() {
    for (queue_type& each : queues_) static_cast<void>(all_.add(each.pop_source()));
  }
  void ring(std::uint64_t stamp) noexcept { static_cast<void>(queues_[3].try_push(stamp)); }
  std::uint64_t listen() noexcept {
    word_message stamp = 0;
    while (queues_[3].try_pop(stamp) != pop_status::ok) static_cast<void>(all_.wait_until(deadline::never().when()));
    return stamp;
  }

 private:
  static constexpr wait_budget asleep_at_once{.spins = 0, .yields = 0};
  queue_type queues_[4]{queue_type({.capacity = 2}), queue_type({.capacity = 2}), queue_type({.capacity = 2}),
                        queue_type({.capacity = 2})};
  selector<> all_{pick::fair, asleep_at_once};
};

/// The consumer sleeps in poll(2).
class polled_bell {
 public:
  void ring(std::uint64_t stamp) noexcept { static_cast<void>(queue_.try_push(stamp)); }
  std::uint64_t listen() noexcept {
    word_message stamp = 0;
    while (queue_.try_pop(stamp) != pop_status::ok) {
      if (!arrivals_.arm()) continue;
      pollfd one{arrivals_.fd(), POLLIN, 0};
      ::poll(&one, 1, -1);
    }
    return stamp;
  }

 private:
  queue_type queue_{{.capacity = 2}};
  event_fd<> arrivals_{queue_.pop_source()};
};

/// poll(2) and an eventfd, and nothing else.
class polled_eventfd {
 public:
  void ring(std::uint64_t stamp) noexcept { bell_.ring(stamp); }
  std::uint64_t listen() noexcept {
    pollfd one{bell_.fd(), POLLIN, 0};
    while (::poll(&one, 1, -1) != 1) continue;
    return bell_.listen();
  }

 private:
  eventfd_bell bell_;
};

template <class Bell>
measurement measure(const work& todo) {
  return measure_wakes(todo, [] { return std::make_unique<Bell>(); });
}

struct enlisted_waits {
  enlisted_waits() {
    registry& list = registry::global();
    list.add(wake_cell(), {{.name = "tidegate::selector", .plays = role::ours, .note = "one of four queues"},
                           &measure<one_of_four_bell>});
    list.add(wake_cell(),
             {{.name = "tidegate::event_fd", .plays = role::ours, .note = "in poll(2)"}, &measure<polled_bell>});
    list.add(wake_cell(), {{.name = "raw eventfd in poll(2)", .plays = role::limit}, &measure<polled_eventfd>});
  }
};

const enlisted_waits waits;

}  // namespace
}  // namespace tidegate::bench
