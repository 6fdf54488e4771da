// counters_file.hpp: a file with the counters of this process, which any other process can read without its help.
//
//   sampler.on_sample([&](std::span<const pressure> sample) { file.publish(sample); });
//
// Layout and rules of reading: docs/design/counters-file.md; reader: counters_reader.hpp, `tidegate stat`, `top`. The
// file has room for two samples. Each publication writes the older one anew, by one pwrite(2), sealed by checksums: a
// process that is killed in the middle leaves the sample before it, and a reader never stops the writer. Nothing is
// mapped here, so that whoever cuts the file off costs this process its counters, not a SIGBUS.
//
// Made under a temporary name and renamed into place, whole. Removed by the destructor, unless another file has taken
// its place meanwhile; a process that dies leaves it, and readers tell that it is gone.
// Memory and disk: max_bytes(), both reserved by construction. publish() allocates nothing.
// Thread roles: publish() by one thread at a time; error() by any. After fork(2) the child's copy does nothing.
// Progress: publish() blocks as long as writing some 100 KB to the file system does; on /dev/shm that is its copy.
// Errors: construction throws std::system_error (bad_alloc), or make() reports; publish() keeps the last one.
// Source: Aeron's counters file, for the idea of a file that needs no cooperation.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "tidegate/observe/pressure.hpp"

namespace tidegate {

namespace detail {
class counters_writer;
}

struct counters_file_config {
  std::string path;            ///< the file; its folder exists. default_counters_path() makes one where readers look
  std::size_t most_rows = 64;  ///< watched things; more than that are counted, not shown. 1 to 4,096
  std::chrono::nanoseconds period{std::chrono::seconds(1)};  ///< how often publish() will be called; readers call a
                                                             ///< writer stalled after several of them without a sample
  std::uint32_t mode = 0600;                                 ///< who may read it; the umask does not matter
};

class counters_file {
 public:
  /// Creates the file. std::errc::file_exists: at `path` is something that is no counters file;
  /// device_or_resource_busy: a living process publishes there. What a dead one left is replaced.
  explicit counters_file(const counters_file_config& config);

  /// The same without exceptions: nullptr and `error`.
  [[nodiscard]] static std::unique_ptr<counters_file> make(const counters_file_config& config,
                                                           std::error_code& error) noexcept;

  counters_file(const counters_file&) = delete;
  counters_file& operator=(const counters_file&) = delete;
  ~counters_file();

  /// Publishes all rows of one sample at once.
  void publish(std::span<const pressure> sample) noexcept;

  /// Of the last publish(); none when it was written.
  [[nodiscard]] std::error_code error() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept;
  /// The file's bytes, and as much again in memory at most.
  [[nodiscard]] std::size_t max_bytes() const noexcept;

 private:
  explicit counters_file(std::unique_ptr<detail::counters_writer> writer) noexcept;

  std::unique_ptr<detail::counters_writer> writer_;
};

/// Where readers look when they are told no path: $XDG_RUNTIME_DIR/tidegate, or /dev/shm/tidegate-UID where there is no
/// such folder as $XDG_RUNTIME_DIR.
[[nodiscard]] std::string counters_folder();

/// NAME.PID in counters_folder(), which is made if it is not there. Refused (permission_denied) when that folder is not
/// this user's alone: /dev/shm is everybody's. What dead processes of this name have left there is removed, so that a
/// service that dies again and again does not fill the memory. `name` has letters, digits, '_', '-' and '.', not '.'
/// first.
[[nodiscard]] std::string default_counters_path(std::string_view name, std::error_code& error);

}  // namespace tidegate
