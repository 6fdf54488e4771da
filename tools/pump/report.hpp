// report.hpp: everything the command says about a finished run, as one value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pump/branch_report.hpp"
#include "pump/failure.hpp"
#include "pump/ledger.hpp"
#include "pump/options.hpp"
#include "tidegate/io/sink_types.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate::pump {

struct report {
  ledger account;
  std::uint64_t kept_weight = 0;    ///< with --overflow sample:N: records that those which were kept stand for
  std::uint64_t unrepresented = 0;  ///< left out at the end, with no later one that stands for them
  std::uint64_t read_bytes = 0;
  tally unfinished;  ///< pieces of records that never were complete, and were not offered
  std::uint64_t connections = 0;
  std::uint64_t added_bytes = 0;  ///< by --hash, to what was delivered
  std::uint64_t readers = 1;      ///< threads that read
  double seconds = 0;
  queue_stats queue;
  std::vector<std::uint64_t> taken_by_lane;               ///< with --lane: records that left each lane for the sink
  std::optional<std::chrono::nanoseconds> residence_p99;  ///< 99 % of the sampled records were no longer in the queue
  std::uint64_t residence_samples = 0;
  std::uint64_t block_waits = 0;     ///< times reading waited for memory to come back
  tally taken;                       ///< what came to the sinks
  std::vector<branch_report> sinks;  ///< what each made of that
  std::uint64_t bound_bytes = 0;     ///< memory for records and their bookkeeping: never more
  std::uint64_t peak_bytes = 0;      ///< largest resident size of the process
  exit_code code = exit_code::done;
  std::string problem;  ///< why the code is not 0, in one line; empty if it is

  /// The identity; that every byte that was read is either of an offered record or of an unfinished one; and that each
  /// sink accounts for all that came to it.
  [[nodiscard]] bool balanced() const noexcept;
};

/// The report as lines for people. Ends with a newline.
[[nodiscard]] std::string to_text(const report& of, const options& wanted);

/// The report as one JSON object on one line. Ends with a newline.
[[nodiscard]] std::string to_json(const report& of, const options& wanted);

[[nodiscard]] const char* to_string(overflow_policy policy) noexcept;

}  // namespace tidegate::pump
