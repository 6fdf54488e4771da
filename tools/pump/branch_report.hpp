// branch_report.hpp: what one of the sinks came to. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "pump/ledger.hpp"
#include "tidegate/io/log_types.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate::pump {

enum class branch_end : std::uint8_t {
  complete,   ///< it delivered all that it took
  cut_short,  ///< the time was over before
  evicted,    ///< its peer made no progress for --evict-stuck
  failed,     ///< see branch_report::error
};

[[nodiscard]] constexpr std::string_view to_string(branch_end end) noexcept {
  constexpr std::string_view names[] = {"complete", "cut_short", "evicted", "failed"};
  const auto index = static_cast<std::size_t>(end);
  return index < std::size(names) ? names[index] : "invalid branch_end";
}

/// What only a log tells.
struct log_report {
  log_engine engine = log_engine::automatic;
  std::uint64_t durable_records = 0;
  std::uint64_t durable_seq = 0;  ///< every record up to here is durable
  std::uint64_t recovered_records = 0;
  std::uint64_t cut_bytes = 0;  ///< by recovery, of what a crash left half-written
  log_stats stats = {};
};

/// What came to the sinks is, for each of them, delivered + dropped + undelivered. Bytes as they were read.
struct branch_report {
  std::string sink;  ///< as written
  std::string name;  ///< for messages
  branch_end end = branch_end::complete;
  std::error_code error;  ///< of a sink that failed or was evicted
  tally delivered;
  tally dropped;                           ///< by a log on a full disk
  tally undelivered;                       ///< accepted and not written, or not even accepted
  std::uint64_t added_bytes = 0;           ///< by --hash, to what was delivered
  std::uint64_t cut_bytes = 0;             ///< of an undelivered record that had begun to leave
  std::uint64_t unacknowledged_bytes = 0;  ///< taken by the kernel, but the peer's has not confirmed them
  backend_report backend;
  std::uint64_t batches = 0;
  std::uint64_t short_writes = 0;
  std::uint64_t pauses = 0;
  std::uint64_t waits = 0;
  std::chrono::nanoseconds waited{0};
  std::optional<log_report> log = {};

  [[nodiscard]] constexpr tally accounted() const noexcept { return delivered + dropped + undelivered; }
};

}  // namespace tidegate::pump
