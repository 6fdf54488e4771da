// ticket_ring.hpp: the usual ring for many producers and consumers, for a control: claim a cell, then publish it.
//
// While a thread is stopped between the two, no call waits, but the others' answers are wrong: they find its cell in
// the way, and say `empty` with elements behind it, or `full` with free cells behind it.
// Origin: Vyukov's bounded MPMC queue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::test {

class ticket_ring {
 public:
  using value_type = std::uint64_t;

  /// At least 2.
  explicit ticket_ring(std::size_t capacity) : cells_(capacity) {
    for (std::size_t i = 0; i < capacity; ++i) cells_[i].turn.store(i, order::relaxed);  // not shared yet
  }

  push_status try_push(value_type&& value) noexcept {
    std::uint64_t ticket = 0;
    if (!claim(tail_, 0, ticket)) return push_status::full;
    cell_of(ticket).value = value;
    cell_of(ticket).turn.store(ticket + 1, order::release);
    return push_status::ok;
  }

  pop_status try_pop(value_type& out) noexcept {
    std::uint64_t ticket = 0;
    if (!claim(head_, 1, ticket)) return pop_status::empty;
    out = cell_of(ticket).value;
    cell_of(ticket).turn.store(ticket + cells_.size(), order::release);
    return pop_status::ok;
  }

 private:
  struct cell {
    std::atomic<std::uint64_t> turn{0};  // its ticket when it is free, one more when it is full
    value_type value = 0;
  };

  [[nodiscard]] cell& cell_of(std::uint64_t ticket) noexcept { return cells_[ticket % cells_.size()]; }

  /// Takes the next ticket if its cell's turn is `ahead` of it; false when the cell is behind.
  [[nodiscard]] bool claim(std::atomic<std::uint64_t>& next, std::uint64_t ahead, std::uint64_t& ticket) noexcept {
    ticket = next.load(order::relaxed);  // only a guess
    for (;;) {
      const auto early = static_cast<std::int64_t>(cell_of(ticket).turn.load(order::acquire) - (ticket + ahead));
      if (early < 0) return false;
      if (early > 0) {
        ticket = next.load(order::relaxed);  // as above
      } else if (next.compare_exchange_weak(ticket, ticket + 1, order::relaxed, order::relaxed)) {
        return true;
      }
    }
  }

  std::vector<cell> cells_;
  std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> head_{0};
};

}  // namespace tidegate::test
