// sink_core.hpp: the logic of a sink: credits, marks, record account, batches, failure, close. No system call in here.
//
// States: open -> (closing) -> closed, and at any time failed. One rule holds in all of them, in bytes and in records:
//   accepted == written + in flight + lost,  and in flight <= capacity.
// Operations ("flights") cover consecutive ranges of positions, oldest first; `written` is the prefix that they and
// their predecessors have completed. What a later flight wrote behind a hole does not count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>

#include "io/ack_marks.hpp"
#include "io/batch_chain.hpp"
#include "io/drain_limits.hpp"
#include "io/fork_guard.hpp"
#include "io/group_member.hpp"
#include "io/lane.hpp"
#include "io/record_ends.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/io/sink.hpp"

namespace tidegate::detail {

class group_core;

class sink_core final : public group_member {
 public:
  /// `config` must have passed resolve_limits(); `offset` is where position 0 lies in the file.
  sink_core(std::unique_ptr<write_lane> lane, const sink_config& config, std::uint64_t offset,
            backend_report backend) noexcept;
  ~sink_core();

  /// Once, before the first write.
  void join(std::shared_ptr<group_core> group);

  /// Second step of construction: the memory. False: there is none.
  [[nodiscard]] bool allocate() noexcept;

  /// Fills in defaults and checks; an error when the limits contradict each other.
  [[nodiscard]] static std::error_code resolve_limits(sink_config& config) noexcept;

  sink_status write(std::span<const std::byte> record) noexcept;
  sink_status write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept;
  sink_status write(record_parts parts) noexcept;
  sink_status claim(std::size_t max_bytes, std::span<std::byte>& place) noexcept;
  sink_status commit(std::span<std::byte> place, std::size_t used) noexcept;
  [[nodiscard]] bool writable() const noexcept { return open_ && !paused_ && !process_.foreign(); }
  [[nodiscard]] sink_credits credits() const noexcept;
  void set_corked(bool corked) noexcept;
  [[nodiscard]] bool corked() const noexcept { return corked_; }

  std::size_t pump() noexcept override;
  wait_status wait_progress(deadline until) noexcept;
  wait_status drain(deadline until) noexcept;
  wait_status flush(deadline until) noexcept;
  wait_status flush_acked(deadline until) noexcept;
  wait_status wait(deadline until) noexcept;
  close_report close(deadline until, const undelivered_callback& on_undelivered);
  bool rebind_owner() noexcept override;
  [[nodiscard]] std::uint64_t progress() const noexcept override;
  [[nodiscard]] deadline next_try() const noexcept override;
  [[nodiscard]] pollfd wants() const noexcept override { return closed_ ? pollfd{-1, 0, 0} : lane_->wants(); }
  [[nodiscard]] bool in_flight() const noexcept override { return operations_ > 0; }

  [[nodiscard]] sink_position position() const noexcept;
  [[nodiscard]] lost_range lost() const noexcept;
  [[nodiscard]] std::error_code error() const noexcept;
  [[nodiscard]] sink_stats stats() const noexcept;
  [[nodiscard]] bool tells_acked() const noexcept { return tells_acked_; }
  [[nodiscard]] std::size_t kernel_queued() noexcept;
  [[nodiscard]] const backend_report& backend() const noexcept { return backend_; }
  [[nodiscard]] const sink_config& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t max_bytes() const noexcept;

 private:
  /// One range of positions given to the lane, in one slot, until all of it is written.
  struct flight {
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t done;  // written up to here
    bool busy;           // the lane owns the bytes from `done` on
  };
  enum class send_rule : bool { full_batches, everything };

