// command_line.hpp: the arguments of `tidegate size`, their help, and their translation into a question.
#pragma once

#include <memory>

#include "size/question.hpp"

namespace CLI {
class App;
}

namespace tidegate::size {

class command_line {
 public:
  /// Adds the subcommand's options to `app`.
  explicit command_line(CLI::App& app);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// What was parsed, checked. Throws pump::failure with one line that says what was wrong and what is accepted.
  [[nodiscard]] question checked() const;

 private:
  struct texts;
  std::unique_ptr<texts> texts_;
};

/// Answers on standard output.
[[nodiscard]] pump::exit_code run(const question& asked);

}  // namespace tidegate::size
