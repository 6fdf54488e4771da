// command_line.hpp: the arguments of `tidegate bench`, their help, and their translation into a request.
#pragma once

#include <memory>
#include <string>

#include "bench/request.hpp"

namespace CLI {
class App;
}

namespace tidegate::bench {

class command_line {
 public:
  /// Adds the options and subcommands to `app`.
  explicit command_line(CLI::App& app);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// What was parsed, checked. Throws pump::failure with one line that says what was wrong and what is accepted.
  [[nodiscard]] request checked() const;

 private:
  struct texts;
  std::unique_ptr<texts> texts_;
};

}  // namespace tidegate::bench
