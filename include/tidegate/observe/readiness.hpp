// readiness.hpp: whether this process should get more work: ready, degraded or not ready, by how long its queues will
// need, and not by whether it is alive.
//
// A state is entered when a signal has stood at its `enter` mark or above for `dwell_in`, and left when every signal
// has stood below its `leave` mark for `dwell_out`: noise between the marks, and shorter than the dwell, changes
// nothing. Each dwell is lengthened by a random share, so that a fleet does not turn at once. Liveness is another
// question, and is not answered here: a process that is overloaded must not be killed for it.
// Threads: one updates; state() and the counters any.  Progress: wait-free.
// Errors: the constructor throws std::invalid_argument when a leave mark lies above its enter mark, or a dwell or
// jitter is out of its bounds.
// Source: thresholds and hysteresis as in Envoy's overload manager. Tests: tests/observe/readiness_test.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <string_view>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/random.hpp"
#include "tidegate/flow/retry_after.hpp"
#include "tidegate/observe/pressure.hpp"

namespace tidegate {

/// From good to bad.
enum class readiness_state : std::uint8_t { ready, degraded, not_ready };
inline constexpr std::size_t readiness_states = 3;

/// The enumerator's name, for logs and labels.
[[nodiscard]] constexpr std::string_view to_string(readiness_state state) noexcept {
  constexpr std::string_view names[readiness_states] = {"ready", "degraded", "not_ready"};
  const auto index = static_cast<std::size_t>(state);
  return index < readiness_states ? names[index] : "invalid readiness_state";
}

/// What has most to do with the state.
enum class readiness_signal : std::uint8_t { none, saturation, age, drain_time };

/// The enumerator's name, for logs and labels.
[[nodiscard]] constexpr std::string_view to_string(readiness_signal signal) noexcept {
  constexpr std::string_view names[] = {"none", "saturation", "age", "drain_time"};
  const auto index = static_cast<std::size_t>(signal);
  return index < std::size(names) ? names[index] : "invalid readiness_signal";
}

/// Bad from `enter` on, good again below `leave`.
template <class Value>
struct hysteresis {
  Value enter;
  Value leave;
};

/// The marks of one state. A mark that is never reached switches its signal off.
struct readiness_marks {
  static constexpr double unreachable = std::numeric_limits<double>::infinity();
  static constexpr hysteresis<std::chrono::nanoseconds> off{pressure::never, pressure::never};

  hysteresis<double> saturation{unreachable, unreachable};
  hysteresis<std::chrono::nanoseconds> age = off;         ///< of the oldest element
  hysteresis<std::chrono::nanoseconds> drain_time = off;  ///< predicted; enter: the recovery objective
};

struct readiness_config {
  readiness_marks degraded{.saturation = {0.7, 0.5}};
  readiness_marks not_ready{.saturation = {0.95, 0.7},
                            .age = {std::chrono::seconds(10), std::chrono::seconds(5)},
                            .drain_time = {std::chrono::seconds(30), std::chrono::seconds(10)}};
  std::chrono::nanoseconds dwell_in = std::chrono::seconds(2);
  std::chrono::nanoseconds dwell_out = std::chrono::seconds(10);
  double jitter = 0.25;    ///< a dwell is longer by up to this share of it; 0 to 1
  std::uint64_t seed = 0;  ///< of the jitter: another one in each process of a fleet
  retry_after_bounds retry = {};
  double retry_below = 0.5;  ///< who is refused comes back when the queue should be down to this saturation
};

class readiness {
 public:
  using time_point = deadline::time_point;

  explicit readiness(readiness_config config = {});
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;

  /// What was sampled at `now`, everything that counts for this process; the worst decides. Nothing: ready. A `now`
  /// that lies before the last one counts as that one. Returns the state.
  readiness_state update(std::span<const pressure> all, time_point now) noexcept;
  readiness_state update(const pressure& one) noexcept { return update({&one, 1}, one.at); }

  // Any thread.

  [[nodiscard]] readiness_state state() const noexcept { return state_.load(order::relaxed); }  // guards no data
  [[nodiscard]] bool ready() const noexcept { return state() != readiness_state::not_ready; }
  /// Times that a state was entered so far, the first one not counted.
  [[nodiscard]] std::uint64_t entered(readiness_state which) const noexcept {
    return entered_[static_cast<std::size_t>(which)].load(order::relaxed);  // observation
  }
  [[nodiscard]] std::uint64_t transitions() const noexcept;
  /// The signal that brought the state about; none when ready.
  [[nodiscard]] readiness_signal reason() const noexcept { return reason_.load(order::relaxed); }  // observation

  /// How long somebody who is refused should stay away: until the slowest of those that were sampled last has drained
  /// to `retry_below`. Each caller gets another share of jitter.
  [[nodiscard]] std::chrono::nanoseconds retry_after() noexcept;

 private:
  struct verdict {
    readiness_state at_least = readiness_state::ready;  // bad enough to enter this
    readiness_state at_most = readiness_state::ready;   // not good enough to leave this
    readiness_signal reason = readiness_signal::none;
  };

  /// Something that lasts without interruption.
  struct dwell {
    bool lasts = false;
    time_point since{};
    void follow(bool is_so, time_point now) noexcept {
      if (is_so && !lasts) since = now;
      lasts = is_so;
    }
  };

  [[nodiscard]] verdict judge(std::span<const pressure> all) const noexcept;
  [[nodiscard]] bool has_dwelt(const dwell& what, time_point now, std::chrono::nanoseconds needed) const noexcept;
  void enter(readiness_state next, readiness_signal why) noexcept;
  void note_retry(std::span<const pressure> all) noexcept;

  template <class Value>
  using atomic = native_sync::atomic<Value>;

  const readiness_config config_;
  const tidegate::retry_after retry_;
  own_random chance_;
  shared_random<> shared_chance_;
  time_point last_{};
  dwell bad_[readiness_states];   // by state that is worse than this one: samples call for it, or for worse
  dwell good_[readiness_states];  // by state, this one or better: samples call for better than that
  double stretch_ = 1;            // of the next dwell
  atomic<readiness_state> state_{readiness_state::ready};
  atomic<readiness_signal> reason_{readiness_signal::none};
  atomic<std::uint64_t> entered_[readiness_states]{};
  atomic<std::int64_t> retry_ns_{0};
};

}  // namespace tidegate
