// ticketed_cells: elements beside the ticket whose turn it is, and the two numbers that hand tickets out.
//
// Roles: many producers, many consumers.  Progress: stops while a thread is stopped between its claim and its last
// publish; see ring/ticketed_ring.hpp.  Order: FIFO, by claim.
// A cell's turn is the ticket of the push that may fill it; with the flag, of the pop that may empty it. A thread that
// has found a run of cells ready claims them all by one compare-exchange on tail, or on head. No cell that is ready can
// change before that: the winner alone touches it. The flag in tail says that the ring is closed, and makes every
// later claim of a push fail.
// Invariant: head <= tail <= head + capacity, in places.
// Origin: Vyukov's bounded MPMC queue (2010); runs of cells by one exchange, and the flag, are ours.
//
// Protocol: [publish] producer → consumer: an element is complete before its cell is full.
//           [credit]  consumer → producer: an element has left its cell before that is free.
//           [close]   closer → whoever is told `closed`: what was done before the close is seen.
// Tail and head are exchanged relaxed: what passes, passes by the turns. No seq_cst: an answer tells of one cell, and
// no two failures claim a common order (see "Answers" in ring/ticketed_ring.hpp); claims of both kinds have one,
// because each depends on the exchanges that it has read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/ticket.hpp"

namespace tidegate::detail {

/// Cells are aligned to `CellAlignment` at least.
template <queue_element T, std::size_t CellAlignment, class Sync>
class ticketed_cells {
 public:
  using position = typename Sync::position;

 private:
  using atomic_position = typename Sync::template atomic<position>;
  using element_cell = typename Sync::template cell<T>;
  using tickets = ticket_order<position>;

  /// What a turn waits for.
  enum class awaited : bool { push, pop };
  [[nodiscard]] static constexpr position turn_for(awaited what, position ticket) noexcept {
    return what == awaited::push ? ticket : tickets::flagged(ticket);
  }

  struct alignas(std::max({CellAlignment, alignof(atomic_position), alignof(element_cell)})) cell {
    explicit cell(position ticket) noexcept : turn(ticket) {}
    atomic_position turn;  // who may touch the element  [publish] [credit]
    element_cell element;
  };

  /// A way from cell to cell. A copy of all that it needs: to write an element may change anything else.
  struct walk {
    position ticket;
    cell* at;
    cell* begin;
    cell* end;
    position gap;

    void next() noexcept {
      ticket = static_cast<position>(ticket + tickets::step);
      if (++at == end) {
        at = begin;
        ticket = static_cast<position>(ticket + gap);
      }
    }
  };

  /// Neighbouring places, claimed together. None: `first` is what tail or head was.
  struct run {
    position first;
    std::size_t count;
  };

 public:
  static constexpr std::size_t alignment = std::max(alignof(cell), cache_line_bytes);
  static constexpr std::size_t capacity_limit = tickets::capacity_limit;

  /// Bytes of storage for `capacity` elements.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(capacity, sizeof(cell), &bytes);
  }

  /// `storage` holds storage_bytes(capacity) bytes at `alignment`.
  ticketed_cells(region&& storage, std::size_t capacity) noexcept
      : storage_(std::move(storage)),
        order_(capacity, Sync::first_position),
        begin_(reinterpret_cast<cell*>(storage_.data())),
        tail_{order_.first()},
        head_{order_.first()} {
    for (std::size_t i = 0; i < capacity; ++i) std::construct_at(begin_ + i, order_.advanced(order_.first(), i));
  }

  ticketed_cells(const ticketed_cells&) = delete;
  ticketed_cells& operator=(const ticketed_cells&) = delete;

  ~ticketed_cells() {
    if constexpr (!plain_element<T> || !Sync::plain_cells) {
      // alone now, and whoever destroys has ordered it after all calls
      walk oldest = walk_from(head_.load(order::relaxed));
      for (std::size_t left = depth_hint(); left > 0; --left, oldest.next()) oldest.at->element.destroy();
    }
    std::destroy_n(begin_, order_.capacity());
  }

  // Producers.

