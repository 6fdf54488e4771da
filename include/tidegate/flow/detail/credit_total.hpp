// credit_total: how many credits there are in all; changed by many threads, one change after the other.
//
// A change is proposed in one step. Then anybody applies it: to the account's word, whose turn bit tells of two changes
// in a row which one it has had, and to the total. Who proposes the next one finishes this one first, so that a thread
// stopped in between delays nobody. What is free is at every instant what one of the totals calls for: two changes that
// are each added to the word by itself would show their sum for a while, which is no total at all.
// Limit: a thread stopped between two steps for exactly 2^18 changes, with all else the same, is not seen.
//
// Progress: lock-free.  Source: the helping of ring/detail/exchange, on one word.
// Protocol: [propose] who proposes → in_use(): all changes before are done.
//           [apply]   who applies → who looks at the word: all changes before are done.
//           [total]   who writes the total down → who proposes next, and in_use(): the change is in the word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/credit_word.hpp"

namespace tidegate::detail {

/// A number of credits, and of which change.
///   bits 63..37  36    35..0
///        number  kind  credits
class numbered_credits {
 public:
  enum kind : std::uint64_t { sets, forgets };

  explicit constexpr numbered_credits(std::uint64_t bits) noexcept : bits_(bits) {}
  constexpr numbered_credits(std::uint64_t number, kind what, std::size_t credits) noexcept
      : bits_(number << 37 | what << 36 | std::uint64_t{credits}) {}

  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
  [[nodiscard]] constexpr std::size_t credits() const noexcept { return bits_ & ((std::uint64_t{1} << 36) - 1); }
  [[nodiscard]] constexpr std::uint64_t number() const noexcept { return bits_ >> 37; }
  [[nodiscard]] constexpr bool is_odd() const noexcept { return number() % 2 == 1; }
  [[nodiscard]] constexpr bool is_behind(numbered_credits other) const noexcept {
    return ((number() + 1) ^ other.number()) << 37 == 0;  // numbers wrap
  }

  /// The change behind this one.
  [[nodiscard]] constexpr numbered_credits then(kind what, std::size_t credits) const noexcept {
    return {number() + 1, what, credits};
  }

  /// What becomes of a total by this change.
  [[nodiscard]] constexpr numbered_credits of(numbered_credits total) const noexcept {
    const std::size_t left = total.credits() - std::min(total.credits(), credits());
    return {number(), sets, (bits_ >> 36) % 2 == forgets ? left : credits()};
  }
  /// And how many more are free then: those that are forgotten are not in use any more.
  [[nodiscard]] constexpr std::uint64_t freed_of(numbered_credits total) const noexcept {
    const std::uint64_t forgotten = (bits_ >> 36) % 2 == forgets ? credits() : 0;
    return of(total).credits() - total.credits() + forgotten;
  }

 private:
  std::uint64_t bits_;
};

template <class Sync>
class credit_total {
 public:
  using account_word = typename Sync::template atomic<std::uint64_t>;
  using change = numbered_credits::kind;

  explicit credit_total(std::size_t total) noexcept
      : total_(numbered_credits(0, change::sets, total).bits()),
        proposed_(numbered_credits(0, change::sets, total).bits()) {}

  /// Sets it, or forgets so many credits that are in use. Returns what there were before.
  std::size_t apply(account_word& account, change what, std::size_t credits) noexcept {
    for (;;) {
      std::uint64_t last = proposed_.load(order::relaxed);         // the numbers tell whether they belong together
      const numbered_credits before(total_.load(order::acquire));  // [total] pairs with finish()
      if (before.number() != numbered_credits(last).number()) {
        finish(account, numbered_credits(last), before);
        continue;
      }
      const numbered_credits mine = before.then(what, credits);
      // [propose] pairs with in_use(): the total before it is there
      if (!proposed_.compare_exchange_strong(last, mine.bits(), order::release, order::relaxed)) continue;
      finish(account, mine, before);
      return before.credits();
    }
  }

  [[nodiscard]] std::size_t hint() const noexcept {
    return numbered_credits(total_.load(order::relaxed)).credits();  // observation
  }

  /// How many were in use at an instant during the call; none when the total was changed meanwhile.
  [[nodiscard]] std::optional<std::size_t> in_use(const account_word& account) const noexcept {
    const numbered_credits total(total_.load(order::acquire));    // [total] pairs with finish()
    const credit_word now(account.load(order::acquire));          // [apply] pairs with finish()
    const numbered_credits next(proposed_.load(order::acquire));  // [propose] pairs with apply()
    // relaxed: the word and the proposal show when there is a later one
    if (total_.load(order::relaxed) != total.bits()) return std::nullopt;
    const bool is_ahead = now.turn() != total.is_odd();
    const auto all = static_cast<std::int64_t>((is_ahead ? next.of(total) : total).credits());
    return static_cast<std::size_t>(std::max(all - now.free(), std::int64_t{0}));  // misused, it may be less
  }

 private:
  /// Whatever is still to do of a change of the total `before`.
  void finish(account_word& account, numbered_credits proposed, numbered_credits before) noexcept {
    if (!before.is_behind(proposed)) return;  // the proposal is an old one
    for (;;) {
      std::uint64_t bits = account.load(order::acquire);         // [apply] pairs with the exchange below
      if (total_.load(order::relaxed) != before.bits()) return;  // relaxed: a word of a later change shows it
      const credit_word now(bits);
      if (now.turn() == proposed.is_odd()) break;
      // [apply] pairs with the load above, in who comes later; relaxed: it is looked at again
      const credit_word after = now.plus(proposed.freed_of(before)).with_next_turn();
      if (account.compare_exchange_strong(bits, after.bits(), order::release, order::relaxed)) break;
    }
    std::uint64_t expected = before.bits();
    // [total] pairs with apply(): the change is in the word
    total_.compare_exchange_strong(expected, proposed.of(before).bits(), order::release, order::relaxed);
  }

  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> total_;
  typename Sync::template atomic<std::uint64_t> proposed_;
};

}  // namespace tidegate::detail
