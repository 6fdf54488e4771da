// branch.hpp: one of the sinks that each record goes to: a sink or a log, and its account.
//
// A record that is put ends in one of three places: delivered (a log: settled), dropped (a log on a full disk), or
// undelivered. A branch that has ended takes nothing, and counts all that is put as undelivered.
// Thread role: the sink thread, except for the constructor and, afterwards, report().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <variant>

#include "pump/branch_report.hpp"
#include "pump/open_sinks.hpp"
#include "pump/run_of_records.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/observe/posting.hpp"

namespace tidegate::pump {

class branch {
 public:
  using clock = std::chrono::steady_clock;

  /// `added_each`: bytes that --hash adds to a record.
  branch(output&& to, std::size_t added_each, std::optional<std::chrono::nanoseconds> evict_stuck);

  /// True while it takes records.
  [[nodiscard]] bool lives() const noexcept { return lives_; }
  /// For messages.
  [[nodiscard]] const std::string& name() const noexcept { return report_.name; }
  [[nodiscard]] bool is_log() const noexcept { return std::holds_alternative<log_pointer>(to_); }
  [[nodiscard]] bool grouped() const noexcept { return grouped_; }
  [[nodiscard]] bool writable() const noexcept;
  [[nodiscard]] bool in_flight() const noexcept;
  [[nodiscard]] std::error_code error() const noexcept;
  /// A log that waits for room on its disk.
  [[nodiscard]] bool suspended() const noexcept;
  /// And takes what it can meanwhile, rather than hold up the others.
  [[nodiscard]] bool drops() const noexcept;
  /// Delivered so far, as read.
  [[nodiscard]] tally delivered() const noexcept;
  [[nodiscard]] std::size_t max_bytes() const noexcept;

  /// Takes the run, all or nothing; false: no credit now, try again after a wait. Everything else settles it.
  [[nodiscard]] bool put(const run_of_records& run) noexcept;
  /// It will not be tried again.
  void miss(const run_of_records& run) noexcept;

  void pump() noexcept;
  /// Until something was delivered, or nothing is in flight.
  wait_status wait(deadline until) noexcept;
  /// Until writable().
  wait_status drain(deadline until) noexcept;
  /// wait(), for the last time: a log does not put its sync off.
  wait_status settle(deadline until) noexcept;
  /// Whether the peer has confirmed everything: the most that a byte stream can tell. True where nobody can know. The
  /// branch fails or is evicted when the peer will not.
  [[nodiscard]] bool confirmed() noexcept;

  /// Shows how it stands to whoever watches.
  void post() noexcept;
  [[nodiscard]] posting& board() noexcept { return *board_; }

  /// The end; `until` is for what is in flight. What is left is counted.
  void close(deadline until) noexcept;
  /// Records that came too late to be put.
  void miss(const tally& late) noexcept { report_.undelivered += late; }

  [[nodiscard]] const branch_report& report() const noexcept { return report_; }

 private:
  using sink_pointer = std::unique_ptr<sink>;
  using log_pointer = std::unique_ptr<log_sink>;

  void note_unconfirmed() noexcept;
  void fail(std::error_code error) noexcept;
  void take_over(const close_report& from) noexcept;
  void note_stats(const sink_stats& from) noexcept;
  void note_stats(const log_stats& from) noexcept;
  [[nodiscard]] tally of(const run_of_records& run) const noexcept;

  std::variant<sink_pointer, log_pointer> to_;
  unique_fd socket_;
  std::size_t added_each_;
  std::optional<std::chrono::nanoseconds> evict_stuck_;
  bool grouped_;
  bool lives_ = true;
  std::uint64_t unconfirmed_ = ~std::uint64_t{0};  // at the last look, and when that number was new
  clock::time_point confirmed_at_{};
  branch_report report_;
  std::unique_ptr<posting> board_;
};

}  // namespace tidegate::pump
