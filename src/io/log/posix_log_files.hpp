// posix_log_files.hpp: a log's files by pwrite(2) in the calling thread; syncs and all slow work in one thread beside.
#pragma once

#include <array>
#include <memory>

#include "io/log/disk_jobs.hpp"
#include "io/log/disk_worker.hpp"
#include "io/log/log_files.hpp"

namespace tidegate::detail {

class posix_log_files : public log_files {
 public:
  /// `wake_fd` is borrowed. Throws std::system_error when there is no thread to be had.
  posix_log_files(log_folders folders, int wake_fd);
  ~posix_log_files() override;

  [[nodiscard]] unsigned depth() const noexcept override { return 1; }
  [[nodiscard]] bool direct() const noexcept override { return folders_.direct; }
  void prepare(std::uint64_t number, bool in_failover, bool synced) noexcept override;
  void begin(const segment_start& start) noexcept override;
  void drop_spare() noexcept override;
  void write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  void sync() noexcept override;
  void sync_since(std::uint64_t first_number) noexcept override;
  void allocate(std::uint64_t offset, std::uint64_t bytes) noexcept override;
  [[nodiscard]] int truncate(std::uint64_t bytes) noexcept override;
  void retire(std::uint64_t bytes) noexcept override;
  void abandon() noexcept override { active_.fd.reset(); }
  void discard() noexcept override;
  std::size_t reap(std::span<log_done> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  [[nodiscard]] pollfd wants() const noexcept override {
    return {worker_busy() ? worker_.descriptor() : -1, POLLIN, 0};
  }
  [[nodiscard]] bool wake_requested() noexcept override;
  void shut() noexcept override;
  void disown() noexcept override;
  [[nodiscard]] std::uint64_t wall_clock_ns() const noexcept override;

 protected:
  struct segment_file {
    unique_fd fd;
    bool in_failover = false;
    std::uint64_t number = 0;
    std::uint64_t first_seq = 0;
  };

  /// A write that has ended, or other work that could not even be given.
  void end(log_work what, unsigned slot, std::int64_t result) noexcept;
  [[nodiscard]] bool has_ends() const noexcept { return ends_ > 0; }
  void give(const disk_job& job) noexcept;
  [[nodiscard]] bool worker_busy() const noexcept { return jobs_ > 0; }

  log_folders folders_;
  int wake_fd_;
  disk_worker worker_;
  segment_file active_;
  segment_file spare_;

 private:
  std::array<log_done, most_done> ended_{};
  std::size_t ends_ = 0;
  unsigned jobs_ = 0;  // given to the worker and not ended
  segment_start starting_;
};

}  // namespace tidegate::detail
