// sync.hpp: the seam. Everything concurrent in tidegate is written against one injected policy; this is the real one.
//
// A policy gives: atomics, cells for elements, words for records, the position type, fences, futex, clock and pause.
// Tests substitute policies: a model checker that explores every schedule, and narrow positions that wrap after 256
// operations. Outside this file and what it is made of the core mentions no std::atomic, no system call and no clock.
//
// Asymmetric fence: the busy side pays a compiler barrier, the side about to sleep pays membarrier(2), which runs a
// full fence on every core that runs this process. Source: Dice, Huang, Yang 2001; liburcu; P1202. Decided once per
// process; absent under ThreadSanitizer, and where the kernel refuses.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "tidegate/base/cell.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/event_bell.hpp"
#include "tidegate/base/kernel.hpp"
#include "tidegate/base/living_threads.hpp"
#include "tidegate/base/order.hpp"
#include "tidegate/base/record_word.hpp"

namespace tidegate {

using futex_outcome = kernel::futex_outcome;

struct [[gnu::visibility("default")]] native_sync {  // its statics are one for all shared objects
  /// Counts elements since construction; only differences are used, so that it may wrap.
  using position = std::uint64_t;

  /// Where positions start: anywhere is right, and tests start next to the wrap.
  static constexpr position first_position = 0;

  template <class T>
  using atomic = std::atomic<T>;

  template <class T>
  using cell = plain_cell<T>;

  /// Eight bytes of a byte ring.
  using word = plain_word;

  /// Cells are plain memory: spans of elements may be handed out.
  static constexpr bool plain_cells = true;

  /// True when light_fence() against heavy_fence() orders a store before a load; otherwise use a read-modify-write.
  [[nodiscard]] static bool asymmetric_fences() noexcept {
    if constexpr (thread_sanitizer) return false;
    static const bool registered = kernel::register_membarrier();
    return registered;
  }

  /// The busy side: no instruction, the compiler only.
  static void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

  /// The side about to sleep: a full fence in every thread. False: refused (a late seccomp filter), nothing happened.
  [[nodiscard]] static bool heavy_fence() noexcept { return kernel::membarrier_all(); }

  /// Sleeps while the low half of `word` equals `expected`. Any return means: look again.
  static futex_outcome futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until) noexcept {
    return kernel::futex_wait(low_half(word), expected, until);
  }

  /// Wakes up to `count` threads that sleep on the low half of `word`; returns how many.
  static unsigned futex_wake(const atomic<std::uint64_t>& word, unsigned count) noexcept {
    return kernel::futex_wake(low_half(word), count);
  }

  /// One of several words that somebody waits for, and what its low half was.
  struct watch {
    const atomic<std::uint64_t>* word;
    std::uint32_t expected;
  };
  static constexpr std::size_t most_watches = kernel::most_futexes;

  /// True when futex_wait_many() is to be had.
  [[nodiscard]] static bool waits_for_many() noexcept {
    static const bool has_it = kernel::has_futex_wait_many();
    return has_it;
  }

  /// Sleeps while the low half of every word is as expected. Any return means: look again.
  static futex_outcome futex_wait_many(const watch* first, std::size_t count, deadline until) noexcept {
    kernel::many_futexes all[most_watches];
    for (std::size_t i = 0; i < count; ++i) all[i] = kernel::one_of_many(low_half(*first[i].word), first[i].expected);
    return kernel::futex_wait_many(all, static_cast<unsigned>(count), until);
  }

  /// Heard by event loops.
  using bell = event_bell<std::atomic>;

  /// The one T of this process, also when T itself is hidden in each shared object.
  template <class T>
  [[nodiscard, gnu::visibility("default")]] static T& common() noexcept {
    static T the;
    return the;
  }

  /// The next number of this thread, for taking turns; it wraps.
  [[nodiscard]] static unsigned turn() noexcept {
    static thread_local unsigned turns = 0;
    return turns++;
  }

  /// The monotonic clock of every deadline.
  [[nodiscard]] static deadline::time_point now() noexcept { return std::chrono::steady_clock::now(); }

  /// Tells the core that this is a spin loop.
  static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#else
    std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
  }

  /// So many pauses after a lost compare-exchange: a courtesy, nobody is waited for.
  static void back_off(unsigned pauses) noexcept {
    for (; pauses > 0; --pauses) pause();
  }

  /// Gives the core to whoever waits for it.
  static void yield() noexcept { std::this_thread::yield(); }

  /// The calling thread among the living; 0 when there are too many. See living_threads.hpp.
  [[nodiscard]] static thread_key this_thread() noexcept { return thread_lease::of_this_thread(); }

  /// False once that thread has ended: what it did happens before the answer.
  [[nodiscard]] static bool lives(thread_key key) noexcept { return thread_lease::table().lives(key); }

  /// The same for a part of a key: see living_threads.hpp.
  [[nodiscard]] static bool may_live(thread_key part, thread_key kept) noexcept {
    return thread_lease::table().may_live(part, kept);
  }

  /// A small number that is different for every living thread and never 0.
  [[nodiscard]] static std::uintptr_t thread_token() noexcept {
    static thread_local const char token = 0;
    return reinterpret_cast<std::uintptr_t>(&token);
  }

 private:
  static const std::uint32_t* low_half(const atomic<std::uint64_t>& word) noexcept {
    constexpr std::size_t offset = std::endian::native == std::endian::big ? 1 : 0;
    return reinterpret_cast<const std::uint32_t*>(&word) + offset;
  }
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::uint64_t>) == sizeof(std::uint64_t));

}  // namespace tidegate
