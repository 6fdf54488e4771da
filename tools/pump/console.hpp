// console.hpp: standard error, shared by the threads: one line a message, and a live line that messages do not tear.
//
// Threads: any.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace tidegate::pump {

class console {
 public:
  /// "tidegate pump: LINE", and one line also if a name in it holds control characters.
  void say(std::string_view line);

  /// Replaces the live line, cut to the terminal's width: a wrapped line could not be replaced. Empty takes it away.
  void show(const std::string& live);

 private:
  std::mutex mutex_;
  std::string live_;
};

}  // namespace tidegate::pump
