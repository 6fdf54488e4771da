#include "io/log/log_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include "io/log/log_format.hpp"
#include "io/log/log_segments.hpp"
#include "io/log/segment_files.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

namespace {

struct attempt {
  unique_fd lock;
  std::error_code error;
  std::string problem;
};

/// Locks one directory, and sees whether it can be listed and synced.
attempt hold_directory(const std::string& directory, const std::string& name) {
  attempt made;
  made.lock = lock_log({directory, name, {}}, made.error);
  if (made.error) {
    made.problem = directory + "/" + name + ".lock: " + made.error.message();
    return made;
  }
  segment_files files;
  std::vector<std::string> ignored;
  made.error = files.list(directory, ignored);
  if (!made.error) made.error = files.sync_directory(directory);
  if (made.error) made.problem = directory + ": " + made.error.message();
  return made;
}

/// Sees whether it can be listed. Of a name that no log has the walk tells.
attempt view_directory(const std::string& directory, const std::string& name) {
  attempt made;
  if (!is_log_name(name)) return made;
  segment_files files;
  std::vector<std::string> ignored;
  made.error = files.list(directory, ignored);
  if (made.error) made.problem = directory + ": " + made.error.message();
  return made;
}

/// What the directory holds cannot be had, whoever asks.
bool is_gone(const std::error_code& error) noexcept {
  constexpr int reasons[] = {ENOENT, ENOTDIR, EIO, ENXIO, ENODEV, ESTALE, EUCLEAN, ENOTCONN};
  return error.category() == std::system_category() &&
         std::find(std::begin(reasons), std::end(reasons), error.value()) != std::end(reasons);
}

}  // namespace

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

namespace {

template <class Attempt>
held_log try_directories(const log_location& log, recovery_policy policy, Attempt attempt_at) {
  const std::vector<std::string> directories = directories_of(log);
  const bool two = directories.size() == 2;
  held_log held;
  held.log = {log.directory, log.name, two ? log.failover_directory : std::string()};
  attempt first = attempt_at(log.directory, log.name);
  attempt second = two ? attempt_at(log.failover_directory, log.name) : attempt{};
  attempt& bad = first.error && second.error != log_errc::in_use ? first : second;
  held.error = bad.error;
  held.problem = bad.problem;
  if (bad.error) {
    if (!two || !is_gone(bad.error) || (first.error && second.error)) return held;
    held.problem += "; salvage would go on without this directory";
    if (policy == recovery_policy::strict) return held;
    held.given_up = first.error ? log.directory : log.failover_directory;
    if (first.error) held.log.directory = std::exchange(held.log.failover_directory, {});
    held.log.failover_directory.clear();
    if (first.error) std::swap(first, second);
  }
  held.lock = std::move(first.lock);
  if (!held.error) held.failover_lock = std::move(second.lock);
  return held;
}

}  // namespace

held_log hold_log(const log_location& log, recovery_policy policy) {
  return try_directories(log, policy, hold_directory);
}

held_log view_log(const log_location& log, recovery_policy policy) {
  return try_directories(log, policy, view_directory);
}

void unlock_log(unique_fd held) noexcept {
  if (held) (void)::flock(held.get(), LOCK_UN);
}

}  // namespace tidegate::detail
