#include "lab/resident.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace tidegate::lab {

resident_memory::resident_memory() : statm_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {
  ::malloc_trim(0);
  start_mib_ = now_mib();
}

double resident_memory::now_mib() const noexcept {
  std::array<char, 128> text{};
  const ssize_t length = ::pread(statm_.get(), text.data(), text.size() - 1, 0);
  if (length <= 0) return start_mib_;
  const char* const end = text.data() + length;
  std::uint64_t total = 0, resident = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, total);
  if (error != std::errc{} || rest == end) return start_mib_;
  std::from_chars(rest + 1, end, resident);
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return static_cast<double>(resident) * page_bytes / (1024.0 * 1024.0);
}

}  // namespace tidegate::lab
