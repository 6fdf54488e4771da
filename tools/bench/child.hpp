// child.hpp: a program that runs beside this one and writes lines.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::bench {

/// Standard output and standard error of the program come through one pipe, in order. Killed when destroyed.
class child {
 public:
  /// words[0] is the path. Throws pump::failure when it cannot be started.
  explicit child(const std::vector<std::string>& words);
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Where to poll.
  [[nodiscard]] int fd() const noexcept { return from_.get(); }

  /// Reads what is there, and waits if nothing is. False at the end of everything.
  bool read_some();

  /// A whole line without its end, if there is one; after the end of everything also what has none.
  [[nodiscard]] std::optional<std::string> next_line();

  /// Asks it to end.
  void stop() noexcept;

  /// How it ended: empty for exit statuses 0 and 1, otherwise in words. Waits.
  [[nodiscard]] std::string wait();

 private:
  unique_fd from_;
  pid_t pid_ = -1;
  std::string text_ = {};
  bool at_end_ = false;
};

/// All that a program writes. Throws pump::failure when it cannot be started or does not end well.
[[nodiscard]] std::string output_of(const std::vector<std::string>& words);

}  // namespace tidegate::bench
