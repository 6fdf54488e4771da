// disk_worker.hpp: one thread that runs the slow work on a log's files, in the order given, and tells how it ended.
//
// Jobs and their ends travel through a socket pair, a packet each: the owner waits for ends as for any descriptor, and
// nothing is shared but what a job points to. The thread blocks every signal.
#pragma once

#include <memory>
#include <thread>

#include "io/log/disk_jobs.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

class disk_worker {
 public:
  /// `folders` must outlive the worker. Throws std::system_error.
  explicit disk_worker(const log_folders& folders);
  disk_worker(const disk_worker&) = delete;
  disk_worker& operator=(const disk_worker&) = delete;
  ~disk_worker() { finish(); }

  /// Gives a job. False: it was not taken.
  [[nodiscard]] bool give(const disk_job& job) noexcept;

  /// Takes the end of a job, if there is one. Jobs of kind `retire` end in silence.
  [[nodiscard]] bool take(disk_job_end& end) noexcept;

  /// Readable when take() finds something.
  [[nodiscard]] int descriptor() const noexcept { return ours_.get(); }

  /// Runs what was given, then ends the thread.
  void finish() noexcept;

  /// In a child process after fork(2), where the thread does not exist.
  void disown() noexcept;

 private:
  unique_fd ours_;
  unique_fd theirs_;
  std::unique_ptr<std::thread> thread_;
};

}  // namespace tidegate::detail
