#include "pump/accepting.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace tidegate::pump {
namespace {

/// Each vain try takes a dead connection out of the backlog. More of them in a row than it holds have another cause.
constexpr int most_tries = 256;

}  // namespace

acceptance meaning_of_accept_error(int error) noexcept {
  switch (error) {
    case EAGAIN: return acceptance::nobody;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return acceptance::shortage;
    case EINTR:
    case ECONNABORTED:
    case ECONNRESET:
    case EPROTO:  // from here on: errors of the connection, which Linux reports here; see accept(2)
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT: return acceptance::again;
    default: return acceptance::broken;
  }
}

accepted_connection accept_connection(int listening) noexcept {
  int error = 0;
  for (int tries = 0; tries < most_tries; ++tries) {
    unique_fd fd(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) return {.status = acceptance::taken, .fd = std::move(fd)};
    error = errno;
    const acceptance why = meaning_of_accept_error(error);
    if (why != acceptance::again) return {.status = why, .error = error};
  }
  return {.status = acceptance::shortage, .error = error};  // trying on at once would only burn time
}

}  // namespace tidegate::pump
