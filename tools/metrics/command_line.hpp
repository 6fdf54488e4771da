// command_line.hpp: the arguments of `tidegate metrics`, their help, and their translation into a request.
#pragma once

#include <memory>
#include <string>

#include "metrics/request.hpp"
#include "pump/failure.hpp"

namespace CLI {
class App;
}

namespace tidegate::metrics {

class command_line {
 public:
  /// Adds the subcommand's options to `app`.
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

/// Writes what was asked for to standard output.
[[nodiscard]] pump::exit_code run(const request& asked);

}  // namespace tidegate::metrics
