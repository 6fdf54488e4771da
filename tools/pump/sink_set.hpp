// sink_set.hpp: all sinks of the pump: every record goes to each, and the slowest one sets the pace.
//
// Streams and files share a sink_group, so that one sleep waits for all of them; a log sleeps alone, and while both are
// in flight the sleeps are short and in turn. A sink that fails, or is evicted, ends by itself: the others go on.
// Thread role: the sink thread, except for the constructor and, afterwards, reports().
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pump/branch.hpp"
#include "pump/control.hpp"
#include "pump/open_sinks.hpp"
#include "pump/options.hpp"
#include "pump/run_of_records.hpp"
#include "pump/watched_run.hpp"

namespace tidegate::pump {

class sink_set {
 public:
  using clock = std::chrono::steady_clock;
  using speaker = std::function<void(const std::string&)>;

  /// `say` gets a line when something happens that the run goes on with.
  sink_set(const options& wanted, outputs&& to, speaker say);

  /// True while any takes records.
  [[nodiscard]] bool lives() const noexcept;
  /// Every one that lives would take more.
  [[nodiscard]] bool writable() const noexcept;
  [[nodiscard]] bool in_flight() const noexcept;
  [[nodiscard]] std::size_t full_disks() const noexcept;
  /// Of the one that is behind the others.
  [[nodiscard]] tally delivered() const noexcept;
  [[nodiscard]] std::size_t max_bytes() const noexcept;

  /// Shows how each stands to whoever watches.
  void post() noexcept;
  /// Registers all; they are watched until the run's stop().
  void be_watched(watched_run& by);

  /// Every sink owes it a place from now on: put() until it is true, or miss().
  void offer() noexcept;
  /// True when every sink has the run, or has counted it.
  [[nodiscard]] bool put(const run_of_records& run) noexcept;
  /// Those that do not have the run yet will not get it.
  void miss(const run_of_records& run) noexcept;

  void pump() noexcept;
  /// Until something was delivered, or as long as makes sense.
  wait_status wait(deadline until) noexcept;
  /// wait(), when nothing but room is waited for.
  wait_status wait_for_room(deadline until) noexcept;
  /// wait(), when nothing comes any more.
  wait_status settle(deadline until) noexcept;
  /// Every peer has confirmed everything, or never will.
  [[nodiscard]] bool confirmed() noexcept;

  /// Closes all; what is in flight is counted.
  void close() noexcept;
  /// Records that came too late to be put.
  void miss(const tally& late) noexcept;

  [[nodiscard]] std::vector<branch_report> reports() const;

 private:
  using lone_wait = wait_status (branch::*)(deadline) noexcept;

  wait_status wait_for(deadline until, lone_wait alone) noexcept;
  [[nodiscard]] std::size_t choose_waiting() noexcept;
  bool look_around() noexcept;
  void bury(branch& dead) noexcept;

  std::unique_ptr<sink_group> group_;  // outlives its members
  std::vector<branch> branches_;
  std::vector<bool> owes_;
  speaker say_;
  bool said_full_ = false;
  std::size_t chosen_ = 0;  // who is waited for, see choose_waiting()
  std::chrono::milliseconds turn_{1};
};

}  // namespace tidegate::pump
