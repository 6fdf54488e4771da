// log_sink.hpp: a sink whose records are kept: a segmented append log with checksums, synced by policy, that survives a
// killed process, a power cut and a full or failing disk. Written with the calls of sink.hpp; read with log_reader.
//
// Every record gets the next seq, from 1 on. It is `durable` when fdatasync said so, and until then (unless the policy
// is none()) its bytes are kept in memory and its credit is taken. A segment whose write or sync failed is given up for
// ever, and all that is not durable goes to a new one, in failover_directory if there is one. A full disk suspends the
// log; it goes on by itself when there is room. What may be in flight is the only memory, and max_bytes() says how
// much.
//
// Opening takes the log's lock, recovers what is there (recovered() is the report) and goes on with the next seq in a
// new segment. A process killed at any time loses nothing that was written, a power cut nothing that was durable.
//
// In a sink_group (log_config::group) its one wait and pump() move the log, too, and know when its syncs are due.
// After fork(2) a child is refused, as in sink.hpp: every call answers failed, error() is sink_errc::forked, and
// nothing of the log is touched; the lock is the parent's, and goes with the parent's close().
//
// Thread roles: one owner thread, as for sink; one more thread inside, asleep but when a segment is made (and, without
// io_uring, during fdatasync). Progress: write(), write_run() and pump() wait for no sync; engines `inlined` and
// `direct` without io_uring take as long as pwrite(2) takes. A sync or write under way cannot be called back: close()
// outlasts its deadline by what the disk still needs for it.
// Source: segments, salts and strict tails after RocksDB and etcd; group commit after DeWitt et al. 1984.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/log_recovery.hpp"
#include "tidegate/io/log_types.hpp"

namespace tidegate {

namespace detail {
class log_core;
}

class log_sink {
 public:
  /// Recovers and opens. Throws std::system_error: sink_errc, log_errc (in_use: another writer; corrupt: damage that
  /// recovery does not cut off by itself), or what the system answered; or std::bad_alloc. A full disk is no error,
  /// except under disk_full_policy::fail.
  explicit log_sink(const log_config& config);

  /// The same without exceptions: nullptr and `error`. `found`: recovery's report, also when it refused.
  [[nodiscard]] static std::unique_ptr<log_sink> make(const log_config& config, std::error_code& error,
                                                      log_recovery* found = nullptr) noexcept;

  log_sink(const log_sink&) = delete;
  log_sink& operator=(const log_sink&) = delete;
  /// Without close() before: as close() with a deadline that is over.
  ~log_sink();

  // --- putting records in: answers as sink.hpp has them, and `dropped` under disk_full_policy::drop_new

  /// Takes one record, all or nothing, by copy. Its seq is what next_seq() was before.
  sink_status write(std::span<const std::byte> record) noexcept;

  /// Takes the parts as one record, all or nothing.
  sink_status write(std::span<const std::span<const std::byte>> parts) noexcept;

  /// Takes `lengths.size()` records that lie one behind the other in `bytes`, all or nothing. The lengths must add up
  /// to bytes.size(); anything else aborts.
  sink_status write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept;

  /// Takes one record that `fill` writes in place: it gets a span of `max_bytes` and returns how many of them it used,
  /// from the beginning. Called only when there is credit for `max_bytes`; a `fill` that throws leaves no record. More
  /// than `max_bytes`, or a use of the sink inside `fill`, aborts or breaks the log.
  template <class Fill>
  sink_status emplace(std::size_t max_bytes, Fill&& fill) {
    std::span<std::byte> place;
    if (const sink_status answer = claim(max_bytes, place); !accepted(answer)) return answer;
    return publish(std::forward<Fill>(fill)(place));
  }

  /// Hysteresis, as sink::writable(), over what is not settled.
  [[nodiscard]] bool writable() const noexcept;
  [[nodiscard]] sink_credits credits() const noexcept;
  void cork() noexcept;
  void uncork() noexcept;
  [[nodiscard]] bool corked() const noexcept;

  // --- moving bytes and waiting: as sink.hpp has them, where "written" means settled unless it says otherwise

  /// Looks for completions, starts what is due; returns the bytes that were found settled. Never waits.
  std::size_t pump() noexcept;
  /// Waits until something was settled that was in flight at the call, or nothing was.
  wait_status wait_progress(deadline until) noexcept;
  /// Waits until something is settled or the wake descriptor is readable.
  wait_status wait(deadline until) noexcept;
  /// Waits until in flight <= low_bytes, that is until writable().
  wait_status drain(deadline until) noexcept;
  /// Waits until everything accepted before this call is written: it survives a killed process.
  wait_status flush(deadline until) noexcept;
  /// Waits until everything accepted before this call is durable, whatever the policy: it survives a power cut.
  /// `failed` on a living log: sync_policy::none() and a segment failed with records that were never synced.
  wait_status sync(deadline until) noexcept;

  /// No more in; what is in is settled until the deadline. Every record that is not is handed to `on_undelivered`, in
  /// order, with its seq, and is then not in the log, unless a segment that failed still holds it. Before, the log is
  /// cut and the cut synced, which may outlast the deadline, so that no power cut brings such records back; should that
  /// fail, the report says why. Under sync_policy::none(), and behind a failure, it is not synced, and a power cut may.
  /// Without a callback such records stay where they are. A second call returns the same report and hands back nothing.
  log_close_report close(deadline until, const undelivered_callback& on_undelivered = {});

  /// The calling thread becomes the owner. False, and nothing changes, while anything is under way: sync() first.
  bool rebind_owner() noexcept;

  // --- looking

  [[nodiscard]] log_position position() const noexcept;
  /// The seq that the next record gets.
  [[nodiscard]] std::uint64_t next_seq() const noexcept;
  /// Every record up to here is durable.
  [[nodiscard]] std::uint64_t durable_seq() const noexcept;
  /// The disk is full, and what is accepted waits for room.
  [[nodiscard]] bool suspended() const noexcept;
  /// When a call is wanted although nothing happens: a timed sync, or another try on a full disk. The waits know it;
  /// who sleeps elsewhere pumps by then. A sink_group and the drivers know it, too.
  [[nodiscard]] deadline next_due() const noexcept;
  /// Why the log failed; no error while it lives.
  [[nodiscard]] std::error_code error() const noexcept;
  [[nodiscard]] const log_stats& stats() const noexcept;
  /// The backend, and in words: the engine, and why it is not the one that was asked for.
  [[nodiscard]] const backend_report& backend() const noexcept;
  /// The limits in force, with every default and `automatic` resolved, and without a directory that salvage gave up.
  [[nodiscard]] const log_config& config() const noexcept;
  /// What opening found and put right.
  [[nodiscard]] const log_recovery& recovered() const noexcept;
  /// Memory of buffers and bookkeeping, and of its ring if it has one of its own; known at construction, never
  /// exceeded; without recovered(). A ring that it shares is in sink_group::max_bytes().
  [[nodiscard]] std::size_t max_bytes() const noexcept;

 private:
  log_sink(std::unique_ptr<detail::log_core> core, log_recovery found) noexcept;
  sink_status claim(std::size_t max_bytes, std::span<std::byte>& place) noexcept;
  sink_status publish(std::size_t used) noexcept;

  std::unique_ptr<detail::log_core> core_;
  log_recovery found_;
};

}  // namespace tidegate
