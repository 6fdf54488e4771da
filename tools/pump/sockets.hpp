// sockets.hpp: opens the sockets that endpoints name. Each throws failure with one line that says what did not work.
#pragma once

#include <string>

#include "pump/endpoint.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

[[nodiscard]] unique_fd connect_tcp(const endpoint& to);
[[nodiscard]] unique_fd connect_unix(const endpoint& to);
/// `role` is what messages call it.
[[nodiscard]] unique_fd listen_tcp(const endpoint& at, const char* role = "source");
/// Takes the place of a socket that nobody listens on any more, and of nothing else.
[[nodiscard]] unique_fd listen_unix(const endpoint& at);

/// "127.0.0.1:4711", "[::1]:4711" or "unix": the far end of `fd`, or its near end when `local`.
[[nodiscard]] std::string address_of(int fd, bool local = false);

}  // namespace tidegate::pump
