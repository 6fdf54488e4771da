// pressure_sampler.hpp: looks at everything that is registered, period by period, and says what two counters tell over
// time: how much has entered and how much has left.
//
// For a FIFO these are its cumulative arrival and departure curves. So without a stamp in any element, and without an
// instruction in any push or pop: depth, rates, saturation, peak, the age of the oldest element, sojourn times, the
// slope of the depth with its standard error, time to full, drain time, and time at full.
// Exactness: ages and sojourn times, element by element, and so their percentiles, are right to one sampling period
// (the longest gap between two samples), for elements that entered within the last `history` samples in which something
// moved; for older ones to a few percent of their age. Of a queue that is no FIFO (lanes, conflation of all) the mean
// is right, and percentiles are those of a FIFO with the same curves.
// Threads: any; sample() and read() wait for each other. Callbacks run on the thread that samples, and may read().
// Memory: bounded: for each thing some 100 bytes times `history`; what stands still takes less.
// Origin: cumulative curves after Newell, "Applications of Queueing Theory", 1971; least squares over a window by
// running sums; rates by exponentially weighted sums with a half-life. See docs/design/observe.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tidegate/base/deadline.hpp"
#include "tidegate/observe/pressure.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate {

/// Numbers of a sampler.
struct sampler_config {
  std::chrono::nanoseconds period =
      std::chrono::milliseconds(100);                            ///< of start(); who samples himself need not keep it
  std::chrono::nanoseconds window = std::chrono::seconds(10);    ///< of the slope and of the sojourn times
  std::chrono::nanoseconds half_life = std::chrono::seconds(2);  ///< of what the rates rest on
  std::size_t history = 512;  ///< samples kept for a thing, >= 16; the window is cut to so many
  double significance = 2;    ///< time_to_full is told when the slope is above so many of its standard errors
};

class pressure_sampler {
 public:
  using callback = std::function<void(std::span<const pressure>)>;

  /// `of` outlives it. Throws std::invalid_argument: a period, window or half-life that is not above 0, a window below
  /// two periods, a history below 16, or a negative significance.
  explicit pressure_sampler(registry& of = registry::process(), sampler_config config = {});
  pressure_sampler(const pressure_sampler&) = delete;
  pressure_sampler& operator=(const pressure_sampler&) = delete;
  /// As stop().
  ~pressure_sampler();

  /// Looks once, and calls the callbacks. A `now` that lies before the last one counts as that one.
  void sample();
  void sample(deadline::time_point now);

  /// Samples on a thread of its own, every period, until stop(). Throws std::system_error. Twice is once.
  void start();
  void stop() noexcept;

  /// How everything stood at the last sample, in the order in which it was added. The peak starts anew.
  [[nodiscard]] std::vector<pressure> read();
  /// The same, and the peak goes on.
  [[nodiscard]] std::vector<pressure> look() const;

  /// `tell` is called after every sample from now on, by whoever samples. It is not copied from call to call: what it
  /// remembers, it keeps. It must not throw, nor sample, nor stop().
  void on_sample(callback tell);

  [[nodiscard]] const sampler_config& config() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace tidegate
