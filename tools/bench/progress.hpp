// progress.hpp: how far a run is, on standard error: a bar on a terminal, elsewhere a line for each suite.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tidegate::bench {

/// "[####......]  41 %  3:20 left  spsc single/u64/1024/pause1, boost::lockfree::spsc_queue", cut to `columns`.
[[nodiscard]] std::string bar_line(double share, double left_s, std::string_view what, std::size_t columns);

class progress {
 public:
  using clock = std::chrono::steady_clock;

  progress();
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// `share` of the whole work is done. Drawn ten times a second at most, so that a sample is not disturbed by it.
  void show(double share, const std::string& what);

  /// A line that stays.
  void say(const std::string& line);

  [[nodiscard]] double elapsed_s() const;

 private:
  void clear();

  const bool on_;
  const clock::time_point start_ = clock::now();
  clock::time_point drawn_{};
  bool drawn_yet_ = false;
};

}  // namespace tidegate::bench
