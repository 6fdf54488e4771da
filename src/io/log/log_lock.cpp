#include "io/log/log_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "io/log/log_format.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

unique_fd lock_log(const log_location& log, std::error_code& error) {
  error.clear();
  if (!is_log_name(log.name)) {
    error = log_errc::bad_name;
    return {};
  }
  const std::string path = log.directory + "/" + log.name + ".lock";
  const long fd = repeat_interrupted(
      [&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666); });
  unique_fd held(static_cast<int>(fd));
  const long locked = fd < 0 ? fd : repeat_interrupted([&] { return ::flock(held.get(), LOCK_EX | LOCK_NB); });
  if (locked >= 0) return held;
  error = locked == -EWOULDBLOCK ? make_error_code(log_errc::in_use)
                                 : std::error_code(static_cast<int>(-locked), std::system_category());
  return {};
}

void unlock_log(unique_fd held) noexcept {
  if (held) (void)::flock(held.get(), LOCK_UN);
}

}  // namespace tidegate::detail
