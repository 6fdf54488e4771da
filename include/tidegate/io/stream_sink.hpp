// stream_sink.hpp: a sink over a byte stream: socket, pipe, terminal or other character device. See sink.hpp.
//
// One operation is in flight at a time: two unordered sends on one socket arrive reordered or with a hole. Sockets use
// send with MSG_WAITALL and MSG_NOSIGNAL; on anything else SIGPIPE is kept from the process while we write. The shared
// O_NONBLOCK flag of a descriptor is never changed: others may hold the same open file.
// Thread roles and progress: as sink.hpp.
#pragma once

#include <memory>
#include <system_error>

#include "tidegate/io/sink.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate {

class stream_sink final : public sink {
 public:
  /// Takes `fd`, which is closed also when this fails. Throws std::system_error (or std::bad_alloc).
  explicit stream_sink(unique_fd fd, const sink_config& config = {});

  /// The same without exceptions: nullptr and `error`. Errors: sink_errc, or what the system answered.
  [[nodiscard]] static std::unique_ptr<stream_sink> make(unique_fd fd, const sink_config& config,
                                                         std::error_code& error) noexcept;

 private:
  explicit stream_sink(std::unique_ptr<detail::sink_core> core) noexcept;
};

}  // namespace tidegate
