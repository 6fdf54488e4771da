// pressure_log.hpp: a line when pressure changes, and not while it lasts: for logs that people read.
//
// Looks at each sample and tells edges: a thing saturates (at or above `high`) or is relieved (at or below `low`), will
// be full soon, loses for the first time in one of the ways to lose; readiness changes. At most `most_lines` in
// `interval` about one thing: what is left out is counted, and the next line about the thing tells how many.
// Lines are `key=value` pairs, names in quotes where they need it; one line has no newline.
// Thread role: whoever hands in the samples.  Memory: a little for each thing in the last sample.
// Errors: bounds that contradict each other throw std::invalid_argument; what the writer throws goes through.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "tidegate/observe/pressure.hpp"
#include "tidegate/observe/readiness.hpp"

namespace tidegate {

struct pressure_log_config {
  double high = 0.9;  ///< saturation
  double low = 0.7;
  std::chrono::nanoseconds full_within = std::chrono::seconds(10);  ///< told again once it was twice as long
  unsigned most_lines = 5;                                          ///< about one thing in `interval`, at least 1
  std::chrono::nanoseconds interval = std::chrono::seconds(10);
};

class pressure_log {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using writer = std::function<void(std::string_view)>;

  /// `write` gets each line.
  pressure_log(pressure_log_config config, writer write);

  /// The next sample: everything that is watched. What is no longer in it is forgotten, and begins anew.
  void look(std::span<const pressure> now);

  /// The state at `when`. It begins as ready.
  void look(readiness_state state, time_point when);

  /// Lines left out so far.
  [[nodiscard]] std::uint64_t suppressed() const noexcept { return suppressed_; }

 private:
  struct budget {
    time_point since{};  // beginning of the interval
    unsigned lines = 0;  // in it
    std::uint64_t left_out = 0;
  };
  struct thing {
    bool known = false;  // whether `lost` is of an earlier sample
    bool saturated = false;
    bool filling = false;
    std::array<bool, loss_kinds> loses{};
    budget lines;
    std::uint64_t seen = 0;  // number of the last sample that it was in
  };

  void look(thing& at, const pressure& now);
  void look_at_losses(thing& at, const pressure& now);
  void say(budget& of, time_point when, std::string line);

  pressure_log_config config_;
  writer write_;
  std::map<std::string, thing, std::less<>> things_;  // by kind and name
  budget readiness_lines_;
  readiness_state state_ = readiness_state::ready;
  std::uint64_t samples_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace tidegate
