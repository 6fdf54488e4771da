// stamps.hpp: instants of one clock for all threads, taken so that the interval between two of them holds a whole call.
//
// Before a call: read the counter, then LFENCE. No load of the call is executed before the counter was read.
// After a call: a full fence, then LFENCE, then read the counter. Every store of the call is visible to all before the
// counter is read; without the fence it could still wait in the store buffer, and the stamp would come too early.
// (Intel SDM volume 2, RDTSC, names these sequences; AMD64 the same.)
// So when one call's last stamp is below another call's first one, the second call's loads find the first one's stores:
// the order of the stamps is an order that the memory model keeps too, and that the queue must respect.
// The fence has a price: it also stands between the calls of one thread, so that what a queue gets wrong only for want
// of a fence there (store buffering) cannot happen here. tests/contract/joint_order_test.cpp looks for that without
// stamps.
//
// The counter is used when it is invariant and the kernel, which has compared it between the cores, keeps time with it.
// Otherwise steady_clock with fences around it, which is slower and coarser; equal stamps order nothing, so that this
// weakens the checks but does not make them wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace tidegate::test {

#if defined(__x86_64__)

/// True when the time stamp counter is one clock for all cores.
[[nodiscard]] inline bool counter_is_common() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) == 0 || (edx & 1U << 8) == 0) return false;  // "invariant TSC"
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return std::getline(file, source) && source == "tsc";
}

inline const bool uses_counter = counter_is_common();

#else

inline constexpr bool uses_counter = false;

#endif

namespace detail {

[[nodiscard]] inline std::uint64_t steady_ticks() noexcept {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

}  // namespace detail

/// An instant before all that the caller does next.
[[nodiscard]] inline std::uint64_t stamp_before() noexcept {
#if defined(__x86_64__)
  if (uses_counter) [[likely]] {
    const std::uint64_t stamp = __rdtsc();
    _mm_lfence();
    std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler keeps the order, too
    return stamp;
  }
#endif
  const std::uint64_t stamp = detail::steady_ticks();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return stamp;
}

/// An instant after all that the caller did, as others see it.
[[nodiscard]] inline std::uint64_t stamp_after() noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
#if defined(__x86_64__)
  if (uses_counter) [[likely]] {
    _mm_lfence();
    return __rdtsc();
  }
#endif
  return detail::steady_ticks();
}

}  // namespace tidegate::test
