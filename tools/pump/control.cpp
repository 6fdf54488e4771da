#include "pump/control.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

unique_fd make_event() {
  unique_fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) refuse(concat("cannot make an event descriptor: ", std::generic_category().message(errno)));
  return event;
}

void ring(const unique_fd& event) noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(event.get(), &one, sizeof one));  // fails only when it is readable anyway
}

}  // namespace

control::control() : reader_wake_(make_event()), sink_wake_(make_event()) {}

void control::stop(deadline drain_until) noexcept {
  const std::lock_guard lock(mutex_);
  if (stopping()) return;
  drain_until_ = drain_until;
  stop_.request_stop();
  wake();
}

void control::give_up() noexcept {
  give_up_.request_stop();  // first: whoever finds the time over sees why
  stop(deadline::already_over());
  wake();
}

bool control::over() const noexcept { return stopping() && until().reached(std::chrono::steady_clock::now()); }

void control::wake() const noexcept {
  ring(reader_wake_);
  ring(sink_wake_);
}

void control::absorb_sink_wake() const noexcept {
  std::uint64_t rung = 0;
  static_cast<void>(::read(sink_wake_.get(), &rung, sizeof rung));  // nothing to absorb is fine
}

void control::sink_sleep(deadline::time_point when) const noexcept {
  using namespace std::chrono;
  const auto left = ceil<milliseconds>(when - steady_clock::now());
  if (left <= milliseconds::zero()) return;
  pollfd wake{sink_wake_.get(), POLLIN, 0};
  if (::poll(&wake, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1000))) > 0) absorb_sink_wake();
}

}  // namespace tidegate::pump
