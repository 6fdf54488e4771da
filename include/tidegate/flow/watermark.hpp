// watermark: tells when a level rises to a high mark, and when it has then fallen to a low one. Once for each crossing.
//
// Hysteresis: between the marks nothing is told. Edges alternate: above, below, above, ...
// Who moves the level calls check() afterwards. An edge is told by one of them, in order, one at a time, and never by
// two at once: by the callback, and to listeners, which can be waited for together with other things, or by event_fd.
// Exact: at rest the edges told are those that the level calls for; every edge is one that the level had reached.
// Threads: any for check(); one for each listener. The callback runs on a thread that moved the level; it must not
// throw, and may move the level itself: the edges of that come after it.
// Progress: check() is lock-free, the callback apart: while one callback runs, edges wait for their turn, and nobody
// waits for them.
// Cost: one locked instruction for each move.
// Source: high and low water marks as in asyncio's transports and Node's streams, which tell them too early or twice.
// Tests: tests/contract/flow, tests/model/clients/watermark.hpp.
//
// Protocol: [cross] who moved the level → who crosses: both change one word, and so one of them comes first: whoever
//                   crosses looks again and sees the move, or the mover sees the crossing.
//           [turn]  who crosses → who tells: likewise, no edge is left over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/construction.hpp"
#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

/// The marks: low < high.
struct watermarks {
  std::size_t high = 0;  ///< `above` is told when the level is this or more
  std::size_t low = 0;   ///< then `below` when it is this or less

  /// For a source that is read in batches: paused with two of them inside, resumed with one.
  [[nodiscard]] static constexpr watermarks for_batches_of(std::size_t batch) noexcept { return {2 * batch, batch}; }

  [[nodiscard]] constexpr bool valid() const noexcept { return low < high; }
  bool operator==(const watermarks&) const = default;
};

/// What was crossed.
enum class watermark_edge : std::uint8_t { below, above };

template <class Sync = native_sync>
class watermark {
 public:
  using callback = std::function<void(watermark_edge)>;

  /// Throws std::invalid_argument unless low < high. The level starts below the high mark.
  explicit watermark(watermarks marks, callback tell = {}) : marks_(marks), tell_(std::move(tell)) {
    if (marks.valid()) return;
    fail_construction(
        std::make_error_code(std::errc::invalid_argument),
        "watermark: low " + std::to_string(marks.low) + " is not below high " + std::to_string(marks.high));
  }

  watermark(const watermark&) = delete;
  watermark& operator=(const watermark&) = delete;

  [[nodiscard]] watermarks marks() const noexcept { return marks_; }

  /// After the level was moved. `level()` reads it anew; it may be called several times.
  template <class Level>
  void check(Level&& level) noexcept {
    for (;;) {
      std::uint64_t crossings =
          crossings_.fetch_add(0, order::acq_rel);  // [cross] pairs with itself, and with who listens
      const std::size_t now = level();
      if (is_above(crossings) ? now > marks_.low : now < marks_.high) return;
      // relaxed: the line above has released what moved the level, and looks again
      if (crossings_.compare_exchange_strong(crossings, crossings + 1, order::relaxed, order::relaxed)) tell_all();
    }
  }

  /// Whether the last edge was `above`, a moment ago.
  [[nodiscard]] bool above_hint() const noexcept { return is_above(crossings_.load(order::relaxed)); }  // observation
  /// Crossings so far.
  [[nodiscard]] std::uint64_t crossings() const noexcept { return crossings_.load(order::relaxed); }  // observation

  /// Gets every edge that comes after its construction, in order, by asking.
  class listener {
   public:
    explicit listener(watermark& heard) noexcept
        : heard_(&heard), seen_(heard.crossings_.load(order::relaxed)) {}  // edges before it are not its own

    /// The next edge; none when it has had all.
    [[nodiscard]] std::optional<watermark_edge> next() noexcept {
      if (!ready()) return std::nullopt;
      return edge_of(++seen_);
    }
    [[nodiscard]] bool ready() const noexcept {
      return heard_->crossings_.load(order::acquire) != seen_;  // [cross] pairs with check()
    }
    /// For wait_any(), selector and event_fd.
    [[nodiscard]] wait_source<Sync> source() noexcept {
      return {heard_->listeners_, *this, [](listener& mine) noexcept { return mine.ready(); }, everyone};
    }

   private:
    watermark* heard_;
    std::uint64_t seen_;
  };

 private:
  static constexpr std::uint64_t telling = 1;  // the lowest bit of told_; above it how many edges were told

  [[nodiscard]] static constexpr bool is_above(std::uint64_t crossings) noexcept { return crossings % 2 == 1; }
  [[nodiscard]] static constexpr watermark_edge edge_of(std::uint64_t crossing) noexcept {
    return is_above(crossing) ? watermark_edge::above : watermark_edge::below;
  }

  /// Edge after edge, until none is left, or somebody else does it.
  void tell_all() noexcept {
    listeners_.notify(everyone);
    for (;;) {
      // [turn] pairs with the exchange at the end: no more are told than there are crossings
      std::uint64_t told = told_.fetch_add(0, order::acq_rel);
      const std::uint64_t crossings = crossings_.load(order::relaxed);  // at least those that are told, and the own
      if ((told & telling) != 0 || told >> 1 == crossings) return;
      // relaxed: no number comes twice, and the first line has acquired what the callback before this one did
      if (!told_.compare_exchange_strong(told, told | telling, order::relaxed, order::relaxed)) continue;
      if (tell_) tell_(edge_of((told >> 1) + 1));
      // [turn] pairs with the first line, in who tells next; an exchange, so that the first line acquires from those,
      // too, who found it busy
      told_.exchange(told + 2, order::release);
    }
  }

  const watermarks marks_;
  const callback tell_;
  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> crossings_{0};  // odd: above
  typename Sync::template atomic<std::uint64_t> told_{0};
  event_count<Sync> listeners_;
};

}  // namespace tidegate
