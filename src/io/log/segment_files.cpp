#include "io/log/segment_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "io/sink_target.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::detail {

namespace {

std::error_code from_result(long result) noexcept {
  return result < 0 ? std::error_code(static_cast<int>(-result), std::system_category()) : std::error_code();
}

template <class Call>
std::error_code attempt(Call call) noexcept {
  return from_result(repeat_interrupted(call));
}

struct directory_closer {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// Hands the parts of `bytes` to `call`, which returns how many it moved; 0 ends it. How many were moved, or a negated
/// errno value.
template <class Byte, class Call>
long move_all(std::span<Byte> bytes, std::uint64_t offset, Call call) noexcept {
  std::size_t moved = 0;
  while (moved < bytes.size()) {
    const long result =
        repeat_interrupted([&] { return call(bytes.subspan(moved), static_cast<off_t>(offset + moved)); });
    if (result < 0) return result;
    if (result == 0) break;
    moved += static_cast<std::size_t>(result);
  }
  return static_cast<long>(moved);
}

}  // namespace

std::error_code segment_files::list(const std::string& directory, std::vector<std::string>& names) {
  const std::unique_ptr<DIR, directory_closer> open(::opendir(directory.c_str()));
  if (!open) return from_result(-errno);
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr) return from_result(-errno);
    names.emplace_back(static_cast<const char*>(entry->d_name));
  }
}

std::error_code segment_files::open(const std::string& path, file_access access, opened_file& file) {
  struct stat found {};
  // Looked at before it is opened: opening a device may do something.
  if (auto error = attempt([&] { return ::lstat(path.c_str(), &found); })) return error;
  if (!S_ISREG(found.st_mode)) return log_errc::not_a_file;
  const int mode = access == file_access::write ? O_RDWR : O_RDONLY;
  const long fd =
      repeat_interrupted([&] { return ::open(path.c_str(), mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY); });
  if (fd < 0) return from_result(fd);
  file.fd.reset(static_cast<int>(fd));
  if (auto error = attempt([&] { return ::fstat(file.fd.get(), &found); })) return error;
  if (!S_ISREG(found.st_mode)) return log_errc::not_a_file;
  file.bytes = static_cast<std::uint64_t>(found.st_size);
  return {};
}

std::error_code segment_files::read(int fd, std::span<std::byte> into, std::uint64_t offset, std::size_t& got) {
  const long moved = move_all(
      into, offset, [fd](std::span<std::byte> part, off_t at) { return ::pread(fd, part.data(), part.size(), at); });
  got = moved < 0 ? 0 : static_cast<std::size_t>(moved);
  return from_result(moved);
}

std::error_code segment_files::write(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
  const long moved = move_all(bytes, offset, [fd](std::span<const std::byte> part, off_t at) {
    return ::pwrite(fd, part.data(), part.size(), at);
  });
  if (moved >= 0 && static_cast<std::size_t>(moved) < bytes.size()) return from_result(-ENOSPC);
  return from_result(moved);
}

std::error_code segment_files::truncate(int fd, std::uint64_t bytes) {
  return attempt([&] { return ::ftruncate(fd, static_cast<off_t>(bytes)); });
}

std::error_code segment_files::sync(int fd) {
  return attempt([&] { return ::fsync(fd); });
}

std::error_code segment_files::sync_directory(const std::string& directory) {
  const long fd = repeat_interrupted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return from_result(fd);
  const unique_fd held(static_cast<int>(fd));
  return attempt([&] { return ::fsync(held.get()); });
}

std::error_code segment_files::rename(const std::string& from, const std::string& to) {
  return attempt([&] { return std::rename(from.c_str(), to.c_str()); });
}

std::error_code segment_files::remove(const std::string& path) {
  return attempt([&] { return ::unlink(path.c_str()); });
}

}  // namespace tidegate::detail
