// watched_run.hpp: what looks at a run from outside: a registry, a sampler with a thread of its own, and readiness.
//
// Only the sampler reads the counters, period by period. Whoever shows them asks for its last sample, or is told each.
// Threads: watch(), on_sample() and start() the one that sets the run up; stop() likewise; the rest any.
#pragma once

#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "tidegate/observe/pressure_sampler.hpp"
#include "tidegate/observe/readiness.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate::pump {

class watched_run {
 public:
  static constexpr std::chrono::milliseconds default_period{100};

  explicit watched_run(std::chrono::nanoseconds period = default_period)
      : sampler_(things_, sampler_config{.period = period}) {
    sampler_.on_sample([this](std::span<const pressure> all) {
      ready_.update(all, all.empty() ? std::chrono::steady_clock::now() : all.front().at);
    });
  }

  /// `thing` lives until stop() has returned.
  template <class Thing>
  void watch(Thing& thing, watch_options how) {
    watched_.push_back(things_.add(thing, std::move(how)));
  }

  /// Told each sample, once readiness knows it, on the sampler's thread. See pressure_sampler::on_sample().
  void on_sample(pressure_sampler::callback tell) { sampler_.on_sample(std::move(tell)); }

  /// Throws std::system_error when there is no thread.
  void start() { sampler_.start(); }

  /// Looks for a last time, so that the last sample is how the run ended; then nothing is watched any more.
  void stop() {
    sampler_.stop();
    sampler_.sample();
    watched_.clear();
  }

  [[nodiscard]] pressure_sampler& sampler() noexcept { return sampler_; }
  [[nodiscard]] const registry& things() const noexcept { return things_; }
  [[nodiscard]] readiness& ready() noexcept { return ready_; }

 private:
  registry things_;
  readiness ready_;
  pressure_sampler sampler_;       // tells ready_, and ends before it
  std::vector<watching> watched_;  // end before what they watch in, and what they watch
};

}  // namespace tidegate::pump
