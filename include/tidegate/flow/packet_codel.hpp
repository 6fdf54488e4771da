// packet_codel: CoDel's own control law: drops one element, then ever more often, until the queue is short again.
//
// For senders that slow down when something of theirs is dropped. The rate of drops grows with the square root of their
// number: against senders that do not slow down it takes seconds where codel (flow/codel.hpp) takes one interval.
// Threads: one consumer.  Progress: wait-free, plain arithmetic.
// Origin: RFC 8289, section 5 (Nichols, Jacobson, McGregor & Iyengar, 2018), in our words; what it counts in bytes is
// counted in elements here: the last element of a queue is never dropped.
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/sync.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"

namespace tidegate {

template <class Sync = native_sync>
class packet_codel {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = deadline::time_point;

  explicit packet_codel(codel_config config = {}) : config_(detail::checked_codel(config)) {}

  /// True when the element that has just been taken out after `waited` is to be dropped; `left`: elements behind it.
  [[nodiscard]] bool drops(nanoseconds waited, std::size_t left, time_point now = Sync::now()) noexcept {
    const bool stands = stands_above_target(waited, left, now);
    if (!stands) {
      dropping_ = false;
      return false;
    }
    if (dropping_ && now < drop_next_) return false;
    if (dropping_) {
      ++in_a_row_;
    } else {
      enter(now);
    }
    drop_next_ += step();
    drops_.add();
    return true;
  }

  [[nodiscard]] std::uint64_t drop_count() const noexcept { return drops_.read(); }

 private:
  /// The wait has been above target for a whole interval.
  [[nodiscard]] bool stands_above_target(nanoseconds waited, std::size_t left, time_point now) noexcept {
    if (waited < config_.target || left == 0) {
      is_above_ = false;
      return false;
    }
    if (!is_above_) {
      is_above_ = true;
      above_until_ = now + config_.interval;
    }
    return now >= above_until_;
  }

  /// Dropping starts: near the last rate if that was not long ago.
  void enter(time_point now) noexcept {
    const std::uint64_t lately = in_a_row_ - at_entry_;
    const bool soon = dropped_before_ && now - drop_next_ < 16 * config_.interval;
    in_a_row_ = lately > 1 && soon ? lately : 1;
    at_entry_ = in_a_row_;
    drop_next_ = now;
    dropping_ = dropped_before_ = true;
  }

  /// interval / sqrt(drops in a row).
  [[nodiscard]] nanoseconds step() const noexcept {
    const double root = std::sqrt(static_cast<double>(in_a_row_));
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>(config_.interval.count()) / root));
  }

  const codel_config config_;
  time_point above_until_{};
  time_point drop_next_{};
  std::uint64_t in_a_row_ = 0;
  std::uint64_t at_entry_ = 0;
  bool is_above_ = false;
  bool dropping_ = false;
  bool dropped_before_ = false;
  detail::own_tally<Sync> drops_;
};

}  // namespace tidegate
