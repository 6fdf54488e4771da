// segment_files.hpp: the system calls that reading and recovering a log makes. Tests override them to count, to fail
// and to die at each.
//
// Progress: each blocks as long as the file system does. Errors: what the system answered, or log_errc::not_a_file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

enum class file_access : bool { read, write };

/// An open regular file and its size when it was opened.
struct opened_file {
  unique_fd fd;
  std::uint64_t bytes = 0;
};

class segment_files {
 public:
  segment_files() = default;
  segment_files(const segment_files&) = delete;
  segment_files& operator=(const segment_files&) = delete;
  virtual ~segment_files() = default;

  /// The names of everything in `directory`, in no order.
  virtual std::error_code list(const std::string& directory, std::vector<std::string>& names);
  /// Regular files only, no symbolic links; never waits for a peer, as a fifo would.
  virtual std::error_code open(const std::string& path, file_access access, opened_file& file);
  /// Until `into` is full or the file ends; `got` says how much.
  virtual std::error_code read(int fd, std::span<std::byte> into, std::uint64_t offset, std::size_t& got);

  virtual std::error_code write(int fd, std::span<const std::byte> bytes, std::uint64_t offset);
  virtual std::error_code truncate(int fd, std::uint64_t bytes);
  virtual std::error_code sync(int fd);
  virtual std::error_code sync_directory(const std::string& directory);
  virtual std::error_code rename(const std::string& from, const std::string& to);
  virtual std::error_code remove(const std::string& path);
};

}  // namespace tidegate::detail
