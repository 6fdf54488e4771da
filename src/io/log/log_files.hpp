// log_files.hpp: the seam between a log's logic and the system: two files, the active one and the spare.
//
// Implementations: posix_log_files, uring_log_files, and a scripted disk in the tests that fails, delays, reorders and
// forgets on purpose. The logic above (log_core) never sees a descriptor, a name or a clock.
//
// A segment's life: prepare() makes the spare (created, allocated, synced); begin() writes its head, gives it its name
// and makes it the active one; write() and sync() fill it; retire() cuts it to its length and closes it. abandon()
// closes the active one as it is: after a failure nothing of it is ever synced again.
// Work under way: any number of writes up to depth(), and one each of every other kind. Ends come through reap().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "io/lane.hpp"

namespace tidegate::detail {

/// The unit of O_DIRECT here; also the alignment of everything in a file written that way.
inline constexpr std::size_t log_block_bytes = 4096;
inline constexpr std::uint64_t log_in_block = log_block_bytes - 1;  ///< a position's bits within its block

enum class log_work : std::uint8_t { write, sync, prepare, begin, allocate, retire };

/// How a piece of work ended: bytes written or 0, or a negated errno value. `slot` counts for writes only.
struct log_done {
  log_work what;
  unsigned slot;
  std::int64_t result;
};

/// What begin() needs to know.
struct segment_start {
  std::span<const std::byte> head;  // stays until the end of begin(); whole blocks for a direct file
  std::uint64_t number = 0;         // that of prepare()
  std::uint64_t first_seq = 0;
  bool synced = false;  // head and name are on the disk before begin() ends
};

class log_files {
 public:
  /// The most writes that any implementation has under way.
  static constexpr unsigned most_writes = 4;
  /// The most that one reap() finds.
  static constexpr std::size_t most_done = most_writes + 4;

  log_files() = default;
  log_files(const log_files&) = delete;
  log_files& operator=(const log_files&) = delete;
  virtual ~log_files() = default;

  [[nodiscard]] virtual unsigned depth() const noexcept = 0;
  /// True: writes are whole blocks at whole blocks, from memory aligned to blocks.
  [[nodiscard]] virtual bool direct() const noexcept = 0;

  // --- the spare
  virtual void prepare(std::uint64_t number, bool in_failover, bool synced) noexcept = 0;
  /// There is no active file. On failure there is no spare any more either.
  virtual void begin(const segment_start& start) noexcept = 0;
  /// Closes and removes it.
  virtual void drop_spare() noexcept = 0;

  // --- the active file
  /// `bytes` belong to the file until the end of this write.
  virtual void write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept = 0;
  /// fdatasync. Orders against nothing that is still under way.
  virtual void sync() noexcept = 0;
  /// The same for every segment from `first_number` to the active one, reopened by name, and for their names. Used by
  /// logs that do not sync: their files are closed unsynced.
  virtual void sync_since(std::uint64_t first_number) noexcept = 0;
  /// Claims disk for a part of the file.
  virtual void allocate(std::uint64_t offset, std::uint64_t bytes) noexcept = 0;
  /// At once. 0 or an errno value.
  [[nodiscard]] virtual int truncate(std::uint64_t bytes) noexcept = 0;
  /// Cuts to `bytes` and closes; nobody hears how it ended.
  virtual void retire(std::uint64_t bytes) noexcept = 0;
  virtual void abandon() noexcept = 0;
  /// Closes and removes: nothing in it counts.
  virtual void discard() noexcept = 0;

  // --- ends and waiting
  /// Hands over what was staged and collects what has ended, without waiting; `out` has room for most_done.
  virtual std::size_t reap(std::span<log_done> out) noexcept = 0;
  /// Sleeps until reap() may find something, the wake descriptor is readable (if heeded), or the deadline. May be
  /// early.
  virtual void wait(deadline until, wake_rule wake) noexcept = 0;
  /// For whoever waits for several at once, as lane::wants(); prepare_wait() before.
  virtual void prepare_wait() noexcept {}
  [[nodiscard]] virtual pollfd wants() const noexcept { return {-1, 0, 0}; }
  [[nodiscard]] virtual bool wake_requested() noexcept = 0;
  /// 0, or the errno value that cut us off from writes under way: their buffers must be leaked.
  [[nodiscard]] virtual int severed() const noexcept { return 0; }
  /// Nothing is under way, and nothing will be: gives everything back, the directories' locks included.
  virtual void shut() noexcept = 0;
  /// In a child process after fork(2): closes its copies of the descriptors, and touches nothing else.
  virtual void disown() noexcept {}
  /// Memory that they have for themselves: a ring that nobody else is on.
  [[nodiscard]] virtual std::size_t max_bytes() const noexcept { return 0; }
  /// Gets ready for another owner thread; nothing is under way.
  virtual bool rebind() noexcept { return true; }
  [[nodiscard]] virtual deadline::time_point now() const noexcept { return native_sync::now(); }
  /// Nanoseconds since 1970, for people only.
  [[nodiscard]] virtual std::uint64_t wall_clock_ns() const noexcept { return 0; }
};

}  // namespace tidegate::detail
