// outlet.hpp: the thread that takes records out of the queue and puts them into the sinks.
//
// Neighbours in one block go to a sink as one run, in one copy. When any sink pauses, nothing is popped: the queue
// fills and the pressure reaches the reader. What all have copied is released block by block. Records that are to be
// hashed are put together in a buffer of its own first. Every wait ends when the pump is told to stop.
// Thread role: the sink thread, except for the constructor and, afterwards, outcome().
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pump/block_pool.hpp"
#include "pump/control.hpp"
#include "pump/ledger.hpp"
#include "pump/options.hpp"
#include "pump/pacer.hpp"
#include "pump/passage.hpp"
#include "pump/progress.hpp"
#include "pump/run_of_records.hpp"
#include "pump/sink_set.hpp"

namespace tidegate::pump {

/// What delivering came to.
struct delivery {
  tally taken;                       ///< what came out for the sinks; bytes as they were read
  std::vector<branch_report> sinks;  ///< each accounts for all of it
};

class outlet {
 public:
  outlet(const options& wanted, outputs&& to, record_exit& from, block_pool& blocks, control& until, progress& shown,
         sink_set::speaker say);

  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return sizeof(*this) + hashed_.capacity() + sinks_.max_bytes();
  }

  /// Before run().
  void be_watched(watched_run& by) { sinks_.be_watched(by); }

  /// Delivers until nothing comes any more, the last sink fails or the time is over; then closes the sinks.
  void run() noexcept;

  /// Once run() has ended.
  [[nodiscard]] delivery outcome() const { return {taken_, sinks_.reports()}; }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most_in_run = 4096;

  [[nodiscard]] portion fetch() noexcept;
  [[nodiscard]] portion wait_for_records() noexcept;
  void deliver(portion some) noexcept;
  [[nodiscard]] run_of_records take_run(const portion& some) noexcept;
  [[nodiscard]] run_of_records hash_run(const portion& some) noexcept;
  void enter_block(std::uint32_t block) noexcept;
  void release_copied() noexcept;
  [[nodiscard]] bool put(const run_of_records& run) noexcept;
  [[nodiscard]] bool wait_for_turn() noexcept;
  [[nodiscard]] bool settled(wait_status status) noexcept;
  void show_progress() noexcept;
  void finish() noexcept;
  [[nodiscard]] bool settle() noexcept;
  void await_confirmation() noexcept;
  void discard_rest() noexcept;

  sink_set sinks_;
  record_exit& from_;
  block_pool& blocks_;
  control& until_;
  progress& shown_;
  pacer pace_;
  tally taken_;
  tally late_;         // of them, what was put into no sink
  bool open_ = true;   // more records may come
  bool alive_ = true;  // a sink takes records, and there is time
  framing_kind kind_;
  std::size_t added_each_;  // bytes that --hash adds to a record
  std::uint32_t block_ = 0;
  std::size_t copied_ = 0;  // records of block_, not released yet
  std::chrono::milliseconds patience_{1};
  std::vector<std::byte> hashed_;
  std::array<std::uint32_t, most_in_run> lengths_{};
};

}  // namespace tidegate::pump
