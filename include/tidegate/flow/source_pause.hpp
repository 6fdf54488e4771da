// source_pause: stops reading a source while what was read piles up behind it, by watermarks.
//
//   source_pause reading;
//   credits<credit_options{.watermarks = true}> room({.total = 4096});
//   room.on_watermark(watermarks::for_batches_of(512), reading.follow());
//   while (reading.wait_until_resumed(deadline, stop)) read_a_batch();
//
// Threads: any.  Progress: paused_hint() is one load; waiting ends by the deadline plus scheduling delay.
// Source: pause at two batches, resume at one, after SmallRye's Kafka connector (1339).
#pragma once

#include <concepts>
#include <cstdint>
#include <stop_token>

#include "tidegate/flow/watermark.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate {

template <wait_kind Wait = wait_kind::park, class Sync = native_sync>
class basic_source_pause {
 public:
  using time_point = deadline::time_point;

  /// The callback of a watermark; this object must outlive it.
  [[nodiscard]] auto follow() noexcept {
    return [this](watermark_edge edge) noexcept { edge == watermark_edge::above ? pause() : resume(); };
  }

  void pause() noexcept {
    paused_.store(1, order::relaxed);      // guards no data
    pauses_.fetch_add(1, order::relaxed);  // counts
  }
  void resume() noexcept {
    paused_.store(0, order::release);  // [resume] pairs with wait_until_resumed()
    readers_.notify(everyone);
  }

  [[nodiscard]] bool paused_hint() const noexcept { return paused_.load(order::relaxed) != 0; }  // observation
  /// How often it was paused.
  [[nodiscard]] std::uint64_t pauses() const noexcept { return pauses_.load(order::relaxed); }  // observation

  /// True as soon as it is not paused; false when `when` came first, or a stop was requested.
  [[nodiscard]] bool wait_until_resumed(time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    const std::stop_token token(stop...);
    bool resumed = false;
    const auto attempt = [&]() noexcept {
      resumed = !token.stop_requested() && paused_.load(order::acquire) == 0;  // [resume] pairs with resume()
      return resumed || token.stop_requested();
    };
    if (!attempt() && !deadline(when).reached(Sync::now())) {
      static_cast<void>(readers_.wait(attempt, when, token, wait_budget{}));  // `resumed` tells
    }
    return resumed;
  }

 private:
  typename Sync::template atomic<unsigned> paused_{0};
  typename Sync::template atomic<std::uint64_t> pauses_{0};
  wait_point<Wait, Sync> readers_;
};

using source_pause = basic_source_pause<>;

}  // namespace tidegate
