// failure.hpp: how the command ends. Exit codes are part of its contract; a failure carries one and one clear line.
#pragma once

#include <stdexcept>
#include <string>

namespace tidegate::pump {

enum class exit_code : int {
  done = 0,         ///< everything that was offered was delivered, or dropped by the policy that was asked for
  lost = 1,         ///< data was lost against the policy, an endpoint failed, or a check failed
  unusable = 2,     ///< bad usage or unusable input
  interrupted = 3,  ///< stopped by a signal, after a clean drain
};

/// Thrown while the command is being set up, never from the threads that move data.
class failure : public std::runtime_error {
 public:
  failure(exit_code code, const std::string& line) : std::runtime_error(line), code_(code) {}
  [[nodiscard]] exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

/// Bad usage or an endpoint that cannot be used.
[[noreturn]] inline void refuse(const std::string& line) { throw failure(exit_code::unusable, line); }

}  // namespace tidegate::pump
