// child_process.hpp: another program, spoken to by lines on its standard input and output.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tidegate/io/unique_fd.hpp"

namespace tidegate::bench::sink_bench {

class child_process {
 public:
  /// Starts it, with our standard error. Throws std::system_error.
  explicit child_process(const std::vector<std::string>& command);
  /// Closes its input, which it takes as the end, and waits for it.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void write_line(const std::string& line);
  /// The next line; empty when it has ended.
  [[nodiscard]] std::string read_line();
  /// The whole lines that are there now; never waits.
  [[nodiscard]] std::vector<std::string> lines_so_far();
  void close_input() noexcept { input_.reset(); }
  [[nodiscard]] pid_t id() const noexcept { return id_; }

 private:
  /// False at the end. `waits`: for at least one byte.
  bool read_more(bool waits);

  pid_t id_ = -1;
  unique_fd input_;
  unique_fd output_;
  std::string read_;
};

}  // namespace tidegate::bench::sink_bench
