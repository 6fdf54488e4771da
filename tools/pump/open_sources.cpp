#include "pump/open_sources.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "pump/concat.hpp"
#include "pump/descriptors.hpp"
#include "pump/failure.hpp"
#include "pump/sockets.hpp"

namespace tidegate::pump {
namespace {

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

}  // namespace

std::string source_name(const endpoint& from) {
  return from.kind == endpoint_kind::standard ? std::string("standard input") : concat("source ", from.text);
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

}  // namespace tidegate::pump
