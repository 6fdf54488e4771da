// source.hpp: one stream of bytes that is being read: a file, standard input, or one accepted connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pump/framing.hpp"
#include "pump/temporary_path.hpp"
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

/// Takes connections, each of which becomes a source.
struct listener {
  unique_fd fd;
  std::string name;            ///< for messages
  temporary_path socket_path;  ///< unix-listen; goes before `fd` does, so that its inode cannot be another one's yet
  std::uint64_t served = 0;
  bool shortage = false;  ///< somebody may wait whom the last try could not take
  bool shortage_said = false;

  /// For good, because it failed.
  void end() noexcept {
    socket_path = {};
    fd.reset();
  }
  [[nodiscard]] bool ended() const noexcept { return !fd; }
};

/// Everything to read from, opened.
struct inputs {
  std::vector<std::unique_ptr<source>> sources;
  std::vector<listener> listeners;
  std::optional<std::uint64_t> total_bytes;  ///< when every source is a regular file
};

}  // namespace tidegate::pump
