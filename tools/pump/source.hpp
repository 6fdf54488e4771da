// source.hpp: one stream of bytes that is being read: a file, standard input, or one accepted connection.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pump/framing.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

struct source {
  source(unique_fd descriptor, std::string written_as, const framing& how)
      : fd(std::move(descriptor)), name(std::move(written_as)), cutter(how) {}

  unique_fd fd;
  std::string name;                ///< for messages
  framer cutter;                   ///< remembers how far it has looked
  std::vector<std::byte> carry;    ///< the unfinished record, while another source uses the window
  bool holds_large_carry = false;  ///< may be left with more than small_carry_bytes, see carry_budget
  bool ended = false;
};

/// A file that goes when this does. Empty: none.
class temporary_path {
 public:
  temporary_path() noexcept = default;
  explicit temporary_path(std::string path) noexcept : path_(std::move(path)) {}
  temporary_path(temporary_path&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  temporary_path& operator=(temporary_path&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~temporary_path() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  explicit operator bool() const noexcept { return !path_.empty(); }
  [[nodiscard]] const std::string& text() const noexcept { return path_; }

 private:
  std::string path_;
};

/// Takes connections, each of which becomes a source.
struct listener {
  unique_fd fd;
  std::string name;            ///< for messages
  temporary_path socket_path;  ///< unix-listen
  std::uint64_t served = 0;
};

/// Everything to read from, opened.
struct inputs {
  std::vector<std::unique_ptr<source>> sources;
  std::vector<listener> listeners;
  std::optional<std::uint64_t> total_bytes;  ///< when every source is a regular file
};

}  // namespace tidegate::pump
