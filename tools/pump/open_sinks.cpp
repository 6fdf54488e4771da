#include "pump/open_sinks.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "pump/concat.hpp"
#include "pump/descriptors.hpp"
#include "pump/failure.hpp"
#include "pump/sockets.hpp"
#include "pump/units.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::pump {
namespace {

constexpr mode_t output_mode = 0644;

[[noreturn]] void refuse_uring() {
  refuse(concat("--backend uring is not available here (", probe_uring().reason, "); accepted: auto or posix"));
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

void refuse_same_sink(const struct stat& found, const std::vector<old_file>& others, const std::string& what) {
  for (const old_file& each : others) {
    if (same_file(found, status_of(each.fd.get(), each.name))) {
      refuse(concat(what, ": is the same file as ", each.name, "; accepted: another file"));
    }
  }
}

/// The summary must not get into the data.
bool is_standard_output(const struct stat& found) {
  struct stat standard {};
  return ::fstat(STDOUT_FILENO, &standard) == 0 && found.st_dev == standard.st_dev && found.st_ino == standard.st_ino;
}

std::unique_ptr<sink> make_sink(unique_fd fd, bool regular, sink_config config, const std::string& what) {
  const bool terminal = ::isatty(fd.get()) == 1;
  std::error_code error;
  std::unique_ptr<sink> made;
  if (regular) {
    config.stall_after = {};  // no peer
    made = file_sink::make(std::move(fd), config, file_sink::at_position, error);
  } else {
    made = stream_sink::make(std::move(fd), config, error);
  }
  if (error == sink_errc::backend_unavailable) refuse_uring();
  if (error) refuse(concat(what, ": ", error.message()));
  // asked for, also by the environment: nothing could end the wait in the kernel for a terminal that nobody reads
  if (terminal && made->backend().kind == backend_kind::uring) {
    refuse(concat(what, ": io_uring can block for ever on a terminal; accepted: --backend posix, which auto takes"));
  }
  return made;
}

void open_socket(output& into, const endpoint& where, const sink_config& config) {
  unique_fd fd = where.kind == endpoint_kind::tcp ? connect_tcp(where) : connect_unix(where);
  into.socket = duplicate(fd.get(), into.name);
  into.to = make_sink(std::move(fd), false, config, into.name);
}

void open_file(output& into, const endpoint& where, const sink_config& config, const inputs& from,
               std::vector<old_file>& old_files) {
  unique_fd fd = open_writable(where, into.name);
  const struct stat found = status_of(fd.get(), into.name);
  refuse_own_source(found, from, into.name);
  refuse_same_sink(found, old_files, into.name);
  const bool regular = S_ISREG(found.st_mode) || S_ISBLK(found.st_mode);
  into.standard_output =
      where.kind == endpoint_kind::standard || (where.kind == endpoint_kind::file && is_standard_output(found));
  if (where.kind == endpoint_kind::file && S_ISREG(found.st_mode)) {
    old_files.push_back({duplicate(fd.get(), into.name), into.name});
  }
  into.to = make_sink(std::move(fd), regular, config, into.name);
}

void refuse_directory(const std::string& path, const std::string& what) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) refuse(concat(what, ": ", message_of(errno), "; accepted: a directory"));
  if (!S_ISDIR(found.st_mode)) refuse(concat(what, ": is not a directory; accepted: a directory to keep the log in"));
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    refuse(concat(what, ": cannot write there: ", message_of(errno)));
  }
}

void open_log(output& into, const endpoint& where, log_config config) {
  refuse_directory(where.path, into.name);
  if (!config.failover_directory.empty()) {
    refuse_directory(config.failover_directory, concat("--failover ", config.failover_directory));
  }
  config.directory = where.path;
  std::error_code error;
  log_recovery found;
  into.log = log_sink::make(config, error, &found);
  if (error == sink_errc::backend_unavailable) refuse_uring();
  if (error == log_errc::in_use) refuse(concat(into.name, ": another process writes this log, or recovers it"));
  if (error == log_errc::corrupt) {
    refuse(concat(into.name, ": ", found.problem, "; accepted: a whole log, as `tidegate log verify` sees it"));
  }
  if (error) refuse(concat(into.name, ": ", found.problem.empty() ? error.message() : found.problem));
}

std::unique_ptr<sink_group> make_group(const options& wanted, int wake_fd) {
  if (std::ranges::count_if(wanted.sinks, [](const endpoint& each) { return each.kind != endpoint_kind::log; }) < 2) {
    return nullptr;
  }
  std::error_code error;
  auto made = sink_group::make({.backend = wanted.backend, .wake_fd = wake_fd}, error);
  if (error == sink_errc::backend_unavailable) refuse_uring();
  if (error) refuse(concat("cannot make a ring for the sinks: ", error.message()));
  return made;
}

}  // namespace

std::string sink_name(const endpoint& to) {
  return to.kind == endpoint_kind::standard ? std::string("standard output") : concat("sink ", to.text);
}

bool outputs::standard_output() const noexcept { return std::ranges::any_of(all, &output::standard_output); }

outputs open_sinks(const options& wanted, const sizing& sizes, int wake_fd, const inputs& from) {
  outputs opened{.group = make_group(wanted, wake_fd), .all = std::vector<output>(wanted.sinks.size())};
  sink_config config = sizes.sink;
  config.wake_fd = wake_fd;
  config.group = opened.group.get();
  log_config for_logs = sizes.log;
  for_logs.wake_fd = wake_fd;
  for (const bool logs : {false, true}) {
    for (std::size_t i = 0; i < wanted.sinks.size(); ++i) {
      const endpoint& where = wanted.sinks[i];
      output& into = opened.all[i];
      if ((where.kind == endpoint_kind::log) != logs) continue;
      into.text = where.text;
      into.name = sink_name(where);
      into.grouped = !logs && opened.group != nullptr;
      if (logs) {
        open_log(into, where, for_logs);
      } else if (where.kind == endpoint_kind::tcp || where.kind == endpoint_kind::unix_socket) {
        open_socket(into, where, config);
      } else {
        open_file(into, where, config, from, opened.old_files);
      }
    }
  }
  return opened;
}

std::string repair_note(const output& of) {
  const std::uint64_t cut = of.log ? of.log->recovered().cut_bytes() : 0;
  if (cut == 0) return {};
  const std::uint64_t records = of.log->recovered().records;
  return concat(of.name, ": recovered: ", group_digits(cut), " bytes that a crash left half-written are cut off; ",
                group_digits(records), records == 1 ? " record is kept" : " records are kept");
}

void empty_files(const std::vector<old_file>& files) {
  for (const old_file& each : files) {
    if (::ftruncate(each.fd.get(), 0) != 0) refuse(concat(each.name, ": cannot truncate it: ", message_of(errno)));
  }
}

}  // namespace tidegate::pump
