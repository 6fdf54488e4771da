// log_core.hpp: the logic of a log: credits, marks, frames, segments, group commit, repair. No system call in here.
//
// Frames lie in one ring, in the order of their seqs, at stream positions. A segment is a run of positions: `current_`
// is the active file, `next_` the frames that wait for a new one, which begins when all of current_ is settled.
// Phases: running; clogged (the disk is full: writes under way still end) -> suspended (probing) -> running; poisoned
// (a write or sync failed: everything under way still ends) -> running with all that is not settled in next_, or
// failed. Records count from 0 here; seq = origin.next_seq + record.
// Source: group commit after DeWitt et al. 1984; never syncing a file again whose sync failed after what is known as
// fsyncgate (2018).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>

#include "io/drain_limits.hpp"
#include "io/fork_guard.hpp"
#include "io/group_member.hpp"
#include "io/log/log_files.hpp"
#include "io/log/log_ring.hpp"
#include "io/record_ends.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/io/log_types.hpp"

namespace tidegate::detail {

class group_core;

/// Where a log goes on.
struct log_origin {
  std::uint64_t next_seq = 1;
  std::uint64_t next_number = 1;  // of segments
  std::uint64_t salt = 0;         // random; every segment's salt comes from it
};

class log_core final : public group_member {
 public:
  using parts = std::span<const std::span<const std::byte>>;

  /// `config` must have passed resolve_limits().
  log_core(std::unique_ptr<log_files> files, const log_config& config, const log_origin& origin,
           backend_report backend) noexcept;
  ~log_core();

  /// Fills in defaults and checks; an error when the limits contradict each other.
  [[nodiscard]] static std::error_code resolve_limits(log_config& config) noexcept;
  /// Second step of construction: the memory, and the first segment's file. 0 or an errno value.
  [[nodiscard]] int start() noexcept;
  /// Third step, of a log that is in a group: its files are on the group's ring, or the group has none.
  void join(std::shared_ptr<group_core> group);

  sink_status write(std::span<const std::byte> record) noexcept;
  sink_status write(parts record) noexcept;
  sink_status write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept;
  /// In place, in two steps: room for a record of at most `longest` bytes, then its real length.
  sink_status claim(std::size_t longest, std::span<std::byte>& room) noexcept;
  sink_status publish(std::size_t length) noexcept;
  [[nodiscard]] bool writable() const noexcept { return open_ && !paused_ && !process_.foreign(); }
  [[nodiscard]] sink_credits credits() const noexcept;
  void set_corked(bool corked) noexcept;
  [[nodiscard]] bool corked() const noexcept { return corked_; }

  std::size_t pump() noexcept override;
  wait_status wait_progress(deadline until) noexcept;
  wait_status wait(deadline until) noexcept;
  wait_status drain(deadline until) noexcept;
  wait_status flush(deadline until) noexcept;
  wait_status sync(deadline until) noexcept;
  log_close_report close(deadline until, const undelivered_callback& on_undelivered);
  bool rebind_owner() noexcept override;

  // --- group_member
  [[nodiscard]] std::uint64_t progress() const noexcept override;
  [[nodiscard]] deadline next_try() const noexcept override { return next_due(); }
  void prepare_wait() noexcept override { files_->prepare_wait(); }
  [[nodiscard]] pollfd wants() const noexcept override { return files_->wants(); }
  [[nodiscard]] bool in_flight() const noexcept override { return !idle(); }

  [[nodiscard]] log_position position() const noexcept;
  [[nodiscard]] std::uint64_t next_seq() const noexcept { return seq_of(accepted_.records); }
  [[nodiscard]] std::uint64_t durable_seq() const noexcept { return seq_of(durable_.records) - 1; }
  [[nodiscard]] bool suspended() const noexcept;
  [[nodiscard]] deadline next_due() const noexcept;
  [[nodiscard]] std::error_code error() const noexcept;
  [[nodiscard]] const log_stats& stats() const noexcept { return stats_; }
  [[nodiscard]] const backend_report& backend() const noexcept { return backend_; }
  [[nodiscard]] const log_config& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t max_bytes() const noexcept;

 private:
  enum class send_rule : bool { full_batches, everything };
  enum class phase : std::uint8_t { running, clogged, suspended, poisoned, failed };
  enum class spare_state : std::uint8_t { none, preparing, ready };

