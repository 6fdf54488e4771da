#include "observe/process_facts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "tidegate/base/sync.hpp"

namespace tidegate::detail {
namespace {

/// The beginning of a small file; a text of its own.
template <std::size_t Most>
std::size_t read_beginning(const char* path, std::array<char, Most>& into) noexcept {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t got = ::read(fd, into.data(), Most - 1);
  ::close(fd);
  const std::size_t length = got > 0 ? static_cast<std::size_t>(got) : 0;
  into[length] = '\0';
  return length;
}

}  // namespace

std::uint64_t started_ticks(std::uint32_t pid) noexcept {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%u/stat", pid);
  std::array<char, 1024> text{};
  if (read_beginning(path.data(), text) == 0) return 0;
  const char* const behind_name = std::strrchr(text.data(), ')');  // the name may hold anything
  char state = 0;
  unsigned long long ticks = 0;
  constexpr const char* form = ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu";
  if (behind_name == nullptr || std::sscanf(behind_name, form, &state, &ticks) != 2) return 0;
  return state == 'Z' || state == 'X' ? 0 : ticks;
}

std::uint64_t pid_namespace() noexcept {
  struct stat found {};
  return ::stat("/proc/self/ns/pid", &found) == 0 ? found.st_ino : 0;
}

std::string command_name() {
  std::array<char, 64> text{};
  std::size_t length = read_beginning("/proc/self/comm", text);
  if (length > 0 && text[length - 1] == '\n') --length;
  return {text.data(), length};
}

std::uint64_t monotonic_ns() noexcept {
  return static_cast<std::uint64_t>(native_sync::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

std::uint64_t wall_clock_ns() noexcept {
  timespec now{};
  (void)std::timespec_get(&now, TIME_UTC);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace tidegate::detail
