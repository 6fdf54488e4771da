// disk_jobs.hpp: the slow work on a log's files, one plain function a kind, run by disk_worker's thread.
//
// Nothing here keeps state: a job says all that it needs, and its end gives back the descriptor, if it opened one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/log/log_files.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

/// A directory that segments go to.
struct log_folder {
  unique_fd directory;
  unique_fd lock;  // held while the log is open
};

/// What all jobs of a log share; does not change while it is open.
struct log_folders {
  log_folder primary;
  log_folder failover;  // without descriptors when there is none
  std::string name;
  std::size_t segment_bytes = 0;
  bool direct = false;

  [[nodiscard]] int directory(bool in_failover) const noexcept {
    return (in_failover ? failover : primary).directory.get();
  }
};

/// Trivially copyable: it travels through a socket.
struct disk_job {
  log_work what = log_work::prepare;
  int fd = -1;  // that it works on; prepare opens one
  bool in_failover = false;
  bool synced = false;              // prepare, begin: on the disk when it ends
  std::uint64_t number = 0;         // of the segment; of the first one for a sync by name
  std::uint64_t first_seq = 0;      // begin
  std::uint64_t offset = 0;         // allocate
  std::uint64_t length = 0;         // allocate, retire
  const std::byte* head = nullptr;  // begin
  std::size_t head_bytes = 0;
};

struct disk_job_end {
  log_work what = log_work::prepare;
  std::int64_t result = 0;  // 0, the descriptor that prepare opened, or a negated errno value
};

/// Runs one job. A sync without a descriptor is one by name.
[[nodiscard]] disk_job_end run_job(const log_folders& folders, const disk_job& job) noexcept;

/// Removes the file of a segment; 0 or an errno value. `first_seq` 0: it has not begun.
int remove_segment(const log_folders& folders, bool in_failover, std::uint64_t number,
                   std::uint64_t first_seq) noexcept;

/// Writes all of it; 0 or a negated errno value.
[[nodiscard]] std::int64_t write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset) noexcept;

}  // namespace tidegate::detail
