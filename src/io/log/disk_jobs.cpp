#include "io/log/disk_jobs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>

#include "io/log/log_format.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

namespace {

constexpr mode_t file_mode = 0644;

/// 0 or a negated errno value.
template <class Call>
std::int64_t done(Call call) noexcept {
  return repeat_interrupted([&] { return static_cast<long>(call()); }) < 0 ? -errno : 0;
}

std::string name_of(const log_folders& folders, std::uint64_t number, std::uint64_t first_seq) {
  return to_file_name({folders.name, number, first_seq});
}

/// File systems without fallocate get along without: there ENOSPC shows at the write.
std::int64_t allocate(int fd, std::uint64_t offset, std::uint64_t length) noexcept {
  const std::int64_t result =
      done([&] { return ::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(length)); });
  return result == -EOPNOTSUPP || result == -ENOSYS ? 0 : result;
}

std::int64_t sync_both(int fd, int directory) noexcept {
  const std::int64_t file = done([&] { return ::fsync(fd); });
  return file < 0 ? file : done([&] { return ::fsync(directory); });
}

std::int64_t prepare(const log_folders& folders, const disk_job& job) {
  const int directory = folders.directory(job.in_failover);
  const std::string name = name_of(folders, job.number, 0);
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | (folders.direct ? O_DIRECT : 0);
  unique_fd fd{::openat(directory, name.c_str(), flags, file_mode)};
  if (!fd) return -errno;
  std::int64_t result = allocate(fd.get(), 0, folders.segment_bytes);
  if (result == 0 && job.synced) result = sync_both(fd.get(), directory);
  if (result == 0) return fd.release();
  (void)::unlinkat(directory, name.c_str(), 0);
  return result;
}

/// The head first, then the name: a segment that has its name has its header.
std::int64_t begin(const log_folders& folders, const disk_job& job) {
  const int directory = folders.directory(job.in_failover);
  const std::string waiting = name_of(folders, job.number, 0);
  const std::string begun = name_of(folders, job.number, job.first_seq);
  std::int64_t result = write_all(job.fd, {job.head, job.head_bytes}, 0);
  if (result == 0 && job.synced) result = done([&] { return ::fdatasync(job.fd); });
  if (result == 0) result = done([&] { return ::renameat(directory, waiting.c_str(), directory, begun.c_str()); });
  if (result == 0 && job.synced) result = done([&] { return ::fsync(directory); });
  if (result == 0) return 0;
  (void)::unlinkat(directory, waiting.c_str(), 0);
  (void)::unlinkat(directory, begun.c_str(), 0);
  return result;
}

/// Syncs every segment of the log in one directory from `first` on, and the directory.
std::int64_t sync_folder(const log_folders& folders, int directory, std::uint64_t first) {
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> all(again < 0 ? nullptr : ::fdopendir(again), ::closedir);
  if (all == nullptr) return -errno;
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(all.get());
    if (entry == nullptr && errno != 0) return -errno;  // there may be more, so nothing is promised
    if (entry == nullptr) break;
    const auto name = parse_file_name(entry->d_name);
    if (!name || name->log != folders.name || name->number < first || name->first_seq == 0) continue;
    const unique_fd fd{::openat(directory, entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) return -errno;
    if (const std::int64_t result = done([&] { return ::fdatasync(fd.get()); })) return result;
  }
  return done([&] { return ::fsync(directory); });
}

std::int64_t sync(const log_folders& folders, const disk_job& job) {
  if (job.fd >= 0) return done([&] { return ::fdatasync(job.fd); });
  const std::int64_t result = sync_folder(folders, folders.directory(false), job.number);
  if (result != 0 || !folders.failover.directory) return result;
  return sync_folder(folders, folders.directory(true), job.number);
}

std::int64_t run(const log_folders& folders, const disk_job& job) {
  switch (job.what) {
    case log_work::prepare: return prepare(folders, job);
    case log_work::begin: return begin(folders, job);
    case log_work::sync: return sync(folders, job);
    case log_work::allocate: return allocate(job.fd, job.offset, job.length);
    case log_work::retire: (void)::ftruncate(job.fd, static_cast<off_t>(job.length)); return ::close(job.fd);
    case log_work::write: break;
  }
  return -EINVAL;
}

}  // namespace

disk_job_end run_job(const log_folders& folders, const disk_job& job) noexcept {
  try {
    return {job.what, run(folders, job)};
  } catch (...) {  // a name is the only thing that takes memory
    return {job.what, -ENOMEM};
  }
}

int remove_segment(const log_folders& folders, bool in_failover, std::uint64_t number,
                   std::uint64_t first_seq) noexcept {
  try {
    const std::string name = name_of(folders, number, first_seq);
    return ::unlinkat(folders.directory(in_failover), name.c_str(), 0) == 0 ? 0 : errno;
  } catch (...) {
    return ENOMEM;
  }
}

std::int64_t write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  while (!bytes.empty()) {
    const long moved =
        repeat_interrupted([&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (moved < 0) return moved;
    if (moved == 0) return -EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(moved));
    offset += static_cast<std::uint64_t>(moved);
  }
  return 0;
}

}  // namespace tidegate::detail
