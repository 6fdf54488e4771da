// pages.hpp: what can be done to whole pages: map, advise, populate, lock, bind. Each operation answers with a reason.
//
// For memory/region.hpp; nothing here owns anything. All of it is cold: system calls at construction and destruction.
// Thread roles: any thread. Source: mmap(2), madvise(2), mlock2(2), mbind(2).
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/kernel.hpp"
#include "tidegate/memory/memory_errc.hpp"

namespace tidegate::detail::pages {

/// The one size of huge page that is asked for; the kernel's default may be larger (1 GiB).
inline constexpr std::size_t huge_bytes = std::size_t{1} << 21;

[[nodiscard]] inline std::size_t page_bytes() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

/// `bytes` rounded up to a multiple of `unit` (a power of two); 0 when that is more than any object may be.
[[nodiscard]] constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) noexcept {
  constexpr std::size_t most = PTRDIFF_MAX;
  const std::size_t rounded = (bytes + (unit - 1)) & ~(unit - 1);  // a sum that overflows leaves less than a unit: 0
  return rounded > most ? 0 : rounded;
}

[[nodiscard]] inline bool is_aligned(const void* where, std::size_t alignment) noexcept {
  return reinterpret_cast<std::uintptr_t>(where) % alignment == 0;
}

/// Fresh zeroed memory: `bytes` long, aligned, both in whole `unit`s, which is the page size that `flags` ask for.
/// Null: errno says why. A larger alignment is found inside a larger mapping, whose ends go back at once.
[[nodiscard, gnu::cold]] inline std::byte* map(std::size_t bytes, std::size_t unit, std::size_t alignment,
                                               int flags) noexcept {
  const std::size_t slack = alignment > unit ? alignment - unit : 0;
  void* const raw = ::mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  auto* const first = static_cast<std::byte*>(raw);
  if (slack == 0) return first;
  const std::size_t head = (0 - reinterpret_cast<std::uintptr_t>(raw)) & (alignment - 1);
  if (head != 0) ::munmap(first, head);
  if (head != slack) ::munmap(first + head + bytes, slack - head);
  return first + head;
}

/// Memory of the huge page pool. On failure null, and the reason.
[[nodiscard, gnu::cold]] inline std::byte* map_huge(std::size_t bytes, std::size_t alignment,
                                                    memory_errc& reason) noexcept {
  constexpr int two_mib = std::countr_zero(huge_bytes) << MAP_HUGE_SHIFT;
  std::byte* const where = map(bytes, huge_bytes, alignment, MAP_HUGETLB | two_mib);
  if (where == nullptr) {
    reason = errno == ENOMEM ? memory_errc::no_huge_pages : memory_errc::huge_pages_unsupported;
  }
  return where;
}

/// Advises transparent huge pages. Whether the kernel follows shows only in use.
[[nodiscard, gnu::cold]] inline memory_errc advise_huge(std::byte* where, std::size_t bytes) noexcept {
  return ::madvise(where, bytes, MADV_HUGEPAGE) == 0 ? memory_errc::ok : memory_errc::transparent_refused;
}

/// Writes one byte of every page that [where, where + bytes) meets, which overwrites that byte.
[[gnu::cold]] inline void touch(std::byte* where, std::size_t bytes) noexcept {
  const std::size_t page = page_bytes();
  const std::size_t to_boundary = page - reinterpret_cast<std::uintptr_t>(where) % page;
  where[0] = std::byte{0};
  for (std::size_t offset = to_boundary; offset < bytes; offset += page) where[offset] = std::byte{0};
}

/// Makes every page that [where, where + bytes) meets present and writable. A page that cannot be had is a reason, not
/// a signal. Kernels before 5.14 lack the call and answer EINVAL: there the pages are touched.
[[nodiscard, gnu::cold]] inline memory_errc populate(std::byte* where, std::size_t bytes) noexcept {
  const std::size_t before = reinterpret_cast<std::uintptr_t>(where) % page_bytes();
  int result = 0;
  do {
    result = ::madvise(where - before, before + bytes, MADV_POPULATE_WRITE);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return memory_errc::ok;
  if (errno != EINVAL) return memory_errc::prefault_failed;
  touch(where, bytes);
  return memory_errc::ok;
}

/// Locks whole pages in memory. mlock2, because sanitizers replace mlock by a success that locks nothing.
[[nodiscard, gnu::cold]] inline memory_errc lock(std::byte* where, std::size_t bytes) noexcept {
  if (::mlock2(where, bytes, 0) == 0) return memory_errc::ok;
  switch (errno) {
    case EPERM: return memory_errc::lock_not_permitted;
    case ENOMEM: return memory_errc::lock_over_limit;
    default: return memory_errc::lock_failed;
  }
}

/// Has whole pages come from one NUMA node once they are touched.
[[nodiscard, gnu::cold]] inline memory_errc bind(std::byte* where, std::size_t bytes, int node) noexcept {
  switch (kernel::bind_to_node(where, bytes, static_cast<unsigned>(node))) {
    case 0: return memory_errc::ok;
    case EINVAL: return memory_errc::no_such_node;
    case EPERM: return memory_errc::bind_not_permitted;
    case ENOSYS: return memory_errc::bind_unsupported;
    default: return memory_errc::bind_failed;
  }
}

}  // namespace tidegate::detail::pages
