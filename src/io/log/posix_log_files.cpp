#include "io/log/posix_log_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "io/log/log_lock.hpp"
#include "io/poll_until.hpp"
#include "io/signal_guard.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

posix_log_files::posix_log_files(log_folders folders, int wake_fd)
    : folders_(std::move(folders)), wake_fd_(wake_fd), worker_(folders_) {}

posix_log_files::~posix_log_files() = default;

// --- work

void posix_log_files::give(const disk_job& job) noexcept {
  if (job.what == log_work::retire) {
    if (!worker_.give(job)) (void)run_job(folders_, job);
    return;
  }
  if (!worker_.give(job)) return end(job.what, 0, -EAGAIN);
  ++jobs_;
}

void posix_log_files::end(log_work what, unsigned slot, std::int64_t result) noexcept {
  ended_[ends_++] = {what, slot, result};
}

void posix_log_files::prepare(std::uint64_t number, bool in_failover, bool synced) noexcept {
  spare_ = {unique_fd{}, in_failover, number, 0};
  disk_job job;
  job.what = log_work::prepare;
  job.in_failover = in_failover;
  job.synced = synced;
  job.number = number;
  give(job);
}

void posix_log_files::begin(const segment_start& start) noexcept {
  starting_ = start;
  disk_job job;
  job.what = log_work::begin;
  job.fd = spare_.fd.get();
  job.in_failover = spare_.in_failover;
  job.synced = start.synced;
  job.number = start.number;
  job.first_seq = start.first_seq;
  job.head = start.head.data();
  job.head_bytes = start.head.size();
  give(job);
}

void posix_log_files::drop_spare() noexcept {
  spare_.fd.reset();
  (void)remove_segment(folders_, spare_.in_failover, spare_.number, 0);
}

void posix_log_files::write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  signal_guard guard(SIGXFSZ);
  const long result = repeat_interrupted(
      [&] { return ::pwrite(active_.fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
  if (result < static_cast<long>(bytes.size())) guard.take_back();
  end(log_work::write, slot, result);
}

void posix_log_files::sync() noexcept {
  disk_job job;
  job.what = log_work::sync;
  job.fd = active_.fd.get();
  give(job);
}

void posix_log_files::sync_since(std::uint64_t first_number) noexcept {
  disk_job job;
  job.what = log_work::sync;
  job.number = first_number;
  give(job);
}

void posix_log_files::allocate(std::uint64_t offset, std::uint64_t bytes) noexcept {
  disk_job job;
  job.what = log_work::allocate;
  job.fd = active_.fd.get();
  job.offset = offset;
  job.length = bytes;
  give(job);
}

int posix_log_files::truncate(std::uint64_t bytes) noexcept {
  return ::ftruncate(active_.fd.get(), static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

void posix_log_files::retire(std::uint64_t bytes) noexcept {
  disk_job job;
  job.what = log_work::retire;
  job.fd = active_.fd.release();
  job.length = bytes;
  give(job);
}

void posix_log_files::discard() noexcept {
  active_.fd.reset();
  (void)remove_segment(folders_, active_.in_failover, active_.number, active_.first_seq);
}

// --- ends and waiting

std::size_t posix_log_files::reap(std::span<log_done> out) noexcept {
  std::size_t count = std::exchange(ends_, 0);
  std::copy_n(ended_.begin(), count, out.begin());
  disk_job_end one;
  while (jobs_ > 0 && worker_.take(one)) {
    --jobs_;
    if (one.what == log_work::prepare && one.result >= 0) {
      spare_.fd.reset(static_cast<int>(one.result));
      one.result = 0;
    }
    if (one.what == log_work::begin) {
      segment_file begun = std::move(spare_);
      begun.first_seq = starting_.first_seq;
      if (one.result == 0) active_ = std::move(begun);
    }
    out[count++] = {one.what, 0, one.result};
  }
  return count;
}

void posix_log_files::wait(deadline until, wake_rule wake) noexcept {
  if (has_ends()) return;
  pollfd both[2] = {posix_log_files::wants(), {wake == wake_rule::heed ? wake_fd_ : -1, POLLIN, 0}};
  poll_until(both, until);
}

bool posix_log_files::wake_requested() noexcept { return is_readable(wake_fd_); }

void posix_log_files::shut() noexcept {
  worker_.finish();
  active_.fd.reset();
  spare_.fd.reset();
  unlock_log(std::move(folders_.primary.lock));
  unlock_log(std::move(folders_.failover.lock));
  folders_.primary = {};
  folders_.failover = {};
}

void posix_log_files::disown() noexcept {
  worker_.disown();
  active_.fd.reset();
  spare_.fd.reset();
  folders_.primary = {};
  folders_.failover = {};
}

std::uint64_t posix_log_files::wall_clock_ns() const noexcept {
  timespec now{};
  (void)std::timespec_get(&now, TIME_UTC);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace tidegate::detail
