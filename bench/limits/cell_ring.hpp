// cell_ring.hpp: a plain ring of cells, one cache line or more each: as fast as a FIFO ring of single elements gets
// when it may stop with a stopped peer. Nothing else is in it: no close, no handles, no exact answers.
// Origin: Vyukov's bounded MPMC queue (2010); a line for each cell as in rigtorp::MPMCQueue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// A cell's turn is the ticket of the push that may fill it, or one more than the ticket of the pop that may empty it.
template <class T, std::size_t Capacity>
class cell_ring {
 public:
  cell_ring() {
    for (std::uint64_t i = 0; i < Capacity; ++i) cells_[i].turn.store(i, order::relaxed);  // not shared yet
  }

  bool try_push(const T& value) {
    std::uint64_t ticket = 0;
    cell* const mine = claim(tail_.ticket, 0, ticket);
    if (mine == nullptr) return false;
    mine->element = value;
    mine->turn.store(ticket + 1, order::release);  // [filled] pairs with the acquire in claim()
    return true;
  }

  bool try_pop(T& out) {
    std::uint64_t ticket = 0;
    cell* const mine = claim(head_.ticket, 1, ticket);
    if (mine == nullptr) return false;
    out = mine->element;
    mine->turn.store(ticket + Capacity, order::release);  // [emptied] pairs with the acquire in claim()
    return true;
  }

 private:
  struct alignas(64) cell {
    std::atomic<std::uint64_t> turn{0};
    T element{};
  };
  struct alignas(128) lone_ticket {
    std::atomic<std::uint64_t> ticket{0};
  };

  /// The next cell, when it is `ahead` of its ticket; null when it is behind.
  cell* claim(std::atomic<std::uint64_t>& next, std::uint64_t ahead, std::uint64_t& ticket) {
    ticket = next.load(order::relaxed);  // only a guess: the exchange decides
    for (;;) {
      cell& candidate = cells_[ticket % Capacity];
      // [filled] [emptied] acquire, pairs with the release in try_push() or try_pop().
      const std::uint64_t turn = candidate.turn.load(order::acquire);
      const auto distance = static_cast<std::int64_t>(turn - (ticket + ahead));
      if (distance < 0) return nullptr;
      if (distance > 0) {
        ticket = next.load(order::relaxed);  // as above
      } else if (next.compare_exchange_weak(ticket, ticket + 1, order::relaxed, order::relaxed)) {
        return &candidate;  // relaxed: the turn has ordered, the ticket only names
      }
    }
  }

  lone_ticket tail_;
  lone_ticket head_;
  alignas(128) const std::unique_ptr<cell[]> cells_ = std::make_unique<cell[]>(Capacity);
};

}  // namespace tidegate::bench
