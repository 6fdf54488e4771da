// sink_group.hpp: several sinks, one thread, one io_uring (or one poll set), one wait.
//
//   sink_group group;
//   stream_sink first(..., {.group = &group}), second(..., {.group = &group});
//   doorbell arrivals(group, queue.pop_source());
//   ... move what there is from the queue to the sinks, then
//   group.pump();
//   if (arrivals.arm()) group.wait(until);      // an element, room in a sink, or the deadline
//
// Each member keeps its own credits, marks and failure: a peer that is stuck or gone is that member's affair, and
// leaving (close() or the destructor) reaps its own operations only. What all members have staged goes to the kernel in
// one call.
//
// Thread roles: one owner thread for the group, its doorbells and its sinks; all may be made on another one before.
// Lifetime: sinks and doorbells go first; checked builds abort otherwise.
// Progress: pump() never waits for a peer; wait() returns by its deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/sink_types.hpp"
#include "tidegate/io/uring_features.hpp"

namespace tidegate {

namespace detail {
class group_core;
}

/// How a doorbell reaches a thread that sleeps in wait(). All cost the same to be woken by.
enum class doorbell_kind : std::uint8_t {
  automatic,     ///< event_fd
  event_fd,      ///< an eventfd, watched by one poll that stays armed
  futex,         ///< the queue's own futex word, by an operation of io_uring: no descriptor
  ring_message,  ///< a message from ring to ring: no descriptor; for doorbells rung by hand
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(doorbell_kind kind) noexcept {
  constexpr std::string_view names[] = {"automatic", "event_fd", "futex", "ring_message"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(names) ? names[index] : "invalid doorbell_kind";
}

struct group_config {
  /// `automatic` may be overruled by the environment variable TIDEGATE_BACKEND; a value set here may not.
  backend_kind backend = backend_kind::automatic;
  /// What of io_uring is not to be used, in addition to what TIDEGATE_URING_WITHOUT says. That of a member is ignored.
  uring_features without = {};
  /// Anything but event_fd is tried out first; where that fails, event_fd is taken, and backend() says why.
  doorbell_kind doorbells = doorbell_kind::automatic;
  /// As sink_config::wake_fd: while it is readable, wait() returns `interrupted`.
  int wake_fd = -1;
  /// Entries of the rings of requests and of completions; 0: 128, and four times the requests. A full ring costs system
  /// calls and loses nothing.
  unsigned submissions = 0;
  unsigned completions = 0;
  /// The longest sleep on a doorbell that is no event_fd: then its source is looked at, and a wake that has not come is
  /// counted (group_stats::late_wakes).
  std::chrono::milliseconds heartbeat{100};
};

/// Counters of one group. Cumulative.
struct group_stats {
  std::uint64_t sleeps = 0;        ///< times wait() slept, or looked once because of its deadline
  std::uint64_t rings = 0;         ///< times wait() returned because a doorbell had rung
  std::uint64_t late_wakes = 0;    ///< elements found by looking that no wake had told of: 0 unless the kernel errs
  std::uint64_t ring_entries = 0;  ///< calls of io_uring_enter(2)
  std::uint64_t overflows = 0;     ///< times completions did not fit into their ring: more of them would save calls
};

class sink_group {
 public:
  /// Throws std::system_error (or std::bad_alloc).
  explicit sink_group(const group_config& config = {});

  /// The same without exceptions: nullptr and `error`. Errors: sink_errc, or what the system answered.
  [[nodiscard]] static std::unique_ptr<sink_group> make(const group_config& config, std::error_code& error) noexcept;

  sink_group(const sink_group&) = delete;
  sink_group& operator=(const sink_group&) = delete;
  ~sink_group();

  /// Pumps all members, then sleeps until one of them got on or failed (ok), a doorbell rang or wake_fd is readable
  /// (interrupted), or the deadline (timed_out). Several at once: in the order interrupted, ok, timed_out. Without
  /// anything in flight or to ring, it sleeps to the deadline; `failed` when that is never.
  wait_status wait(deadline until) noexcept;

  /// As sink::pump() for every member, with one system call for all that they hand over; the bytes found written.
  std::size_t pump() noexcept;

  /// The calling thread becomes the owner of the group, its doorbells and its sinks. False, and nothing changes, while
  /// operations of a member are in flight, or when a doorbell is a ring_message.
  bool rebind_owner() noexcept;

  /// Which backend runs, how completions come, which doorbells, and why, in one line.
  [[nodiscard]] const backend_report& backend() const noexcept;
  /// The kind in force.
  [[nodiscard]] doorbell_kind doorbells() const noexcept;
  [[nodiscard]] group_stats stats() const noexcept;
  /// Sinks that exist, closed ones included.
  [[nodiscard]] std::size_t members() const noexcept;
  /// Memory of the ring that all share and of the lists of who is there; the sinks count their own.
  [[nodiscard]] std::size_t max_bytes() const noexcept;

 private:
  friend class detail::group_core;
  explicit sink_group(std::shared_ptr<detail::group_core> core) noexcept;

  std::shared_ptr<detail::group_core> core_;
};

}  // namespace tidegate
