// trace.hpp: an execution as a table that people can read: thread, operation, source line, value, from which store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::model {

/// Where in the source an operation stands. As a default argument it names the caller's line.
struct site {
  const char* file;
  unsigned line;
  const char* function;

  static constexpr site here(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE(),
                             const char* function = __builtin_FUNCTION()) noexcept {
    return {file, line, function};
  }
};

/// One line of a trace.
struct trace_line {
  std::uint32_t step;
  std::uint8_t thread;
  site at;
  std::string what;
};

class trace {
 public:
  void begin() { lines_.clear(); }
  void add(trace_line line) { lines_.push_back(std::move(line)); }

  /// The lines with the source text beside each operation, where the source can be read.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<trace_line> lines_;
};

}  // namespace tidegate::model
