// shared_passage.hpp: several readers, or workers, between the sources and the sink thread.
//
//   readers → stretch_queue → sink thread                                              mpsc
//   readers → stretch_queue → workers → queue of sheets → order_stage → sink thread    spmc or mpmc, then mpsc
//
// What is inside counts against one account, record_credits, from before it goes in until the sink thread takes it.
// A worker takes a free sheet first and then the oldest stretch, works, and hands the sheet on; the sink thread gives
// sheets back. So results held back for order are bounded by the sheets, and the one that is waited for always has
// its own: no worker waits for a sheet with a stretch in its hands. A worker that is stopped delays what was read later
// by the same reader; the others go on until that has used up the sheets or the credits.
// --deadline-per-record is looked at when a stretch is taken out, by a worker and by the sink thread: what has waited
// for longer goes no further.
// There is no margin (flow/expiry.hpp): the deadline bounds the wait here, not what comes after it.
// --overflow drop-oldest: a stretch is one record, and the queue evicts the oldest for it, in one step; then the queue
// itself is the account. For memory a reader pops the oldest itself. So exactly as many leave as are needed.
// With workers the credits are the account, and a reader that finds none pops the oldest that no worker has, which
// gives one back. There is one while sheets are fewer than the capacity, as they are unless there are as many workers;
// else the new record is dropped. What is evicted leaves no gap in the order: here a stretch gets its number when a
// worker takes it, and they take by turns. A worker that is stopped while it has the turn stops the others; readers go
// on evicting.
// --lane: each reader has a lane of its own in the queue, and its part of the capacity. One taker, as it alone knows
// whose turn it is: at most one worker.
// Threads: as passage. close() by the last reader, and by the last worker.
//
// Protocol: [last] whoever ends earlier → whoever ends last and closes.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pump/block_pool.hpp"
#include "pump/control.hpp"
#include "pump/deal.hpp"
#include "pump/options.hpp"
#include "pump/order_stage.hpp"
#include "pump/passage.hpp"
#include "pump/progress.hpp"
#include "pump/record_credits.hpp"
#include "pump/stretch_queue.hpp"
#include "pump/transform.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spmc_queue.hpp"

namespace tidegate::pump {

/// What a worker made of a stretch.
struct sheet {
  stretch of;
  std::uint32_t kept = 0;  ///< records
  bool expired = false;    ///< those that were kept waited for too long
  bool unworked = false;   ///< the time was over, or it failed: all of them, and not to be delivered
  std::array<record, most_in_stretch> records;
  std::array<std::uint64_t, most_in_stretch> hashes;
};

class shared_passage final : public passage {
 public:
  /// Throws failure when the pattern cannot be used, std::bad_alloc. `until` ends with the pump; a worker that fails
  /// makes it give up.
  shared_passage(const options& wanted, std::size_t readers, block_pool& blocks, control& until);
  ~shared_passage() override;

  [[nodiscard]] record_entrance& entrance(std::size_t reader) noexcept override;
  [[nodiscard]] record_exit& exit() noexcept override;
  [[nodiscard]] std::size_t workers() const noexcept override { return workers_; }
  void work(std::size_t worker) noexcept override;

  // What work() consists of.

  /// Takes a sheet, and the oldest stretch for it; nothing when none will come any more.
  [[nodiscard]] std::optional<std::uint32_t> begin(std::size_t worker) noexcept;

  /// Does the work on it and hands it on.
  void finish(std::size_t worker, std::uint32_t place) noexcept;

  [[nodiscard]] std::size_t capacity() const noexcept override { return capacity_; }
  [[nodiscard]] std::size_t depth_hint() const noexcept override { return stats().depth; }
  [[nodiscard]] queue_stats stats() const noexcept override;
  [[nodiscard]] std::size_t max_bytes() const noexcept override;
  [[nodiscard]] std::vector<std::uint64_t> taken_by_lane() const override;
  [[nodiscard]] const own_histogram& residence() const noexcept override { return residence_; }
  [[nodiscard]] tally filtered() const noexcept override { return filtered_.read(); }
  [[nodiscard]] tally expired() const noexcept override { return expired_.read(); }
  [[nodiscard]] std::string problem() const override;

 private:
  class reader_end;
  class evicting_end;
  class sink_end;
  class merging_end;
  class ordering_end;
  using line = mpsc_queue<std::uint32_t>;
  using sheets_back = spmc_queue<std::uint32_t>;

  [[nodiscard]] record_credits& credits_of(std::size_t reader) noexcept {
    return accounts_[lanes_.empty() ? 0 : reader];
  }
  /// Threads that take what is to be delivered.
  [[nodiscard]] std::size_t takers() const noexcept { return workers_ > 0 ? workers_ : 1; }
  /// Else the queue itself is the account.
  [[nodiscard]] bool uses_credits() const noexcept { return !evicts_ || workers_ > 0; }
  [[nodiscard]] std::unique_ptr<stretch_queue> make_queue(std::size_t readers) const;
  [[nodiscard]] std::size_t sheet_count() const noexcept;
  void make_worker_stage(const options& wanted);
  void reader_done() noexcept;
  void worker_done() noexcept;
  [[nodiscard]] bool take(std::size_t worker, stretch& out) noexcept;
  void fill(sheet& into, const transform& how) noexcept;
  [[nodiscard]] bool is_too_old(const stretch& next) const noexcept;

  /// Written by the sink thread, read by any.
  struct shown_tally {
    gauge records, bytes;

    void add(std::uint64_t record_count, std::uint64_t byte_count) noexcept {
      records.set(records.read() + record_count);
      bytes.set(bytes.read() + byte_count);
    }
    [[nodiscard]] tally read() const noexcept { return {records.read(), bytes.read()}; }
  };

  std::size_t capacity_;
  std::vector<lane> lanes_;              // by reader; none: all share one queue and its credits
  std::deque<record_credits> accounts_;  // one, or one a lane
  block_pool& blocks_;
  control& until_;
  std::size_t workers_;
  bool hashing_;
  bool evicts_;
  std::optional<std::chrono::nanoseconds> lifetime_;  // of a record
  std::size_t stretch_records_;                       // at most, so that several workers find work in a small queue
  std::unique_ptr<stretch_queue> queue_;
  native_sync::atomic<std::size_t> readers_left_;
  native_sync::atomic<std::size_t> workers_left_;
  native_sync::atomic<bool> failed_{false};
  std::vector<transform> transforms_;  // one a worker
  std::vector<sheet> sheets_;
  std::mutex turn_;                      // to take, where readers evict
  std::vector<std::uint64_t> taken_of_;  // by workers, of each reader: whoever has the turn
  std::unique_ptr<line> done_;           // sheets, workers → sink thread
  std::unique_ptr<sheets_back> free_;    // sheets, sink thread → workers
  std::vector<line::producer> done_by_;
  std::vector<sheets_back::consumer> free_for_;
  own_histogram residence_{residence_config};
  shown_tally filtered_;
  shown_tally expired_;
  std::vector<std::unique_ptr<reader_end>> entrances_;
  std::unique_ptr<sink_end> exit_;
};

}  // namespace tidegate::pump
