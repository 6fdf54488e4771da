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
  return sizes;
}

}  // namespace tidegate::pump
