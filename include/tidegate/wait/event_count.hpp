// event_count: lets threads sleep until a condition of lock-free data holds, and costs a notifier nothing when nobody
// sleeps.
//
// One 64-bit word: sleepers (high half) and epoch (low half, the futex word). Waiter: register and read the epoch
// in one step; heavy fence; look; sleep while the epoch stands; look again. Notifier: change the data; light fence;
// read the word; if anyone sleeps, claim sleepers, move the epoch, wake them. No lost wake: either the notifier's
// read sees the registration, or the waiter's look sees the data. A claim moves the epoch before the wake, so that a
// waiter not yet asleep does not fall asleep.
//
// The kernel may give a wake to a waiter that came after the claim. That one looks, registers again, takes itself off:
// the count can be too low. But within an epoch a waiter takes off only the one that it added in that epoch, so that
// the count never falls below what the last claim left, and a claim that leaves 0 wakes all that sleep. A count that
// is too high (a claimed waiter that left by itself) costs spare system calls, and a wake that finds fewer sleepers
// than it claimed starts it anew. A burst of notifications costs one wake, because the first one claims the sleeper.
//
// A notifier may be stopped between its claim and its wake. Until it has woken those that it claimed, the word says
// that a claim is unfinished; whoever notifies meanwhile claims anew and wakes all, also for those before it. Nobody
// takes the mark away but the notifier of the latest claim: it has woken for all of them.
//
// Others are told by a bell: an event loop by its eventfd, and those who wait at many places where the kernel cannot
// (wait/wait_any.hpp) by an event count that all of them share. Who hangs the bell up hears the next notification.
//
// Progress: notify is wait-free without sleepers, lock-free with; a notifier that is stopped delays a sleeper until the
// next notify().  Threads: any number on both sides.
// Baton: a waiter that may have been woken and leaves without taking what it was woken for calls notify() itself.
// Limit: a waiter stopped between register and sleep for exactly 2^32 claims may miss the last of them.
// Origin: eventcounts, Reed & Kanodia 1979; counted claims after folly and Vyukov; asymmetric fence, see base/sync.hpp.
//
// Protocol: [register] waiter's registration → notifier's look at the word (and back, when the fence is not asymmetric:
//                      both sides then use read-modify-writes of one word, of which one comes first).
//           [bell]     what was done before the bell was hung up → whoever rings it.
//           [claim]    the change that a claim is for → the waiter that it took off the count.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {

/// Argument of notify(): every waiter.
inline constexpr unsigned everyone = std::numeric_limits<unsigned>::max();

template <class Sync = native_sync>
class alignas(cache_line_bytes) event_count {
 public:
  event_count() noexcept = default;
  event_count(const event_count&) = delete;
  event_count& operator=(const event_count&) = delete;

  /// Wakes up to `count` sleepers. Call it after the change they wait for. No system call when nobody sleeps. Fewer
  /// than everyone only if any waiter can take what has come: those who wait for different things need everyone.
  void notify(unsigned count = 1) noexcept {
    Sync::light_fence();                                    // [register] pairs with the heavy fence of a waiter
    const std::uint64_t word = word_.load(order::relaxed);  // ordered behind the caller's change by the fences
    if (word > epoch_mask) [[unlikely]]
      look_closer(count);
  }

  /// Returns true as soon as `attempt()` does, false when the deadline has passed and a last attempt failed. False
  /// orders nothing: the last attempt may miss a change whose notify() claimed this very waiter, hence the baton.
  /// `attempt` may run any number of times, at least once; it runs on the calling thread.
  template <class Attempt>
  [[nodiscard]] bool wait_until(Attempt&& attempt, deadline until) noexcept(noexcept(attempt())) {
    for (;;) {
      {
        const registration here(*this);
        const bool fenced = !asymmetric_ || Sync::heavy_fence();  // [register] pairs with the light fence of notify()
        if (attempt()) return true;
        Sync::futex_wait(word_, here.epoch, fenced ? until : unfenced_slice(until));
      }
      if (attempt()) return true;
      if (until.reached(Sync::now())) return false;
    }
  }

  // For those who wait at several places at once.

  /// Counts the caller as a sleeper. It looks behind a heavy fence, and sleeps on word() while its low half is what
  /// this returned.
  [[nodiscard]] std::uint32_t enlist() noexcept { return register_sleeper(); }

  /// Takes the caller off the count. False: somebody was claimed in the meantime; it may have been the caller, and then
  /// it sees what it was claimed for.
  [[nodiscard]] bool delist(std::uint32_t epoch) noexcept {
    for (;;) {
      // [claim] pairs with look_closer(); a read-modify-write, so that no claim is missed for one before it
      std::uint64_t word = word_.fetch_add(0, order::acquire);
      if (epoch_of(word) != epoch || sleepers_of(word) == 0) return false;
      // relaxed: only the number counts
      if (word_.compare_exchange_weak(word, word - one_sleeper, order::relaxed, order::relaxed)) return true;
    }
  }

  [[nodiscard]] const auto& word() const noexcept { return word_; }

  /// Makes the next notify() ring. Look behind a heavy fence afterwards.
  void hang_bell() noexcept {
    // [register] as a waiter's registration  [bell] pairs with look_closer()
    word_.fetch_or(bell_bit, order::acq_rel);
  }
  [[nodiscard]] typename Sync::bell& bell() noexcept { return bell_; }

  /// The fence between registration and look; false: refused, and no wait may be long.
  [[nodiscard]] static bool fence_before_look() noexcept {
    return !Sync::asymmetric_fences() || Sync::heavy_fence();  // [register] pairs with the light fence of notify()
  }

