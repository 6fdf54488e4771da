// options.hpp: what `tidegate pump` was asked to do, checked; and the sizes that follow from it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pump/endpoint.hpp"
#include "pump/framing.hpp"
#include "pump/transform.hpp"
#include "tidegate/io/log_types.hpp"
#include "tidegate/io/sink_types.hpp"
#include "tidegate/queue/queue_options.hpp"

namespace tidegate::pump {

/// What happens to a record that finds the queue full.
enum class overflow_policy : std::uint8_t {
  block,        ///< reading waits: lossless
  reject,       ///< the record is refused and counted; the command ends with exit code 1, as nobody can offer it again
  drop_newest,  ///< the record is dropped and counted; that was asked for, so the exit code stays 0
  drop_oldest,  ///< the oldest record in the queue leaves for it, and is counted; the exit code stays 0
  sample,       ///< from half full on every Nth is kept, the others are counted; the exit code stays 0
};

/// What a sink log:DIR is told besides.
struct log_choices {
  sync_policy sync = sync_policy::each_batch();
  log_engine engine = log_engine::automatic;
  disk_full_policy on_disk_full = disk_full_policy::block;
  std::string failover = {};  ///< directory; empty: none
};

enum class summary_format : std::uint8_t { text, json, none };

/// What the numbers are when nothing is said is the command line's affair.
struct options {
  std::vector<endpoint> sources;
  std::vector<endpoint> sinks;  ///< the last argument, then those of --tee: each gets every record
  log_choices log;
  framing records;
  std::uint64_t capacity = 0;
  std::uint64_t capacity_bytes = 0;
  overflow_policy overflow = overflow_policy::block;
  std::uint32_t sample_every = 1;                           ///< of overflow_policy::sample
  std::size_t max_waiters = queue_config::any_number;       ///< readers that wait for room; others refuse
  std::optional<std::chrono::nanoseconds> record_deadline;  ///< how long a record may wait, from when it was read
  std::size_t workers = 0;                                  ///< threads that transform records
  transforms work;
  std::vector<std::uint32_t> lanes = {};  ///< weights, one a source; none: all share one queue
  std::uint64_t high_bytes = 0;
  std::uint64_t low_bytes = 0;
  backend_kind backend = backend_kind::automatic;
  std::optional<std::chrono::nanoseconds> evict_stuck;  ///< how long the peer of a sink may make no progress
  std::optional<std::uint64_t> throttle;                ///< bytes a second into the sink
  std::optional<std::uint64_t> rate_limit;              ///< bytes a second out of the sources
  std::chrono::nanoseconds drain_for{0};
  bool keep_listening = false;
  bool stats = false;
  std::optional<endpoint> metrics = {};  ///< where to serve metrics
  bool pressure_log = false;
  std::optional<std::string> counters = {};  ///< path of the counters file to publish, or "auto"

  /// Somebody looks from outside while it runs.
  [[nodiscard]] bool watched() const noexcept { return metrics.has_value() || pressure_log || counters.has_value(); }

  summary_format summary = summary_format::text;
};

inline constexpr std::uint64_t most_capacity = std::uint64_t{1} << 28;
inline constexpr std::uint64_t most_capacity_bytes = std::uint64_t{1} << 36;
inline constexpr std::uint64_t most_record_bytes = std::uint64_t{1} << 28;
inline constexpr std::uint64_t most_workers = 64;
inline constexpr std::uint64_t most_lane_weight = 1000;
inline constexpr std::uint64_t most_waiters = 512;
inline constexpr std::uint64_t most_sampled = 1'000'000'000;
inline constexpr std::size_t most_sinks = 16;
inline constexpr std::uint64_t most_sync_interval_ms = 3'600'000;
inline constexpr std::uint64_t most_mark_bytes = std::uint64_t{1} << 29;

/// The byte budget of the queue, cut into blocks that records are read into and stay in until the sink has copied them.
struct sizing {
  std::size_t block_bytes = 0;  ///< holds the longest record, and a little to read past it
  std::uint32_t credits = 0;    ///< blocks that may hold queued records; one more is always there to read into
  sink_config sink;             ///< never refuses a record for its size
  log_config log;               ///< likewise, and without a directory
};

/// Derives the sizes. Throws failure, naming the option and what is accepted, when no memory layout can satisfy them.
[[nodiscard]] sizing size_up(const options& wanted);

}  // namespace tidegate::pump
