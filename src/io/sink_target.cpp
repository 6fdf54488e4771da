#include "io/sink_target.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace tidegate::detail {

namespace {

target_kind kind_of(const struct stat& status, int fd) noexcept {
  if (S_ISSOCK(status.st_mode)) return target_kind::socket;
  if (S_ISFIFO(status.st_mode)) return target_kind::pipe;
  if (S_ISCHR(status.st_mode)) return ::isatty(fd) == 1 ? target_kind::terminal : target_kind::device;
  return target_kind::file;
}

/// Input that nobody read turns close(2) of a TCP socket into a reset, which can destroy output still on its way.
void discard_input(int fd) noexcept {
  char unread[4096];
  for (int i = 0; i < 64 && ::recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0; ++i) {
  }
}

int option_of(int fd, int name) noexcept {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

bool is_tcp(int fd) noexcept { return option_of(fd, SO_PROTOCOL) == IPPROTO_TCP; }

/// Sets options until one is refused. Zero means: leave it as it is.
class option_setter {
 public:
  explicit option_setter(int fd) noexcept : fd_(fd) {}

  option_setter& operator()(int level, int name, std::uint64_t value) noexcept {
    const int given = static_cast<int>(std::min<std::uint64_t>(value, INT_MAX));
    if (given == 0 || error_number_ != 0) return *this;
    if (::setsockopt(fd_, level, name, &given, sizeof given) != 0) error_number_ = errno;
    return *this;
  }
  [[nodiscard]] std::error_code error() const noexcept { return {error_number_, std::system_category()}; }

 private:
  int fd_;
  int error_number_ = 0;
};

template <class Duration>
std::uint64_t count_of(Duration span) noexcept {
  return static_cast<std::uint64_t>(std::max(span, Duration::zero()).count());
}

}  // namespace

sink_target sink_target::inspect(unique_fd fd, std::error_code& error) noexcept {
  struct stat status = {};
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fstat(fd.get(), &status) != 0) {
    error = {errno, std::system_category()};
    return {};
  }
  if ((flags & O_ACCMODE) == O_RDONLY) error = sink_errc::not_writable;
  if (S_ISDIR(status.st_mode)) error = {EISDIR, std::system_category()};
  if (error) return {};
  sink_target found;
  found.kind = kind_of(status, fd.get());
  found.append = (flags & O_APPEND) != 0;
  found.tells_unacked =
      found.kind == target_kind::socket && (is_tcp(fd.get()) || option_of(fd.get(), SO_DOMAIN) == AF_UNIX);
  found.fd = std::move(fd);
  return found;
}

std::error_code sink_target::set(const socket_options& wanted) const noexcept {
  if (kind != target_kind::socket) return {};
  option_setter set(fd.get());
  set(SOL_SOCKET, SO_SNDBUF, wanted.send_buffer_bytes);
  if (!is_tcp(fd.get())) return set.error();
  set(IPPROTO_TCP, TCP_NODELAY, wanted.no_delay ? 1 : 0);
  set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, wanted.unsent_low_bytes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, count_of(wanted.user_timeout));
  set(SOL_SOCKET, SO_KEEPALIVE, wanted.keepalive_after.count() > 0 ? 1 : 0);
  set(IPPROTO_TCP, TCP_KEEPIDLE, count_of(wanted.keepalive_after));
  set(IPPROTO_TCP, TCP_KEEPINTVL, count_of(wanted.keepalive_interval));
  set(IPPROTO_TCP, TCP_KEEPCNT, wanted.keepalive_probes);
  return set.error();
}

/// The queue first, the error afterwards: a unix peer that closes without reading sets the error before its queue is
/// thrown away, so that a queue found empty without an error was read. A unix queue is counted in memory, which is
/// never less than its bytes.
std::int64_t sink_target::unacked() const noexcept {
  int queued = 0;
  if (::ioctl(fd.get(), SIOCOUTQ, &queued) != 0) return -errno;
  pollfd one{fd.get(), 0, 0};
  if (::poll(&one, 1, 0) <= 0 || (one.revents & POLLERR) == 0) return queued;
  const int error_number = option_of(fd.get(), SO_ERROR);
  return error_number > 0 ? -error_number : queued;
}

void sink_target::close(bool orderly, std::uint64_t end) noexcept {
  if (kind == target_kind::socket) {
    (void)::shutdown(fd.get(), orderly ? SHUT_WR : SHUT_RDWR);
    if (orderly) discard_input(fd.get());
  }
  if (moves_position) (void)::lseek(fd.get(), static_cast<off_t>(end), SEEK_SET);
  fd.reset();
}

long send_some(int fd, std::span<const std::byte> bytes) noexcept {
  return repeat_interrupted([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
}

bool is_readable(int fd) noexcept {
  if (fd < 0) return false;
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

std::chrono::nanoseconds time_left(deadline until, deadline::time_point now) noexcept {
  constexpr std::chrono::nanoseconds longest = std::chrono::hours{1};
  if (until.reached(now)) return std::chrono::nanoseconds::zero();
  if (until.is_never()) return longest;
  return std::min<std::chrono::nanoseconds>(longest, until.when() - now);
}

}  // namespace tidegate::detail
