// passage.hpp: the bounded way from the readers to the sink thread, as both ends see it.
//
// Two kinds: direct_passage.hpp (one reader, one queue) and shared_passage.hpp (several readers, or workers between).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "pump/ledger.hpp"
#include "pump/record.hpp"
#include "pump/residence.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate::pump {

/// Where a reader puts records in. Thread role: that reader.
class record_entrance {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~record_entrance() = default;

  /// What is put in until the next call was cut out of its source now.
  virtual void begin_batch() noexcept {}

  /// Puts in as many as there is room for, from the front; returns their number. They lie one behind the other in one
  /// block.
  [[nodiscard]] virtual std::size_t try_push_n(record* first, std::size_t count) noexcept = 0;

  /// Waits for room for the first one; 0 when the time is over or a stop was requested.
  [[nodiscard]] virtual std::size_t push_n_until(record* first, std::size_t count, time_point when,
                                                 const std::stop_token& stop) noexcept = 0;

  /// Takes the oldest record in the queue out, whoever put it in; false when there is none, or the policy is another.
  [[nodiscard]] virtual bool evict_oldest() noexcept { return false; }

  /// What this reader took out so far, also by pushes that found no room: with --overflow drop-oldest.
  [[nodiscard]] virtual tally evicted() const noexcept { return {}; }

  /// Records inside, and how many may be, of those that this reader shares the room with; a moment ago.
  [[nodiscard]] virtual std::size_t depth_hint() const noexcept = 0;
  [[nodiscard]] virtual std::size_t capacity() const noexcept = 0;

  /// This reader puts nothing in any more.
  virtual void close() noexcept = 0;
};

/// What comes out in one go.
struct portion {
  std::span<const record> records;             ///< none: nothing was there
  std::span<const std::uint64_t> hashes = {};  ///< one a record, when records are to be hashed
  bool unworked = false;  ///< they never were transformed, as the time was over: not to be delivered
};

/// Where the sink thread takes records out. Thread role: the sink thread.
class record_exit {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~record_exit() = default;

  /// What is there. The last portion is not used any more.
  [[nodiscard]] virtual portion try_take() noexcept = 0;

  /// Waits for some; none when the time is over, a stop was requested, or nothing will come any more.
  [[nodiscard]] virtual portion take_until(time_point when, const std::stop_token& stop = {}) noexcept = 0;

  /// True when nothing is put in any more. Read it first: what was put in before is then seen.
  [[nodiscard]] virtual bool closed() const noexcept = 0;
};

class passage {
 public:
  passage() = default;
  passage(const passage&) = delete;
  passage& operator=(const passage&) = delete;
  virtual ~passage() = default;

  [[nodiscard]] virtual record_entrance& entrance(std::size_t reader) noexcept = 0;
  [[nodiscard]] virtual record_exit& exit() noexcept = 0;

  /// Threads that transform records; each runs work() with its number until nothing comes any more.
  [[nodiscard]] virtual std::size_t workers() const noexcept { return 0; }
  virtual void work(std::size_t) noexcept {}

  [[nodiscard]] virtual std::size_t capacity() const noexcept = 0;
  [[nodiscard]] virtual std::size_t depth_hint() const noexcept = 0;
  [[nodiscard]] virtual queue_stats stats() const noexcept = 0;
  [[nodiscard]] virtual std::size_t max_bytes() const noexcept = 0;

  /// Of each lane, by reader: records taken out so far. None without lanes.
  [[nodiscard]] virtual std::vector<std::uint64_t> taken_by_lane() const { return {}; }

  /// How long the sampled records stayed.
  [[nodiscard]] virtual const own_histogram& residence() const noexcept = 0;

  /// What --grep took out so far; exact once the sink thread has ended.
  [[nodiscard]] virtual tally filtered() const noexcept { return {}; }

  /// What waited for too long so far; likewise.
  [[nodiscard]] virtual tally expired() const noexcept { return {}; }

  /// Why workers stopped transforming; empty if they did not.
  [[nodiscard]] virtual std::string problem() const { return {}; }
};

}  // namespace tidegate::pump
