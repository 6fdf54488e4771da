// lane.hpp: the seam between a sink's logic and the system: starts writes, reports how they ended, waits, cancels.
//
// Implementations: uring_lane, posix_stream_lane, posix_file_lane, and a scripted one in the tests that misbehaves on
// purpose. The logic above (sink_core) never sees a descriptor, an errno from anywhere else, or a clock.
//
// Rule of buffers: bytes given to submit() belong to the lane until reap() has returned the completion of that slot,
// whatever cancel() or anything else said in between.
#pragma once

#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

/// How one operation ended: bytes moved (maybe fewer than asked, maybe 0), or a negated errno value.
struct completion {
  unsigned slot;
  std::int64_t result;
};

/// Whether a wait should also end when the wake descriptor is readable.
enum class wake_rule : bool { ignore, heed };

class write_lane {
 public:
  /// The most operations that any lane has in flight.
  static constexpr unsigned max_depth = 8;

  write_lane() = default;
  write_lane(const write_lane&) = delete;
  write_lane& operator=(const write_lane&) = delete;
  virtual ~write_lane() = default;

  /// Operations in flight at once; slots are 0 .. depth() - 1. Streams have 1, for order.
  [[nodiscard]] virtual unsigned depth() const noexcept = 0;

  /// Starts writing `bytes` at `offset` (streams ignore it). The slot must be free. May complete at once, inside.
  virtual void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept = 0;

  /// Writes what fits now, from the caller's memory and without keeping it; bytes moved or a negated errno value.
  /// Called only while nothing is in flight. -EAGAIN: nothing fits, or this lane cannot; submit() then.
  [[nodiscard]] virtual std::int64_t write_now(std::span<const std::byte>, std::uint64_t) noexcept { return -EAGAIN; }

  /// Hands over what was submitted and collects what has ended, without waiting. Returns how many were stored in `out`,
  /// which has room for depth().
  virtual std::size_t reap(std::span<completion> out) noexcept = 0;

  /// Sleeps until reap() may find something, the wake descriptor is readable (if heeded), or the deadline. May be
  /// early.
  virtual void wait(deadline until, wake_rule wake) noexcept = 0;

  /// Whoever waits for several lanes at once waits for this, too: a descriptor and events, or -1: nothing, or the ring
  /// that they share tells.
  [[nodiscard]] virtual pollfd wants() const noexcept { return {-1, 0, 0}; }

  /// True while the wake descriptor is readable.
  [[nodiscard]] virtual bool wake_requested() noexcept = 0;

  /// Asks every operation in flight to end soon. Their completions still come through reap(). May be repeated.
  virtual void cancel() noexcept = 0;

  /// 0, or the errno value that cut us off from operations in flight: their completions can never come, and their
  /// buffers must be leaked.
  [[nodiscard]] virtual int severed() const noexcept { return 0; }

  /// Closes the descriptor; nothing is in flight (or the lane is severed). `orderly`: everything was written up to
  /// `end`.
  virtual void close(bool orderly, std::uint64_t end) noexcept = 0;

  /// Whether unacked() knows anything.
  [[nodiscard]] virtual bool tells_unacked() const noexcept { return false; }

  /// At least as many bytes as the kernel took and the peer has not confirmed, those of operations in flight included;
  /// a negated errno value when the connection is broken. Only where tells_unacked().
  [[nodiscard]] virtual std::int64_t unacked() noexcept { return 0; }

  /// In a child process after fork(2): closes its copies of the descriptors, and touches nothing else, neither memory
  /// shared with the kernel nor the connection.
  virtual void abandon() noexcept {}

  /// Memory that it has for itself: a ring that nobody else is on.
  [[nodiscard]] virtual std::size_t max_bytes() const noexcept { return 0; }

  /// Gets ready for another owner thread; nothing is in flight.
  virtual bool rebind() noexcept { return true; }

  [[nodiscard]] virtual deadline::time_point now() const noexcept { return native_sync::now(); }
};

}  // namespace tidegate::detail