  /// A place in the row of records.
  struct place {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;   // of payload
    std::uint64_t stream = 0;  // position behind the last frame
  };
  struct segment {
    std::uint64_t first_record = 0;
    std::uint64_t begin = 0;   // stream position of its first frame
    std::uint64_t end = 0;     // behind its last one; counts once there is a next segment
    std::uint64_t offset = 0;  // in the file, of `begin`
    std::uint64_t salt = 0;
    std::uint32_t salted = 0;  // see salt_crc()
    std::uint64_t number = 0;  // known once it is active
  };
  /// One write: `length` bytes that begin at stream position `begin`, in one slot, until all of it is written.
  struct flight {
    std::uint64_t begin;
    std::uint64_t end;  // stream position behind what it carries; the rest of a last block is zeros
    std::uint64_t length;
    std::uint64_t done;
    bool busy;        // the file owns the bytes from `done` on
    bool last_block;  // lies in blocks_->bounce
  };
  struct alignas(log_block_bytes) blocks {
    std::byte head[2 * log_block_bytes];  // of a segment that begins
    std::byte bounce[log_block_bytes];    // the last block of a direct file, while it is not full
  };

  // --- credits and frames
  [[nodiscard]] bool retains() const noexcept { return config_.sync.rule != sync_policy::when::never; }
  /// Marks tell recovery what was durable, so that behind it a hole is no corruption. A log that never syncs has holes
  /// only where several writes are under way at once.
  [[nodiscard]] bool marks() const noexcept { return retains() || files_->depth() > 1; }
  [[nodiscard]] std::uint64_t seq_of(std::uint64_t record) const noexcept { return origin_.next_seq + record; }
  [[nodiscard]] in_flight_now load() const noexcept {
    return {accepted_.bytes - settled_.bytes - lost_bytes_, accepted_.records - settled_.records - lost_records_};
  }
  [[nodiscard]] bool usable() noexcept;
  void disown() noexcept;
  [[nodiscard]] sink_status admit(std::size_t bytes, std::size_t records, std::size_t longest) noexcept;
  [[nodiscard]] sink_status refuse() noexcept;
  [[nodiscard]] sink_status after_accept() noexcept;
  void note_pause() noexcept;
  [[nodiscard]] segment* tail() noexcept { return has_next_ ? &next_ : active_ ? &current_ : nullptr; }
  [[nodiscard]] std::byte* open_frame(std::uint32_t longest) noexcept;
  void close_frame(std::uint32_t length) noexcept;
  [[nodiscard]] bool has_room_for_mark() const noexcept;
  void append_mark() noexcept;
  void plan_segment() noexcept;
  [[nodiscard]] std::uint64_t next_salt() noexcept;
  [[nodiscard]] std::uint32_t length_of(std::uint64_t record) const noexcept;
  [[nodiscard]] std::uint64_t end_of(std::uint64_t record) const noexcept;
  [[nodiscard]] static std::uint64_t offset_of(const segment& in, std::uint64_t position) noexcept {
    return in.offset + (position - in.begin);
  }

  // --- work and its ends
  void advance(send_rule rule) noexcept;
  void collect() noexcept;
  [[nodiscard]] bool act() noexcept;
  void complete(const log_done& done) noexcept;
  void complete_write(unsigned slot, std::int64_t result) noexcept;
  void complete_sync(std::int64_t result) noexcept;
  void complete_prepare(std::int64_t result) noexcept;
  void complete_begin(std::int64_t result) noexcept;
  void complete_allocate(std::int64_t result) noexcept;
  void fold() noexcept;
  void settle(const place& to) noexcept;
  [[nodiscard]] bool send(send_rule rule) noexcept;
  [[nodiscard]] unsigned send_new(send_rule rule) noexcept;
  void add_flight(std::uint64_t begin, std::uint64_t end, bool last_block) noexcept;
  void launch(unsigned slot) noexcept;
  [[nodiscard]] bool idle() const noexcept;
  /// Idle, or cut off from what is under way.
  [[nodiscard]] bool nothing_to_come() const noexcept { return idle() || files_->severed() != 0; }
  [[nodiscard]] bool resting() noexcept;
  void back_off(std::int64_t result) noexcept;

  // --- syncs and segments
  [[nodiscard]] bool wants_sync() noexcept;
  [[nodiscard]] bool syncs_now() noexcept;
  [[nodiscard]] bool wants_spare() noexcept;
  [[nodiscard]] bool probe() noexcept;
  [[nodiscard]] bool may_turn() const noexcept;
  [[nodiscard]] bool turn() noexcept;
  void start_sync() noexcept;
  void prepare_spare() noexcept;
  [[nodiscard]] std::size_t compose_head(const segment& of) noexcept;

