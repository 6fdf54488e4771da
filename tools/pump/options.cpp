#include "pump/options.hpp"

#include <algorithm>
#include <string>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t preferred_block_bytes = std::uint64_t{1} << 20;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + page_bytes - 1) / page_bytes * page_bytes; }

/// Room for the longest record and a page behind it, so that a read always has somewhere to go.
std::uint64_t block_bytes_for(const options& wanted) {
  const std::uint64_t least = whole_pages(wanted.records.max_record_bytes()) + page_bytes;
  const std::uint64_t most = std::max(preferred_block_bytes, least);
  return whole_pages(std::clamp(wanted.capacity_bytes / 8, least, most));
}

sink_config sink_config_for(const options& wanted) {
  if (wanted.low_bytes >= wanted.high_bytes) {
    refuse(concat("--low ", std::to_string(wanted.low_bytes), " is not below --high ",
                  std::to_string(wanted.high_bytes), "; accepted: --low < --high"));
  }
  sink_config config;
  const std::uint64_t longest = wanted.records.max_record_bytes() + (wanted.work.hash ? hash_text_bytes : 0);
  const std::uint64_t step = std::max<std::uint64_t>(longest, config.batch_bytes);
  config.high_bytes = wanted.high_bytes;
  config.low_bytes = wanted.low_bytes;
  config.capacity_bytes = std::max<std::uint64_t>(config.capacity_bytes, wanted.high_bytes + step);
  config.backend = wanted.backend;
  config.corked = true;
  config.stall_after = wanted.evict_stuck.value_or(std::chrono::nanoseconds{0});
  config.evict_stalled = wanted.evict_stuck.has_value();
  return config;
}

/// The same limits as any sink has, and segments that hold what may be in flight.
log_config log_config_for(const options& wanted, const sink_config& like) {
  constexpr std::uint64_t longest_in_a_log = (std::uint64_t{1} << 28) - 1;
  const bool has_log = std::ranges::count(wanted.sinks, endpoint_kind::log, &endpoint::kind) > 0;
  const std::uint64_t longest = wanted.records.max_record_bytes() + (wanted.work.hash ? hash_text_bytes : 0);
  if (has_log && longest > longest_in_a_log) {
    refuse(concat("a record of up to ", std::to_string(longest), " bytes does not fit a log; accepted: up to ",
                  std::to_string(longest_in_a_log), ", by a smaller --max-record or --fixed"));
  }
  log_config config;
  config.capacity_bytes = like.capacity_bytes;
  config.high_bytes = like.high_bytes;
  config.low_bytes = like.low_bytes;
  config.segment_bytes = std::max(config.segment_bytes, 2 * like.capacity_bytes);
  config.failover_directory = wanted.log.failover;
  config.engine = wanted.log.engine;
  config.sync = wanted.log.sync;
  config.on_disk_full = wanted.log.on_disk_full;
  config.backend = wanted.backend;
  config.corked = true;
  return config;
}

}  // namespace

sizing size_up(const options& wanted) {
  sizing sizes;
  sizes.block_bytes = block_bytes_for(wanted);
  const std::uint64_t credits = wanted.capacity_bytes / sizes.block_bytes;
  if (credits < 2) {
    refuse(concat("--capacity-bytes ", std::to_string(wanted.capacity_bytes), " cannot hold two records of up to ",
                  std::to_string(wanted.records.max_record_bytes()), " bytes; accepted: at least ",
                  std::to_string(2 * sizes.block_bytes), ", or a smaller --max-record"));
  }
  if (wanted.lanes.size() > credits) {
    refuse(concat("--capacity-bytes ", std::to_string(wanted.capacity_bytes), " cannot be shared by ",
                  std::to_string(wanted.lanes.size()), " lanes; accepted: at least ",
                  std::to_string(wanted.lanes.size() * sizes.block_bytes), ", or a smaller --max-record"));
  }
  sizes.credits = static_cast<std::uint32_t>(credits);
  sizes.sink = sink_config_for(wanted);
  sizes.log = log_config_for(wanted, sizes.sink);
  return sizes;
}

}  // namespace tidegate::pump
