// Taking connections, and what the reader does when there are none to be had any more.
#include "pump/accepting.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "pump/direct_passage.hpp"
#include "pump/reader.hpp"

namespace tidegate::pump {
namespace {

/// Listens on some port of this machine; `connect()` puts a connection into its backlog.
struct some_port {
  some_port() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const where = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd.get(), where, length), 0);
    EXPECT_EQ(::listen(fd.get(), 16), 0);
    EXPECT_EQ(::getsockname(fd.get(), where, &length), 0);
  }

  [[nodiscard]] unique_fd connect() const {
    unique_fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return client;
  }

  unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in address{};
};

TEST(accepting, errors_mean_what_they_say) {
  for (const int error : {EAGAIN, EWOULDBLOCK}) EXPECT_EQ(meaning_of_accept_error(error), acceptance::nobody);
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    EXPECT_EQ(meaning_of_accept_error(error), acceptance::shortage) << error;
  }
  for (const int error : {EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTUNREACH, EHOSTDOWN, ETIMEDOUT}) {
    EXPECT_EQ(meaning_of_accept_error(error), acceptance::again) << error;
  }
  for (const int error : {EBADF, EINVAL, ENOTSOCK, EPERM, EFAULT, 0, 9999}) {
    EXPECT_EQ(meaning_of_accept_error(error), acceptance::broken) << error;
  }
}

TEST(accepting, takes_who_waits_and_then_says_that_nobody_does) {
  const some_port port;
  EXPECT_EQ(accept_connection(port.fd.get()).status, acceptance::nobody);
  const unique_fd client = port.connect();
  const accepted_connection taken = accept_connection(port.fd.get());
  EXPECT_EQ(taken.status, acceptance::taken);
  EXPECT_TRUE(taken.fd);
  EXPECT_EQ(accept_connection(port.fd.get()).status, acceptance::nobody);
}

TEST(accepting, a_socket_that_does_not_listen_is_broken) {
  const unique_fd idle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const accepted_connection none = accept_connection(idle.get());
  EXPECT_EQ(none.status, acceptance::broken);
  EXPECT_EQ(none.error, EINVAL);
  EXPECT_FALSE(none.fd);
}

/// A reader without its thread, that only listens.
struct bench {
  void listen(unique_fd fd, const char* name) {
    listener at;
    at.fd = std::move(fd);
    at.name = name;
    from.listeners.push_back(std::move(at));
  }

  /// Everything up to its end.
  [[nodiscard]] reading read() {
    reader all(wanted, std::move(from), 1, way.entrance(0), rules, blocks, 0, until, shown, messages);
    all.run();
    return all.outcome();
  }

  options wanted;
  entry_rules rules{wanted};
  inputs from;
  control until;
  progress shown;
  console messages;
  block_pool blocks{8192, 2};
  direct_passage way{{.capacity = 100}};
};

TEST(reader, a_listener_that_fails_ends_alone) {
  const some_port port;
  bench with;
  with.wanted.records.max_content_bytes = 1000;
  with.listen(unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), "source broken");
  with.listen(unique_fd(::dup(port.fd.get())), "source good");
  unique_fd client = port.connect();
  EXPECT_EQ(::send(client.get(), "a\nb\n", 4, 0), 4);
  client.reset();
  const reading in = with.read();  // for ever, if it tried the broken one again and again
  EXPECT_EQ(in.connections, 1u);
  EXPECT_EQ(in.account.offered, (tally{2, 4}));
  EXPECT_EQ(in.worst, exit_code::lost);
  EXPECT_EQ(in.problem, "source broken: cannot take connections any more: Invalid argument");
}

}  // namespace
}  // namespace tidegate::pump
