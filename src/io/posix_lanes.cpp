#include "io/posix_lanes.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "io/poll_until.hpp"
#include "io/signal_guard.hpp"

namespace tidegate::detail {

namespace {

void poll_both(pollfd target, int wake_fd, deadline until) noexcept {
  pollfd both[2] = {target, {wake_fd, POLLIN, 0}};
  poll_until(both, until);
}

}  // namespace

posix_stream_lane::posix_stream_lane(sink_target target) noexcept : target_(std::move(target)) {
  if (target_.kind != target_kind::socket) own_description();
}

/// O_NONBLOCK belongs to the open file description, which other processes may share: a shell's terminal, the far end of
/// a pipeline. So pipes and terminals are opened once more through /proc; where that is refused we poll before each
/// write.
void posix_stream_lane::own_description() noexcept {
  const int flags = ::fcntl(target_.fd.get(), F_GETFL);
  if ((flags & O_NONBLOCK) != 0) return;
  blocking_ = true;
  if (target_.kind == target_kind::device) return;  // opening a device may do something
  char path[32];
  (void)std::snprintf(path, sizeof path, "/proc/self/fd/%d", target_.fd.get());
  const int ours = ::open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (ours < 0) return;
  target_.fd.reset(ours);
  blocking_ = false;
}

void posix_stream_lane::submit(unsigned, std::span<const std::byte> bytes, std::uint64_t) noexcept {
  bytes_ = bytes;
  busy_ = true;
  cancelled_ = false;
}

std::size_t posix_stream_lane::reap(std::span<completion> out) noexcept {
  if (!busy_) return 0;
  const std::int64_t result = cancelled_ ? -ECANCELED : write_now(bytes_, 0);
  if (result == -EAGAIN) return 0;
  busy_ = false;
  out[0] = {0, result};
  return 1;
}

std::int64_t posix_stream_lane::write_now(std::span<const std::byte> bytes, std::uint64_t) noexcept {
  const int fd = target_.fd.get();
  if (target_.kind == target_kind::socket) return send_some(fd, bytes);
  std::size_t length = bytes.size();
  if (blocking_) {
    pollfd one{fd, POLLOUT, 0};
    if (::poll(&one, 1, 0) == 0) return -EAGAIN;
    if (target_.kind != target_kind::device) length = std::min<std::size_t>(length, PIPE_BUF);
  }
  signal_guard guard(SIGPIPE);
  const long result = repeat_interrupted([&] { return ::write(fd, bytes.data(), length); });
  if (result < static_cast<long>(length)) guard.take_back();
  return result;
}

void posix_stream_lane::wait(deadline until, wake_rule wake) noexcept {
  if (busy_ && cancelled_) return;
  poll_both({busy_ ? target_.fd.get() : -1, POLLOUT, 0}, wake == wake_rule::heed ? target_.wake_fd : -1, until);
}

void posix_file_lane::submit(unsigned, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  result_ = write_now(bytes, offset);
  ended_ = true;
}

std::int64_t posix_file_lane::write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  signal_guard guard(SIGXFSZ);
  const long result = repeat_interrupted(
      [&] { return ::pwrite(target_.fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
  if (result < static_cast<long>(bytes.size())) guard.take_back();
  return result;
}

std::size_t posix_file_lane::reap(std::span<completion> out) noexcept {
  if (!ended_) return 0;
  ended_ = false;
  out[0] = {0, result_};
  return 1;
}

void posix_file_lane::wait(deadline until, wake_rule wake) noexcept {
  if (ended_) return;
  poll_both({-1, 0, 0}, wake == wake_rule::heed ? target_.wake_fd : -1, until);
}

}  // namespace tidegate::detail