  /// What a push would be told now.
  [[nodiscard]] push_status look_for_room() noexcept {
    position at = tail_.load(order::relaxed);  // a guess
    return find_ready(tail_, at, one<awaited::push>()) != 0 ? push_status::ok : push_refusal(at);
  }

  /// Claims a free cell, calls `make(element)` on it and publishes it.
  template <class Make>
  push_status push_one(Make&& make) noexcept {
    const run claimed = claim(tail_, one<awaited::push>());
    if (claimed.count == 0) [[unlikely]]
      return push_refusal(claimed.first);
    fill(cell_at(claimed.first), claimed.first, std::forward<Make>(make));
    return push_status::ok;
  }

  /// Claims a run of free cells, moves up to `count` elements in and publishes one after the other; returns how many.
  std::size_t push_n(T* from, std::size_t count) noexcept {
    const run claimed = claim(tail_, up_to<awaited::push>(count));
    walk to = walk_from(claimed.first);
    for (std::size_t i = 0; i < claimed.count; ++i, to.next()) {
      fill(*to.at, to.ticket, [&](auto& element) noexcept { element.construct(std::move(from[i])); });
    }
    return claimed.count;
  }

  // Consumers.

  /// What a pop would be told now.
  [[nodiscard]] pop_status look_for_element() noexcept {
    position at = head_.load(order::relaxed);  // a guess
    return find_ready(head_, at, one<awaited::pop>()) != 0 ? pop_status::ok : pop_refusal(at);
  }

  /// Claims a full cell, calls `use(element)`, then destroys the element and frees the cell.
  template <class Use>
  pop_status pop_one(Use&& use) noexcept(noexcept(use(std::declval<T&>()))) {
    const run claimed = claim(head_, one<awaited::pop>());
    if (claimed.count == 0) return pop_refusal(claimed.first);
    const leaving guard{cell_at(claimed.first), order_.next_lap(claimed.first)};
    use(guard.from.element.get());
    return pop_status::ok;
  }

  /// Claims a run of full cells, moves up to `count` elements out and frees one after the other; returns how many.
  std::size_t pop_n(T* out, std::size_t count) noexcept {
    const run claimed = claim(head_, up_to<awaited::pop>(count));
    const position lap = order_.next_lap(0);
    walk from = walk_from(claimed.first);
    for (std::size_t i = 0; i < claimed.count; ++i, from.next()) {
      const leaving guard{*from.at, static_cast<position>(from.ticket + lap)};
      out[i] = std::move(guard.from.element.get());
    }
    return claimed.count;
  }

  // Any thread.

  void close() noexcept {
    closing_.store(true, order::relaxed);  // before the flag: who is told of that finds this set
    // [close] pairs with the loads of tail in closed() and ended(): what was done before is seen by who is told
    tail_.fetch_or(tickets::flag, order::release);
  }

  [[nodiscard]] bool closed() const noexcept {
    return tickets::is_flagged(tail_.load(order::acquire));  // [close] pairs with close()
  }

  /// True when no push can claim any more, and pops have claimed all up to `head`.
  [[nodiscard]] bool ended_at(position head) const noexcept {
    return tail_.load(order::acquire) == tickets::flagged(head);  // [close] pairs with close()
  }
  [[nodiscard]] bool ended() const noexcept {
    return ended_at(head_.load(order::relaxed));  // an older head is no end that was not one
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return order_.capacity(); }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

  /// Places ever claimed by pushes and by pops.
  [[nodiscard]] position tail_hint() const noexcept { return claims(tail_.load(order::relaxed)); }  // a hint
  [[nodiscard]] position head_hint() const noexcept { return claims(head_.load(order::relaxed)); }  // a hint

