// scenario.hpp: one operation of one thread that is stopped on its way, and what the others may expect meanwhile.
#pragma once

#include <sstream>
#include <string>

namespace tidegate::test {

/// Played again and again in a process of its own. Two threads: the one that is stopped calls prepare(), operate() and
/// conclude(); the other one calls work() while the first stands still in operate(). A text tells what went wrong; an
/// empty one means nothing did.
class scenario {
 public:
  virtual ~scenario() = default;

  /// Builds everything anew, so that every round is the same up to the stop.
  virtual void prepare() = 0;

  /// The operation, inside between_marks().
  virtual void operate() = 0;

  /// What the others can do without the stopped thread: bounded, and without waiting.
  [[nodiscard]] virtual std::string work() = 0;

  /// After the operation has ended and work() is over: both had right results, and no element is lost or doubled.
  [[nodiscard]] virtual std::string conclude() = 0;
};

/// One text of several parts.
template <class... Parts>
[[nodiscard]] std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

}  // namespace tidegate::test
