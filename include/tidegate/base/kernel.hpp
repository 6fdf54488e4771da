// kernel.hpp: the raw Linux calls the core needs: futex, eventfd, membarrier, mbind. Header-only, no library behind
// them.
//
// Part of the seam: only base/sync.hpp and memory/ include this file; no other file of the core names a system call.
// Source: futex(2), futex_waitv (Documentation/userspace-api/futex2.rst), eventfd(2), membarrier(2), mbind(2).
#pragma once

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include "tidegate/base/deadline.hpp"

namespace tidegate::kernel {

/// Why a futex wait returned. None of them says that the awaited condition holds: look again.
enum class futex_outcome : std::uint8_t { woken, changed, timed_out, interrupted, refused };

/// The deadline as absolute CLOCK_MONOTONIC time, which is what std::chrono::steady_clock counts on Linux.
[[nodiscard]] inline timespec to_timespec(deadline until) noexcept {
  using namespace std::chrono;
  const nanoseconds since = until.when().time_since_epoch();
  if (since <= nanoseconds::zero()) return {};
  const auto whole = duration_cast<seconds>(since);
  return {static_cast<time_t>(whole.count()), static_cast<long>((since - whole).count())};
}

/// Sleeps while `*word == expected`, until a wake or the deadline. Absolute deadlines need FUTEX_WAIT_BITSET.
[[gnu::cold]] inline futex_outcome futex_wait(const std::uint32_t* word, std::uint32_t expected,
                                              deadline until) noexcept {
  const timespec when = to_timespec(until);
  const long result = ::syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                                until.is_never() ? nullptr : &when, nullptr, FUTEX_BITSET_MATCH_ANY);
  if (result == 0) return futex_outcome::woken;
  switch (errno) {
    case EAGAIN: return futex_outcome::changed;
    case ETIMEDOUT: return futex_outcome::timed_out;
    default: return futex_outcome::interrupted;
  }
}

/// Wakes at most `count` sleepers; returns how many.
[[gnu::cold]] inline unsigned futex_wake(const std::uint32_t* word, unsigned count) noexcept {
  const unsigned most = count > 0x7fffffffu ? 0x7fffffffu : count;
  const long woken = ::syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, most, nullptr, nullptr, 0);
  return woken > 0 ? static_cast<unsigned>(woken) : 0;
}

using many_futexes = futex_waitv;
inline constexpr unsigned most_futexes = FUTEX_WAITV_MAX;

/// A place in a wait for several.
[[nodiscard]] inline many_futexes one_of_many(const std::uint32_t* word, std::uint32_t expected) noexcept {
  return {expected, reinterpret_cast<std::uintptr_t>(word), FUTEX_32 | FUTEX_PRIVATE_FLAG, 0};
}

/// True when futex_wait_many() is there: Linux 5.16, and no filter against it.
[[gnu::cold]] inline bool has_futex_wait_many() noexcept {
  const long result = ::syscall(SYS_futex_waitv, nullptr, 0, 0, nullptr, CLOCK_MONOTONIC);
  return result == 0 || errno == EINVAL;  // that nothing is waited for is an error of its own
}

/// Sleeps while every word is as expected, until a wake on one of them or the deadline. `refused`: did not sleep.
[[gnu::cold]] inline futex_outcome futex_wait_many(many_futexes* first, unsigned count, deadline until) noexcept {
  timespec when = to_timespec(until);
  const long result = ::syscall(SYS_futex_waitv, first, count, 0, until.is_never() ? nullptr : &when, CLOCK_MONOTONIC);
  if (result >= 0) return futex_outcome::woken;
  switch (errno) {
    case EAGAIN: return futex_outcome::changed;
    case ETIMEDOUT: return futex_outcome::timed_out;
    case EINTR: return futex_outcome::interrupted;
    default: return futex_outcome::refused;
  }
}

/// An eventfd, or minus an errno value.
[[nodiscard, gnu::cold]] inline int make_event_fd() noexcept {
  const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return made >= 0 ? made : -errno;
}

/// Makes it readable. It can fail only when it is readable anyway.
[[gnu::cold]] inline void ring_event_fd(int fd) noexcept { static_cast<void>(::eventfd_write(fd, 1)); }

/// Makes it unreadable.
[[gnu::cold]] inline void hush_event_fd(int fd) noexcept {
  eventfd_t rings = 0;
  static_cast<void>(::eventfd_read(fd, &rings));
}

/// Asks for the right to use membarrier_all(); false where the kernel or a seccomp filter refuses.
[[gnu::cold]] inline bool register_membarrier() noexcept {
  return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/// A full fence in every running thread of this process; false when refused, and then no fence has happened.
[[gnu::cold]] inline bool membarrier_all() noexcept {
  return ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/// Binds the pages of [where, where + bytes) to one NUMA node before they are touched. 0, or an errno value.
[[gnu::cold]] inline int bind_to_node(void* where, std::size_t bytes, unsigned node) noexcept {
  constexpr unsigned bits_per_word = 8 * sizeof(unsigned long);
  constexpr unsigned words = 1024 / bits_per_word;
  unsigned long mask[words] = {};
  if (node >= words * bits_per_word) return EINVAL;
  mask[node / bits_per_word] = 1ul << (node % bits_per_word);
  const long result = ::syscall(SYS_mbind, where, bytes, MPOL_BIND, mask, words * bits_per_word + 1, 0);
  return result == 0 ? 0 : errno;
}

}  // namespace tidegate::kernel
