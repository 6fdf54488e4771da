// outlet.hpp: the thread that takes records out of the queue and puts them into the sink.
//
// Neighbours in one block go to the sink as one run, in one copy. When the sink pauses, nothing is popped: the queue
// fills and the pressure reaches the reader. A block goes back as soon as a record of another one appears, for then
// all of it has been copied. Every wait ends when the pump is told to stop.
// Thread role: the sink thread, except for the constructor and, afterwards, outcome().
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "pump/block_pool.hpp"
#include "pump/control.hpp"
#include "pump/ledger.hpp"
#include "pump/open_endpoints.hpp"
#include "pump/options.hpp"
#include "pump/pacer.hpp"
#include "pump/progress.hpp"
#include "pump/record_queue.hpp"

namespace tidegate::pump {

/// What delivering came to.
struct delivery {
  tally delivered;
  tally undelivered;
  std::uint64_t cut_bytes = 0;             ///< of an undelivered record that had begun to leave
  std::uint64_t unacknowledged_bytes = 0;  ///< taken by the kernel, but the peer's has not confirmed them
  std::error_code error;                   ///< why the sink failed
  sink_stats stats;
};

class outlet {
 public:
  outlet(const options& wanted, output&& to, record_queue& queue, block_pool& blocks, control& until, progress& shown);

  /// Delivers until the queue is closed and drained, the sink fails or the time is over; then closes the sink.
  void run() noexcept;

  [[nodiscard]] const delivery& outcome() const noexcept { return outcome_; }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most_in_batch = 4096;  // records popped in one go

  struct run_of_records {
    std::span<const std::byte> bytes;
    std::span<const std::uint32_t> lengths;
  };

  [[nodiscard]] std::size_t fetch() noexcept;
  [[nodiscard]] std::size_t wait_for_records() noexcept;
  void deliver(std::span<const record> records) noexcept;
  [[nodiscard]] run_of_records take_run(std::span<const record> records) noexcept;
  void enter_block(std::uint32_t block) noexcept;
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
  record_queue& queue_;
  block_pool& blocks_;
  control& until_;
  progress& shown_;
  pacer pace_;
  delivery outcome_;
  bool open_ = true;   // more records may come
  bool alive_ = true;  // the sink takes records, and there is time
  std::optional<std::uint32_t> block_;
  std::chrono::milliseconds patience_{1};
  std::vector<record> batch_;
  std::array<std::uint32_t, most_in_batch> lengths_{};
};

}  // namespace tidegate::pump