  // --- trouble
  void note_suspension() noexcept;
  void refuse_spare(std::error_code error) noexcept;
  void suspend() noexcept;
  void poison(std::error_code error) noexcept;
  void repair() noexcept;
  void reframe() noexcept;
  void fail(std::error_code error) noexcept;
  void give_up_rest() noexcept;
  [[nodiscard]] deadline::duration next_pause() noexcept;

  // --- waiting and closing
  template <class Done>
  wait_status wait_until(deadline until, wake_rule wake, Done done) noexcept;
  void sleep(deadline until, wake_rule wake) noexcept;
  void reap_all() noexcept;
  void leave_files(bool handed_back) noexcept;
  void cut_durably() noexcept;
  void write_last_mark() noexcept;
  void hand_back(const undelivered_callback& on_undelivered);
  void fill_report() noexcept;

  // what does not change
  const std::unique_ptr<log_files> files_;
  const log_config config_;
  const log_origin origin_;
  const backend_report backend_;
  const fork_guard process_;
  std::shared_ptr<group_core> group_;
  const drain_limits limits_;
  std::unique_ptr<blocks> blocks_;

  // where we are
  log_ring ring_;
  record_ends frame_ends_;
  record_ends payload_ends_;
  place accepted_;
  place written_;  // in the current segment; goes back when that one is poisoned
  place durable_;
  place settled_;           // durable_, or written_ under sync_policy::none()
  place captured_;          // what the sync under way covers
  std::uint64_t sent_ = 0;  // stream position: end of the newest flight
  std::uint64_t lost_bytes_ = 0;
  std::uint64_t lost_records_ = 0;
  std::uint64_t next_try_ = 0;  // when corked: look for completions once accepted_.stream is here
  place most_sent_;             // what position() says: these never go back
  place most_written_;

  // segments
  segment current_;
  segment next_;
  bool active_ = false;  // there is a current_
  bool has_next_ = false;
  bool in_failover_ = false;
  spare_state spare_ = spare_state::none;
  bool spare_refused_ = false;  // for lack of disk
  std::uint64_t spare_number_ = 0;
  std::uint64_t next_number_;
  std::uint64_t salts_ = 0;            // drawn so far
  std::uint64_t unsynced_number_ = 0;  // under none: the first segment that may not be durable; 0: none

  // writes: a ring of flights, oldest first; the index is the slot
  std::array<flight, log_files::most_writes> flights_{};
  unsigned oldest_ = 0;
  unsigned flying_ = 0;   // flights in the ring
  unsigned writing_ = 0;  // of them, those the file owns
  bool last_block_flying_ = false;

  // other work under way
  bool syncing_ = false;
  bool beginning_ = false;
  bool allocating_ = false;
  std::uint64_t captured_number_ = 0;  // under none: the active segment when the sync began

  // state
  phase phase_ = phase::running;
  bool open_ = true;
  bool paused_ = false;
  bool corked_;
  bool closing_ = false;
  bool closed_ = false;
  bool mark_due_ = false;           // `durable` has moved: a mark goes before the next record
  std::uint64_t rewriting_to_ = 0;  // records that must settle before the next failure is forgiven
  std::uint64_t sync_fence_ = 0;    // records that sync() waits for
  bool sync_soon_ = false;          // write() was refused for lack of credit
  bool never_durable_ = false;      // under none: a poisoned segment holds what was never synced
  bool was_suspended_ = false;
  std::uint32_t claimed_ = 0;  // longest record that publish() may end
  unsigned refusals_ = 0;
  unsigned pauses_in_a_row_ = 0;
  std::error_code trouble_;                                      // why clogged or poisoned
  deadline::time_point retry_at_ = deadline::time_point::min();  // writes
  deadline::time_point probe_at_ = deadline::time_point::min();  // disk full
  deadline::time_point spare_at_ = deadline::time_point::min();  // preparing a segment
  deadline::time_point unsynced_since_ = deadline::time_point::max();
  deadline::time_point sync_began_{};
  std::error_code error_;
  log_stats stats_;
  log_close_report report_;

  struct owner_role;
  role_guard<checks_enabled, owner_role, native_sync> owner_;
};

}  // namespace tidegate::detail
