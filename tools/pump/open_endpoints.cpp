#include "pump/open_endpoints.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/sockets.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::pump {
namespace {

constexpr mode_t output_mode = 0644;

std::string message_of(int error) { return std::generic_category().message(error); }

struct stat status_of(int fd, const std::string& what) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) refuse(concat(what, ": ", message_of(errno)));
  return found;
}

/// A copy of standard input or output that we may close. A place that is only held, see below, cannot be used.
unique_fd duplicate(int fd, const std::string& what) {
  if (const int flags = ::fcntl(fd, F_GETFL); flags >= 0 && (flags & O_PATH) != 0)
    refuse(concat(what, ": it is closed"));
  unique_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) refuse(concat(what, ": ", message_of(errno)));
  return copy;
}

unique_fd open_readable(const endpoint& from) {
  const std::string what = source_name(from);
  unique_fd fd = from.kind == endpoint_kind::standard
                     ? duplicate(STDIN_FILENO, what)
                     : unique_fd(::open(from.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) refuse(concat(what, ": cannot open it for reading: ", message_of(errno)));
  if (S_ISDIR(status_of(fd.get(), what).st_mode))
    refuse(concat(what, ": is a directory; accepted: a file, pipe or device"));
  const int mode = ::fcntl(fd.get(), F_GETFL) & O_ACCMODE;
  if (mode == O_WRONLY) refuse(concat(what, ": is open for writing only"));
  return fd;
}

listener open_listener(const endpoint& at) {
  listener opened;
  opened.name = source_name(at);
  opened.fd = at.kind == endpoint_kind::tcp ? listen_tcp(at) : listen_unix(at);
  if (at.kind == endpoint_kind::unix_socket) opened.socket_path = temporary_path(at.path);
  ::fcntl(opened.fd.get(), F_SETFL, O_NONBLOCK);
  return opened;
}

/// How much is left to read of a regular file.
std::optional<std::uint64_t> bytes_left(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  return static_cast<std::uint64_t>(at < found.st_size ? found.st_size - at : 0);
}

bool same_file(const struct stat& one, const struct stat& other) {
  return S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Opened, but not truncated yet.
unique_fd open_writable(const endpoint& to, const std::string& what) {
  if (to.kind == endpoint_kind::standard) {
    unique_fd fd = duplicate(STDOUT_FILENO, what);
    if ((::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDONLY) refuse(concat(what, ": is open for reading only"));
    return fd;
  }
  const char* const path = to.kind == endpoint_kind::null ? "/dev/null" : to.path.c_str();
  unique_fd fd(::open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, output_mode));
  if (fd) return fd;
  if (errno == EISDIR)
    refuse(concat(what, ": is a directory; accepted: a file to create or replace, a pipe or a device"));
  refuse(concat(what, ": cannot open it for writing: ", message_of(errno)));
}

void refuse_own_source(const struct stat& found, const inputs& from, const std::string& what) {
  for (const auto& each : from.sources) {
    if (same_file(found, status_of(each->fd.get(), each->name))) {
      refuse(concat(what, ": is the same file as ", each->name, "; accepted: another file"));
    }
  }
}

/// The summary must not get into the data.
bool is_standard_output(const struct stat& found) {
  struct stat standard {};
  return ::fstat(STDOUT_FILENO, &standard) == 0 && found.st_dev == standard.st_dev && found.st_ino == standard.st_ino;
}

std::unique_ptr<sink> make_sink(unique_fd fd, bool regular, const sink_config& config, const std::string& what) {
  const bool terminal = ::isatty(fd.get()) == 1;
  std::error_code error;
  std::unique_ptr<sink> made;
  if (regular) {
    made = file_sink::make(std::move(fd), config, file_sink::at_position, error);
  } else {
    made = stream_sink::make(std::move(fd), config, error);
  }
  if (error == sink_errc::backend_unavailable) {
    refuse(concat("--backend uring is not available here (", probe_uring().reason, "); accepted: auto or posix"));
  }
  if (error) refuse(concat(what, ": ", error.message()));
  // asked for, also by the environment: nothing could end the wait in the kernel for a terminal that nobody reads
  if (terminal && made->backend().kind == backend_kind::uring) {
    refuse(concat(what, ": io_uring can block for ever on a terminal; accepted: --backend posix, which auto takes"));
  }
  return made;
}

}  // namespace

std::string source_name(const endpoint& from) {
  return from.kind == endpoint_kind::standard ? std::string("standard input") : concat("source ", from.text);
}

std::string sink_name(const endpoint& to) {
  return to.kind == endpoint_kind::standard ? std::string("standard output") : concat("sink ", to.text);
}

void hold_standard_descriptors() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // the lowest free number is this one, as those below it are in use
    static_cast<void>(::open("/dev/null", O_PATH));  // NOLINT: held until the end of the process
  }
}

inputs open_sources(const options& wanted) {
  inputs opened;
  opened.total_bytes = 0;
  for (const endpoint& each : wanted.sources) {
    if (each.kind == endpoint_kind::tcp || each.kind == endpoint_kind::unix_socket) {
      opened.listeners.push_back(open_listener(each));
      opened.total_bytes.reset();
      continue;
    }
    opened.sources.push_back(std::make_unique<source>(open_readable(each), source_name(each), wanted.records));
    const auto left = bytes_left(opened.sources.back()->fd.get());
    if (left) ::posix_fadvise(opened.sources.back()->fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    opened.total_bytes = left && opened.total_bytes ? std::optional(*left + *opened.total_bytes) : std::nullopt;
  }
  return opened;
}

void empty_file(const unique_fd& old_content, const endpoint& where) {
  if (old_content && ::ftruncate(old_content.get(), 0) != 0) {
    refuse(concat(sink_name(where), ": cannot truncate it: ", message_of(errno)));
  }
}

output open_sink(const endpoint& where, const sink_config& config, const inputs& from) {
  const std::string what = sink_name(where);
  output opened;
  if (where.kind == endpoint_kind::tcp || where.kind == endpoint_kind::unix_socket) {
    unique_fd fd = where.kind == endpoint_kind::tcp ? connect_tcp(where) : connect_unix(where);
    opened.socket = duplicate(fd.get(), what);
    opened.to = make_sink(std::move(fd), false, config, what);
    return opened;
  }
  unique_fd fd = open_writable(where, what);
  const struct stat found = status_of(fd.get(), what);
  refuse_own_source(found, from, what);
  const bool regular = S_ISREG(found.st_mode) || S_ISBLK(found.st_mode);
  opened.standard_output = where.kind == endpoint_kind::file && is_standard_output(found);
  if (where.kind == endpoint_kind::file && S_ISREG(found.st_mode)) opened.old_content = duplicate(fd.get(), what);
  opened.to = make_sink(std::move(fd), regular, config, what);
  return opened;
}

}  // namespace tidegate::pump
