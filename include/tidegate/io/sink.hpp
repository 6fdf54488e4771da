// sink.hpp: what stream_sink and file_sink share: bounded, drain-aware, batched writes to one descriptor.
//
// A loop that feeds a sink: write() until it does not answer `ok` or there is nothing left, then pump(); after `pause`
// wait with drain(), after `full` with wait_progress(). Records are copied into a few fixed buffers (a large one that
// meets an idle sink is written from where it lies); a batch leaves when nothing is in flight, and fills while
// something is (self-clocking: no timer, no added latency, no tiny operation under load). Memory is bounded by
// capacity_bytes and capacity_records, always.
//
// Thread roles: one owner thread. The sink may be made on another one; the first thread that writes, pumps or waits is
// the owner until rebind_owner(). position(), stats() and the rest belong to the owner too: nothing here is atomic.
// After fork(2) the sink stays with the parent. In the child every call answers `failed` and touches nothing that is
// shared; the child's copies of the descriptors are closed at the first call, or with the sink.
// Progress: write(), write_run() and pump() never wait for a peer (a regular file's page cache may block).
// Source: credits and watermarks after TCP windows and asyncio's drain(), with a hard bound and an exact account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate {

namespace detail {
class sink_core;
}

/// The pieces of one record, in order.
using record_parts = std::span<const std::span<const std::byte>>;

class sink {
 public:
  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;
  /// Without close() before: cancels at once. What was not written is lost, and only position() would have told.
  virtual ~sink();

  // --- putting records in

  /// Takes one record, all or nothing, by copy. May be empty; may be larger than batch_bytes.
  sink_status write(std::span<const std::byte> record) noexcept;

  /// Takes the parts as one record, all or nothing: a header and its payload without a copy of your own.
  sink_status write(record_parts parts) noexcept;

  /// Takes `lengths.size()` records that lie one behind the other in `bytes`, all or nothing, in one copy. The lengths
  /// must add up to bytes.size(); anything else aborts, for it would break the account.
  sink_status write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept;

  /// Takes one record that `fill` writes in place: it gets a span of `max_bytes` and returns how many of them it used,
  /// from the beginning. Above batch_bytes: too_big, for the span lies in one buffer. Called only when there is credit
  /// for `max_bytes`; a `fill` that throws leaves the sink as it was. More than `max_bytes`, or a use of the sink
  /// inside `fill`, aborts.
  template <class Fill>
  sink_status emplace(std::size_t max_bytes, Fill&& fill) {
    std::span<std::byte> place;
    if (const sink_status answer = claim(max_bytes, place); !accepted(answer)) return answer;
    const std::size_t used = std::forward<Fill>(fill)(place);
    return commit(place, used);
  }

  /// Hysteresis: false once in flight reaches high_bytes, true again once it is down to low_bytes. False when failed or
  /// closed. Says the same as the last write() did (`ok`: true) until completions are looked for.
  [[nodiscard]] bool writable() const noexcept;

  /// What fits now. Racy in one direction only: completions can make it more, never less.
  [[nodiscard]] sink_credits credits() const noexcept;

  /// From now on write() only copies and full batches leave, until uncork(). pump() and the waits still send
  /// everything.
  void cork() noexcept;
  /// The opposite, and sends what is there.
  void uncork() noexcept;
  [[nodiscard]] bool corked() const noexcept;

  // --- moving bytes and waiting

  /// Looks for completions and hands over what is there; returns the bytes that were found written. Never waits.
  std::size_t pump() noexcept;

  /// Waits until something was written that was in flight at the call, or nothing was.
  wait_status wait_progress(deadline until) noexcept;

  /// Waits until anything happens that the owner may want to act on: something was written since the call (so there is
  /// more room), the wake descriptor is readable, the sink stalled or failed. An idle sink sleeps until the deadline or
  /// the wake descriptor: the one place to wait at for a loop that also feeds the sink. What becomes of an idle sink's
  /// peer shows at the next write.
  wait_status wait(deadline until) noexcept;

  /// Waits until in flight <= low_bytes, that is until writable().
  wait_status drain(deadline until) noexcept;

  /// Waits until everything accepted before this call is written: a fence, later records are not waited for.
  wait_status flush(deadline until) noexcept;

  /// flush(), then waits until all of it is acked: the peer's kernel has it (TCP), the peer has read it (unix sockets).
  /// The kernel does not tell when, so this looks again after 50 us to 5 ms. Where tells_acked() is false: flush().
  wait_status flush_acked(deadline until) noexcept;

  /// No more in; what is in goes out until the deadline, then is cancelled. Every operation is reaped, the descriptor
  /// is closed (a socket with shutdown(2) before), and every record not wholly written is handed to `on_undelivered`
  /// in order. The callback must not use the sink. A second call returns the same report and hands back what was not
  /// handed back before: everything when the first had no callback, nothing when all went well, and when a callback
  /// threw, from its record on.
  close_report close(deadline until, const undelivered_callback& on_undelivered = {});

  /// The calling thread becomes the owner. False, and nothing changes, while operations are in flight: flush() first.
  bool rebind_owner() noexcept;

  // --- looking

  [[nodiscard]] sink_position position() const noexcept;
  /// What will not be written, and why; final once the sink has failed and its last operation has ended, or is closed.
  [[nodiscard]] lost_range lost() const noexcept;
  /// Why the sink failed; no error while it lives.
  [[nodiscard]] std::error_code error() const noexcept;
  /// True when the kernel says what the peer has confirmed: TCP and unix sockets.
  [[nodiscard]] bool tells_acked() const noexcept;
  /// What the kernel holds for the peer now, outside our bounds (SIOCOUTQ): bytes not confirmed (TCP), or the memory of
  /// what was not read, more than its bytes (unix sockets). 0 where tells_acked() is false, and when failed or closed.
  [[nodiscard]] std::size_t kernel_queued() noexcept;
  [[nodiscard]] sink_stats stats() const noexcept;
  [[nodiscard]] const backend_report& backend() const noexcept;
  /// The limits in force, with every default resolved.
  [[nodiscard]] const sink_config& config() const noexcept;
  /// Memory of buffers and bookkeeping, and of its ring if it has one of its own; known at construction, never
  /// exceeded. A ring that it shares is in sink_group::max_bytes().
  [[nodiscard]] std::size_t max_bytes() const noexcept;

 protected:
  explicit sink(std::unique_ptr<detail::sink_core> core) noexcept;

 private:
  [[nodiscard]] sink_status claim(std::size_t max_bytes, std::span<std::byte>& place) noexcept;
  [[nodiscard]] sink_status commit(std::span<std::byte> place, std::size_t used) noexcept;

  std::unique_ptr<detail::sink_core> core_;
};

/// Corks a sink for a scope; then as it was before, and what was written inside leaves in one batch.
class [[nodiscard]] batch_guard {
 public:
  explicit batch_guard(sink& to) noexcept : sink_(to), was_corked_(to.corked()) { sink_.cork(); }
  batch_guard(const batch_guard&) = delete;
  batch_guard& operator=(const batch_guard&) = delete;
  ~batch_guard() {
    if (!was_corked_) sink_.uncork();
  }

 private:
  sink& sink_;
  const bool was_corked_;
};

}  // namespace tidegate
