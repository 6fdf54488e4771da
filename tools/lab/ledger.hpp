// ledger.hpp: what has been offered, and what became of it: the account that must balance.
//
// Threads: one answers offers, the workers count what they take and finish, any may look. What is looked at while
// things move may miss what somebody holds in hand: see imbalance_while_running().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "lab/policy.hpp"
#include "tidegate/flow/conservation.hpp"

namespace tidegate::lab {

class ledger {
 public:
  /// It is about to be offered: counted before and apart from the answer, so that a lost answer is found.
  void offered() noexcept { offered_.fetch_add(1, relaxed); }
  void answered(push_status status) noexcept { answers_[static_cast<std::size_t>(status)].fetch_add(1, relaxed); }
  void taken() noexcept { taken_.fetch_add(1, relaxed); }
  void completed() noexcept { completed_.fetch_add(1, relaxed); }
  /// Work on it was broken off.
  void broken_off() noexcept {
    taken_.fetch_sub(1, relaxed);
    discarded();
  }
  void discarded() noexcept { discarded_.fetch_add(1, relaxed); }

  [[nodiscard]] std::uint64_t in_service() const noexcept {
    const std::uint64_t ended = completed_.load(relaxed);
    return taken_.load(relaxed) - ended;
  }
  [[nodiscard]] std::uint64_t completed_count() const noexcept { return completed_.load(relaxed); }
  [[nodiscard]] std::uint64_t offered_count() const noexcept { return offered_.load(relaxed); }
  [[nodiscard]] std::uint64_t accepted_count() const noexcept;

  /// What waits and what is worked on. Looked at while things move it is never more than there was.
  [[nodiscard]] std::uint64_t inside(const policy& of) const noexcept;

  /// Everything, with what the policy has lost and holds.
  [[nodiscard]] conservation account(const policy& of) const noexcept;

  /// What nothing accounts for, in both halves of the identity, as near to 0 as some tries find it.
  [[nodiscard]] std::uint64_t imbalance_while_running(const policy& of) const noexcept;

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;  // counters that guard no data

  [[nodiscard]] std::uint64_t count_of(push_status status) const noexcept {
    return answers_[static_cast<std::size_t>(status)].load(relaxed);
  }

  std::atomic<std::uint64_t> offered_{0};
  std::array<std::atomic<std::uint64_t>, 12> answers_{};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> discarded_{0};
};

/// Both halves of the identity.
[[nodiscard]] std::uint64_t imbalance_of(const conservation& account) noexcept;

}  // namespace tidegate::lab