  /// Between 0 and capacity; exact when all rest.
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    const position head = head_.load(order::relaxed);  // hints; either may be the older one
    const std::ptrdiff_t depth = order_.places(head, tail_.load(order::relaxed));
    return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(depth, 0, static_cast<std::ptrdiff_t>(capacity())));
  }

 private:
  /// Destroys the element and frees its cell on every way out of the user's callback.
  struct leaving {
    cell& from;
    position next_turn;
    ~leaving() {
      from.element.destroy();
      // [credit] pairs with the load in is_ready(): the element is gone before its cell is free
      from.turn.store(next_turn, order::release);
    }
  };

  template <class Make>
  void fill(cell& to, position ticket, Make&& make) noexcept {
    make(to.element);
    // [publish] pairs with the load in is_ready(): the element is complete before its cell is full
    to.turn.store(turn_for(awaited::pop, ticket), order::release);
  }

  /// Moves `next`, which is tail or head, past as many cells as `count` finds ready. Each exchange that fails means
  /// that another thread has claimed, or closed.
  template <class Count>
  [[nodiscard]] run claim(atomic_position& next, Count&& count) noexcept {
    position at = next.load(order::relaxed);  // a guess: the exchange checks it
    for (;;) {
      const std::size_t ready = find_ready(next, at, count);
      if (ready == 0) return {at, 0};
      // relaxed: elements pass by the turns of their cells
      if (next.compare_exchange_strong(at, order_.advanced(at, ready), order::relaxed, order::relaxed)) {
        return {at, ready};
      }
      Sync::pause();
    }
  }

  /// How many cells `count` finds ready from `at` on, which becomes the newest `next`. None: `next` was `at` after the
  /// cell's turn was seen not to have come. No turn is that of a tail with its flag: nobody got that ticket.
  template <class Count>
  [[nodiscard]] std::size_t find_ready(const atomic_position& next, position& at, Count&& count) noexcept {
    for (;;) {
      if (const std::size_t ready = count(at); ready != 0) return ready;
      const position seen = at;
      at = next.load(order::relaxed);  // no older than the turn that was seen: its acquire sees to that
      if (at == seen) return 0;
    }
  }

  template <awaited Whose>
  [[nodiscard]] static bool is_ready(const cell& looked_at, position ticket) noexcept {
    // [publish] [credit] pairs with the stores in fill() and leaving: whoever had the cell has left it
    return looked_at.turn.load(order::acquire) == turn_for(Whose, ticket);
  }

  /// Counts the cells, one or none, that are ready from a ticket on.
  template <awaited Whose>
  [[nodiscard]] auto one() const noexcept {
    return [this](position ticket) noexcept { return is_ready<Whose>(cell_at(ticket), ticket) ? 1U : 0U; };
  }

  /// The same, up to `most` of them.
  template <awaited Whose>
  [[nodiscard]] auto up_to(std::size_t most) const noexcept {
    return [this, most](position ticket) noexcept {
      std::size_t ready = 0;
      for (walk over = walk_from(ticket); ready < most && is_ready<Whose>(*over.at, over.ticket); over.next()) ++ready;
      return ready;
    };
  }

  /// Why a push that saw `tail` claimed nothing.
  [[nodiscard]] push_status push_refusal(position tail) const noexcept {
    return tickets::is_flagged(tail) && closed() ? push_status::closed : push_status::full;
  }

  /// Why a pop that saw `head` claimed nothing. Until somebody closes, it leaves the producers' line alone.
  [[nodiscard]] pop_status pop_refusal(position head) const noexcept {
    if (!closing_.load(order::relaxed)) [[likely]]  // only says where to look
      return pop_status::empty;
    return ended_at(head) ? pop_status::closed : pop_status::empty;
  }

  [[nodiscard]] cell& cell_at(position ticket) const noexcept { return begin_[order_.index_of(ticket)]; }
  [[nodiscard]] walk walk_from(position ticket) const noexcept {
    return {ticket, &cell_at(ticket), begin_, begin_ + order_.capacity(), order_.gap()};
  }

  [[nodiscard]] position claims(position ticket) const noexcept {
    return static_cast<position>(Sync::first_position + static_cast<position>(order_.places(order_.first(), ticket)));
  }

  // A line that is read only, until somebody closes.
  region storage_;
  tickets order_;
  cell* begin_;
  typename Sync::template atomic<bool> closing_{false};  // tail is, or will be, flagged

  alignas(cache_line_bytes) atomic_position tail_;  // the next push's ticket, and whether there is none  [close]
  alignas(cache_line_bytes) atomic_position head_;  // the next pop's ticket
};

}  // namespace tidegate::detail
