// outlet.hpp: the thread that takes records out of the queue and puts them into the sink.
//
// Neighbours in one block go to the sink as one run, in one copy. When the sink pauses, nothing is popped: the queue
// fills and the pressure reaches the reader. What has been copied is released block by block. Records that are to be
// hashed are put together in a buffer of its own first. Every wait ends when the pump is told to stop.
// Thread role: the sink thread, except for the constructor and, afterwards, outcome().
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "pump/block_pool.hpp"
#include "pump/control.hpp"
#include "pump/ledger.hpp"
#include "pump/open_endpoints.hpp"
#include "pump/options.hpp"
#include "pump/pacer.hpp"
#include "pump/passage.hpp"
#include "pump/progress.hpp"

namespace tidegate::pump {

/// What delivering came to.
struct delivery {
  tally delivered;  ///< bytes as they were read
  tally undelivered;
  std::uint64_t added_bytes = 0;           ///< by --hash, to what was delivered
  std::uint64_t cut_bytes = 0;             ///< of an undelivered record that had begun to leave
  std::uint64_t unacknowledged_bytes = 0;  ///< taken by the kernel, but the peer's has not confirmed them
  std::error_code error;                   ///< why the sink failed
  sink_stats stats;
};

class outlet {
 public:
  outlet(const options& wanted, output&& to, record_exit& from, block_pool& blocks, control& until, progress& shown);

  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + hashed_.capacity(); }

  /// Delivers until nothing comes any more, the sink fails or the time is over; then closes the sink.
  void run() noexcept;

  [[nodiscard]] const delivery& outcome() const noexcept { return outcome_; }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most_in_run = 4096;

  struct run_of_records {
    std::span<const std::byte> bytes;
    std::span<const std::uint32_t> lengths;
  };

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
  [[nodiscard]] bool flush() noexcept;
  void await_acknowledgement() noexcept;
  void note_unacknowledged() noexcept;
  void close_sink(bool flushed) noexcept;
  void discard_rest() noexcept;

  output to_;
  record_exit& from_;
  block_pool& blocks_;
  control& until_;
  progress& shown_;
  pacer pace_;
  delivery outcome_;
  bool open_ = true;   // more records may come
  bool alive_ = true;  // the sink takes records, and there is time
  framing_kind kind_;
  std::size_t added_each_;  // bytes that --hash adds to a record
  std::uint32_t block_ = 0;
  std::size_t copied_ = 0;  // records of block_, not released yet
  std::chrono::milliseconds patience_{1};
  std::vector<std::byte> hashed_;
  std::array<std::uint32_t, most_in_run> lengths_{};
};

}  // namespace tidegate::pump
