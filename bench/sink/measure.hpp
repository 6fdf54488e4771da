// measure.hpp: one run of one sender, from its start to the arrival of the last byte, with all CPU time that it cost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/sink/job.hpp"

namespace tidegate::bench::sink_bench {

/// CPU time of all threads of this process so far, ended ones included.
[[nodiscard]] std::uint64_t process_cpu_ns() noexcept;

/// One question: where to, how large, how often.
struct question {
  transport via = transport::tcp;
  std::size_t record_bytes = 64;
  bool paced = false;  ///< one record a millisecond, and the figure is the latency
};

/// What a run came to.
struct outcome {
  double seconds = 0;
  double cpu_ns_per_record = 0;
  std::vector<double> latencies_us = {};
};

/// Does one run in a fresh folder below `parent` and checks what arrived. Throws wrong_result when it is not what was
/// sent.
[[nodiscard]] outcome run_once(const sender& one, const question& asked, std::uint64_t records, bool whole_check,
                               const std::filesystem::path& parent);

/// Puts every sender that can answer into its cells. The first run of a sender in a cell is preceded by one in which
/// every byte is checked.
void enlist_cells(registry& list, const std::filesystem::path& parent);

inline constexpr std::string_view regimes[] = {"tcp", "unix", "file", "durable", "latency"};
inline constexpr std::string_view limit_name = "limit: coalesce 256 KiB";
inline constexpr std::string_view queued_limit_name = "limit: coalesce 256 KiB behind a queue";
inline constexpr std::string_view paced_reference_name = "write(2) a record";
inline constexpr std::string_view durable_limit_name = "limit: coalesce 256 KiB, fdatasync";

}  // namespace tidegate::bench::sink_bench
