// command_line.hpp: the arguments of `tidegate pump`, their help, and their translation into options.
#pragma once

#include <memory>

#include "pump/options.hpp"

namespace CLI {
class App;
}

namespace tidegate::pump {

class command_line {
 public:
  /// Adds the subcommand's options to `app`.
  explicit command_line(CLI::App& app);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// What was parsed, checked. Throws failure with one line that says what was wrong and what is accepted.
  [[nodiscard]] options checked() const;

 private:
  struct texts;
  std::unique_ptr<texts> texts_;
};

}  // namespace tidegate::pump
