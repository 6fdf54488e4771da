// deficit_round_robin: which of several lanes is served next: in the ratio of their weights, and none starves.
//
// Active lanes stand in a circle. Whose turn comes receives its quantum (weight x unit) and is served while it has some
// left; each element is paid for after it was taken, so that nobody need know its cost before. What it costs beyond
// what was left is owed, and paid by the lane's next quanta. While two lanes are active without a break, what they were
// served, divided by their weights, differs by less than one unit and one largest element of each.
// A lane that becomes idle loses what it had left, and keeps what it owes.
// One lane may be strict: it comes before the circle, for at most so much cost in a row; then one element of another
// lane has its turn.
// Threads: one.  Cost: O(1) a decision while no element costs more than its lane's quantum, else O(active lanes).
// Source: Shreedhar & Varghese, "Efficient Fair Queueing using Deficit Round Robin", SIGCOMM 1995; to pay afterwards:
// surplus round robin, Adiseshu, Parulkar & Varghese, SIGCOMM 1996.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace tidegate {

/// A lane that comes before the others.
struct strict_lane {
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();  ///< the others may starve

  std::size_t lane = none;
  std::uint64_t in_a_row = 1;  ///< cost, >= 1, after which one element of the others has its turn, if there is one

  bool operator==(const strict_lane&) const = default;
};

class deficit_round_robin {
 public:
  static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  static constexpr std::uint32_t max_weight = 1U << 20;

  /// What is known of a lane. Set the weight (1 to max_weight); the rest is the scheduler's.
  struct lane {
    std::uint32_t weight = 1;
    bool is_active = false;
    std::int64_t left = 0;  // of its quanta; negative: what it owes
    std::size_t next = 0;   // in the circle
    std::size_t previous = 0;
  };

  /// `lanes` must outlive it. `unit`: cost per weight and round, >= 1.
  deficit_round_robin(std::span<lane> lanes, std::uint32_t unit, strict_lane strict = {}) noexcept
      : lanes_(lanes), unit_(unit), strict_(strict) {}

  /// True when no lane is active.
  [[nodiscard]] bool is_idle() const noexcept { return active_ == 0 && !strict_is_active(); }
  [[nodiscard]] bool is_active(std::size_t at) const noexcept { return lanes_[at].is_active; }
  /// What the lane has left of its quanta; negative: what it owes.
  [[nodiscard]] std::int64_t left(std::size_t at) const noexcept { return lanes_[at].left; }

  /// A lane that was idle has elements: the last one in the circle.
  void activate(std::size_t at) noexcept {
    lanes_[at].is_active = true;
    if (at == strict_.lane) return;
    if (active_++ == 0) {
      lanes_[at].next = lanes_[at].previous = at;
      return give_turn(at);
    }
    const std::size_t last = lanes_[turn_].previous;
    lanes_[at].previous = last;
    lanes_[at].next = turn_;
    lanes_[last].next = lanes_[turn_].previous = at;
  }

  /// A lane that was active has none.
  void deactivate(std::size_t at) noexcept {
    lane& idle = lanes_[at];
    idle.is_active = false;
    idle.left = std::min<std::int64_t>(idle.left, 0);
    if (at == strict_.lane || --active_ == 0) return;
    lanes_[idle.previous].next = idle.next;
    lanes_[idle.next].previous = idle.previous;
    if (at == turn_) give_turn(idle.next);
  }

  /// The lane to take the next element from; `nobody` when all are idle. The same until something changes.
  [[nodiscard]] std::size_t next() noexcept {
    if (strict_is_active() && (in_a_row_ < strict_.in_a_row || active_ == 0)) return strict_.lane;
    if (active_ == 0) return nobody;
    for (std::size_t passed = 0; lanes_[turn_].left <= 0; ++passed) {
      if (passed == active_) skip_rounds();
      give_turn(lanes_[turn_].next);
    }
    return turn_;
  }

  /// An element of an active lane was taken. No cost counts as 1.
  void charge(std::size_t at, std::uint32_t cost) noexcept {
    const std::uint32_t price = std::max<std::uint32_t>(cost, 1);
    if (at != strict_.lane) {
      in_a_row_ = 0;
      lanes_[at].left -= price;
    } else {
      in_a_row_ = price < strict_.in_a_row - in_a_row_ ? in_a_row_ + price : strict_.in_a_row;
    }
  }

 private:
  [[nodiscard]] bool strict_is_active() const noexcept {
    return strict_.lane != strict_lane::none && lanes_[strict_.lane].is_active;
  }
  [[nodiscard]] std::int64_t quantum_of(const lane& one) const noexcept { return std::int64_t{one.weight} * unit_; }

  void give_turn(std::size_t to) noexcept {
    turn_ = to;
    lanes_[to].left += quantum_of(lanes_[to]);
  }

  /// All of the circle owe: the rounds at whose end they would all owe still, at once.
  void skip_rounds() noexcept {
    std::int64_t rounds = std::numeric_limits<std::int64_t>::max();
    std::size_t at = turn_;
    for (std::size_t i = 0; i < active_; ++i, at = lanes_[at].next)
      rounds = std::min(rounds, -lanes_[at].left / quantum_of(lanes_[at]));
    for (std::size_t i = 0; i < active_; ++i, at = lanes_[at].next) lanes_[at].left += rounds * quantum_of(lanes_[at]);
  }

  std::span<lane> lanes_;
  std::uint32_t unit_;
  strict_lane strict_;
  std::uint64_t in_a_row_ = 0;  // cost of the strict lane since another one was served
  std::size_t active_ = 0;      // lanes in the circle
  std::size_t turn_ = 0;        // whose turn it is, when there is a circle
};

}  // namespace tidegate