  /// Refused membarrier after it was granted (a late seccomp filter): sleep in short slices, so that a wake that was
  /// missed costs a millisecond, not for ever.
  [[nodiscard]] static deadline unfenced_slice(deadline until) noexcept {
    return earlier(until, deadline::after(Sync::now(), std::chrono::milliseconds(1)));
  }

  /// Threads registered as sleeping, a moment ago; may be too high for an instant.
  [[nodiscard]] unsigned sleepers_hint() const noexcept {
    return sleepers_of(word_.load(order::relaxed));  // observation only
  }

 private:
  // The word: epoch in the low half; sleepers above it; then single bits: a claim has not rung yet; a bell hangs; a
  // claim is unfinished; no asymmetric fence is to be had.
  static constexpr std::uint64_t epoch_mask = 0xffff'ffff;
  static constexpr std::uint64_t one_sleeper = epoch_mask + 1;
  static constexpr unsigned most_counted = 1u << 16;  // more sleepers than that are a count that needs correction
  static constexpr std::uint64_t ringing_bit = std::uint64_t{1} << 60;
  static constexpr std::uint64_t bell_bit = std::uint64_t{1} << 61;
  static constexpr std::uint64_t unfinished_bit = std::uint64_t{1} << 62;
  static constexpr std::uint64_t symmetric_bit = std::uint64_t{1} << 63;

  [[nodiscard]] static unsigned sleepers_of(std::uint64_t word) noexcept {
    return static_cast<unsigned>((word & (ringing_bit - 1)) >> 32);
  }
  [[nodiscard]] static std::uint32_t epoch_of(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word); }

  /// Somebody may sleep, or only the word itself can tell.
  [[gnu::noinline]] void look_closer(unsigned count) noexcept {
    // [register] both sides change one word, so that one of them comes first: this sees the sleeper, or the sleeper's
    // look sees the caller's change
    std::uint64_t word = asymmetric_ ? word_.load(order::relaxed) : word_.fetch_add(0, order::release);
    while ((word & ~symmetric_bit) > epoch_mask) {
      const unsigned counted = sleepers_of(word);
      const bool miscounted = counted > most_counted;
      const unsigned claimed = count < counted && !miscounted ? count : counted;
      const std::uint64_t left = (word & ~(epoch_mask | bell_bit)) - claimed * one_sleeper;
      const bool rings = (word & (bell_bit | ringing_bit)) != 0;
      const std::uint64_t marks = unfinished_bit | (rings ? ringing_bit : 0);
      const std::uint64_t claim = left | marks | (epoch_of(word) + std::uint32_t{1});
      // [bell] acquire pairs with hang_bell()  [claim] release pairs with delist()
      if (!word_.compare_exchange_weak(word, claim, order::acq_rel, order::relaxed)) continue;
      // whoever claims all wakes all: a waiter that came after the claim must not use up the wake of one before it
      const bool for_others = (word & unfinished_bit) != 0;
      const bool all = claimed == counted || for_others;
      const bool only_rings = claimed == 0 && !for_others;  // a bell hangs, and nobody sleeps
      const unsigned woken = only_rings ? 0 : Sync::futex_wake(word_, all ? everyone : claimed);
      if (rings) ring();
      word = finish(claim);
      // fewer slept than were counted: claim what is left of the count, so that it starts anew
      if (woken >= claimed || sleepers_of(claim) == 0) return;
      count = most_counted;
    }
  }

  /// Those of this claim, and of the unfinished ones before it, are awake. Returns the word.
  std::uint64_t finish(std::uint64_t claim) noexcept {
    std::uint64_t word = claim;
    do {
      const std::uint64_t finished = word & ~(unfinished_bit | ringing_bit);
      // relaxed: whoever sees the mark does more than it must, and who does not see it comes after the wake
      if (word_.compare_exchange_weak(word, finished, order::relaxed, order::relaxed)) return finished;
    } while (epoch_of(word) == epoch_of(claim));
    return word;  // a later claim's notifier wakes for this one, too
  }

  /// A waiter on the count, until it leaves or throws.
  struct registration {
    explicit registration(event_count& at) noexcept : where(at), epoch(at.register_sleeper()) {}
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;
    ~registration() { where.unregister_sleeper(epoch); }

    event_count& where;
    const std::uint32_t epoch;
  };

  [[nodiscard]] std::uint32_t register_sleeper() noexcept {
    // [register] pairs with notify(): what a notifier did before its look at an earlier word is seen by the look behind
    return epoch_of(word_.fetch_add(one_sleeper, order::acquire));
  }

  /// Takes the caller off the count, unless someone has claimed since: the claim may have been for it, and the count of
  /// another epoch is not the caller's to lower.
  void unregister_sleeper(std::uint32_t epoch) noexcept {
    // relaxed throughout: only the number counts; what was waited for is looked at with orders of its own
    std::uint64_t word = word_.load(order::relaxed);
    while (epoch_of(word) == epoch && sleepers_of(word) != 0) {
      if (word_.compare_exchange_weak(word, word - one_sleeper, order::relaxed, order::relaxed)) return;
    }
  }

  /// Who listens comes and looks.
  void ring() noexcept {
    bell_.ring();
    event_count& common = Sync::template common<event_count>();
    if (this != &common) common.notify(everyone);
  }

  const bool asymmetric_ = Sync::asymmetric_fences();
  typename Sync::template atomic<std::uint64_t> word_{asymmetric_ ? 0 : symmetric_bit};
  [[no_unique_address]] typename Sync::bell bell_;
};

}  // namespace tidegate
