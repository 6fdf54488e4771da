// sink_target.hpp: the descriptor that a lane writes to, and what kind of thing it is.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/sink_types.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

enum class target_kind : std::uint8_t { socket, pipe, terminal, device, file };

struct sink_target {
  unique_fd fd;
  target_kind kind = target_kind::file;
  bool append = false;          // O_APPEND: the kernel ignores our offsets
  bool moves_position = false;  // leave the descriptor's position behind what was written
  int wake_fd = -1;             // borrowed
  bool tells_unacked = false;   // TCP or unix socket: unacked() knows
  bool shows_progress = false;  // an operation should end when it has moved anything, not only when it is done

  /// Looks at what `fd` is; an error when it cannot be written to.
  static sink_target inspect(unique_fd fd, std::error_code& error) noexcept;

  /// Sets what is asked for and what the socket has; what the system refuses, or no error.
  [[nodiscard]] std::error_code set(const socket_options& wanted) const noexcept;

  /// See lane::unacked().
  [[nodiscard]] std::int64_t unacked() const noexcept;

  /// Closes: a socket is shut down before (orderly: the peer gets everything, then the end of the stream).
  void close(bool orderly, std::uint64_t end) noexcept;
};

/// Runs a system call until it is not interrupted; what it returned, or a negated errno value.
template <class Call>
[[nodiscard]] long repeat_interrupted(Call call) noexcept {
  for (;;) {
    const long result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

/// Sends what a socket takes at once, without a signal and whatever its blocking mode.
[[nodiscard]] long send_some(int fd, std::span<const std::byte> bytes) noexcept;

/// True while `fd` (-1: never) is readable.
[[nodiscard]] bool is_readable(int fd) noexcept;

/// The time left until `until` for ppoll(2) and friends, rounded up to a whole nanosecond; at most an hour.
[[nodiscard]] std::chrono::nanoseconds time_left(deadline until, deadline::time_point now) noexcept;

}  // namespace tidegate::detail