  [[nodiscard]] in_flight_now load() const noexcept {
    return {accepted_ - written_ - lost_, records_accepted_ - records_written_ - records_lost_};
  }
  [[nodiscard]] bool usable() noexcept;
  void disown() noexcept;
  [[nodiscard]] sink_status admit(std::size_t bytes, std::size_t records) noexcept;
  [[nodiscard]] sink_status after_accept() noexcept;
  void note_pause() noexcept;
  void note_resume() noexcept;
  void shut() noexcept;
  void take(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] std::size_t write_through(std::span<const std::byte> bytes) noexcept;

  void advance(send_rule rule) noexcept;
  void collect() noexcept;
  void complete(completion ended) noexcept;
  void fold() noexcept;
  void count_retry(int error_number) noexcept;
  void back_off(int error_number) noexcept;
  void fail(std::error_code error) noexcept;
  void give_up_rest() noexcept;
  std::int64_t look_at_acks() noexcept;
  void watch() noexcept;
  void evict() noexcept;
  void cancel_evicted() noexcept;
  [[nodiscard]] bool send(send_rule rule) noexcept;
  void launch(unsigned slot) noexcept;
  [[nodiscard]] bool resting() noexcept;

  [[nodiscard]] bool stall_is_news() noexcept;
  template <class Done>
  wait_status wait_until(deadline until, wake_rule wake, Done done) noexcept;
  void sleep(deadline until, wake_rule wake) noexcept;
  void finish(deadline until) noexcept;
  void cancel_and_reap() noexcept;
  void hand_back(const undelivered_callback& on_undelivered);
  void hand_back_record(const undelivered_callback& on_undelivered, std::uint64_t begin, std::uint64_t end);

  // what does not change
  const std::unique_ptr<write_lane> lane_;
  const sink_config config_;
  const std::uint64_t offset_;
  const backend_report backend_;
  const fork_guard process_;
  const bool tells_acked_;
  const drain_limits limits_;
  std::shared_ptr<group_core> group_;

  // where we are, in cumulative bytes and records
  batch_chain chain_;
  record_ends ends_;
  std::uint64_t accepted_ = 0;
  std::uint64_t submitted_ = 0;  // end of the newest flight
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t records_accepted_ = 0;
  std::uint64_t records_written_ = 0;
  std::uint64_t records_lost_ = 0;
  std::uint64_t next_begin_ = 0;  // where record number records_written_ begins: at or before written_
  ack_marks acks_;                // where tells_acked_
  std::uint64_t next_try_ = 0;    // when corked: look for completions once accepted_ is here

  // operations: a ring of flights, oldest first; the index is the lane's slot
  std::array<flight, write_lane::max_depth> flights_{};
  unsigned oldest_ = 0;
  unsigned flying_ = 0;      // flights in the ring
  unsigned operations_ = 0;  // of them, those the lane owns

  // state
  bool open_ = true;     // write() may accept: neither failed nor closing
  bool paused_ = false;  // between the high and the low mark
  bool corked_ = false;
  bool closing_ = false;
  bool cancelling_ = false;
  bool closed_ = false;
  bool recount_ = false;  // a record may be written already although `written_` has not moved since the last fold()
  const std::byte* claimed_ = nullptr;  // what claim() gave out,
  std::uint64_t claimed_number_ = 0;    // for this record
  unsigned refusals_ = 0;               // transient refusals in a row
  deadline::time_point retry_at_ = deadline::time_point::min();
  deadline::time_point paused_at_;
  std::error_code error_;
  sink_stats stats_;
  close_report report_;
  std::uint64_t returning_ = 0;        // the next record to hand back
  std::uint64_t returning_begin_ = 0;  // and where it begins

  // the stall detector, when stall_after > 0
  bool moved_ = true;        // bytes were written, or there was nothing to write, since watch() looked last
  bool stall_news_ = false;  // it stalled, and no wait has said so
  deadline::time_point moved_at_;
  deadline::time_point cancel_at_ = deadline::time_point::max();  // evicted, and something is still under way

  struct owner_role;
  role_guard<checks_enabled, owner_role, native_sync> owner_;
};

}  // namespace tidegate::detail
