#include "pump/sockets.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {
namespace {

constexpr int connect_timeout_s = 10;
constexpr int backlog = 128;

std::string message_of(int error) { return std::generic_category().message(error); }

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

address_list resolve(const endpoint& where, const char* role, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(where.host.empty() ? nullptr : where.host.c_str(), where.port.c_str(), &hints, &found);
  if (error != 0) {
    refuse(concat(role, " ", where.text, ": cannot resolve the address: ",
                  error == EAI_SYSTEM ? message_of(errno) : std::string(::gai_strerror(error))));
  }
  return {found, &::freeaddrinfo};
}

unique_fd socket_for(const addrinfo& address) {
  return unique_fd(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol));
}

/// 0 or an errno value. A send timeout also limits how long connect(2) may take.
int connect_within(int fd, const sockaddr* to, socklen_t length) {
  timeval limit{connect_timeout_s, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int error = ::connect(fd, to, length) == 0 ? 0 : errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
  limit = {};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return error;
}

sockaddr_un unix_address(const endpoint& where, const char* role) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (where.path.size() >= sizeof address.sun_path) {
    refuse(concat(role, " ", where.text, ": the path is too long; accepted: at most ",
                  std::to_string(sizeof address.sun_path - 1), " bytes"));
  }
  std::memcpy(address.sun_path, where.path.data(), where.path.size());
  return address;
}

unique_fd unix_socket(const endpoint& where, const char* role) {
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) refuse(concat(role, " ", where.text, ": ", message_of(errno)));
  return fd;
}

/// True when `path` is a socket that nobody listens on: left behind by a process that is gone. Asked with a socket of
/// another type, so that a listener that lives refuses it without ever seeing a connection.
bool is_abandoned(const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(address.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  const unique_fd probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  return probe && ::connect(probe.get(), to, sizeof address) != 0 && errno == ECONNREFUSED;
}

}  // namespace

unique_fd connect_tcp(const endpoint& to) {
  const address_list found = resolve(to, "sink", AI_ADDRCONFIG);
  int error = 0;
  for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
    unique_fd fd = socket_for(*each);
    error = fd ? connect_within(fd.get(), each->ai_addr, each->ai_addrlen) : errno;
    if (error == 0) return fd;
  }
  refuse(concat("sink ", to.text, ": cannot connect: ", message_of(error)));
}

unique_fd connect_unix(const endpoint& to) {
  const sockaddr_un address = unix_address(to, "sink");
  unique_fd fd = unix_socket(to, "sink");
  const int error = connect_within(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (error != 0) refuse(concat("sink ", to.text, ": cannot connect: ", message_of(error)));
  return fd;
}

unique_fd listen_tcp(const endpoint& at, const char* role) {
  const address_list found = resolve(at, role, AI_PASSIVE);
  int error = 0;
  for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
    unique_fd fd = socket_for(*each);
    const int yes = 1;
    if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd && ::bind(fd.get(), each->ai_addr, each->ai_addrlen) == 0 && ::listen(fd.get(), backlog) == 0) return fd;
    error = errno;
  }
  refuse(concat(role, " ", at.text, ": cannot listen: ", message_of(error)));
}

unique_fd listen_unix(const endpoint& at) {
  const sockaddr_un address = unix_address(at, "source");
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  if (is_abandoned(address)) ::unlink(address.sun_path);
  unique_fd fd = unix_socket(at, "source");
  if (::bind(fd.get(), where, sizeof address) != 0 || ::listen(fd.get(), backlog) != 0) {
    refuse(concat("source ", at.text, ": cannot listen: ", message_of(errno)));
  }
  return fd;
}

std::string address_of(int fd, bool local) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  const int error = local ? ::getsockname(fd, where, &length) : ::getpeername(fd, where, &length);
  if (error != 0) return "unknown";
  if (address.ss_family == AF_UNIX) return "unix";
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (::getnameinfo(where, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "unknown";
  }
  const bool six = address.ss_family == AF_INET6;
  return concat(six ? "[" : "", host, six ? "]:" : ":", port);
}

}  // namespace tidegate::pump
