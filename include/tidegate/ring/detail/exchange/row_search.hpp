// row_search: which row of a ring belongs to the calling thread, or to a new handle.
//
// A thread keeps the row that its first call took until it ends; then whoever needs a row takes it over, with the slot
// and the place in it. A thread that is killed without ending, and a handle that is never destroyed, keep theirs.
// Progress: a load and a comparison when the row with the thread's own number is its row; O(rows) otherwise.
//
// Protocol: [row] leave() → take(): the next holder sees what the one before it left in the row. A thread that ends
// does not leave its rows: who takes one over has asked Sync::lives(), which orders the same. take() → take():
// whoever finds a thread in a row sees it alive, until it has ended.
#pragma once

#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/exchange/row.hpp"

namespace tidegate::detail {

/// No row to be had.
inline constexpr unsigned no_row = ~0u;

/// The holder of a row that belongs to a handle, not to a thread. No thread_key is like this.
inline constexpr thread_key held_by_handle = 1;

/// `Row` offers the atomic word `holder`.
template <class Sync, class Row = row<Sync>>
class row_search {
 public:
  row_search(Row* first, std::size_t count) noexcept : first_(first), count_(static_cast<unsigned>(count)) {}

  /// The row of the calling thread; no_row when all rows belong to others.
  [[nodiscard]] unsigned of_this_thread() const noexcept {
    const thread_key me = Sync::this_thread();
    const std::size_t number = number_of(me);
    if (me != 0 && number < count_ && holds(number, me)) [[likely]]  // an empty row has the holder 0
      return static_cast<unsigned>(number);
    return me == 0 ? no_row : search(me);
  }

  /// A row for a handle; no_row when all rows belong to others.
  [[nodiscard]] unsigned take_for_handle() const noexcept { return take_any(held_by_handle, count_ - 1); }

  /// A handle gives its row back.
  void leave(unsigned index) const noexcept {
    first_[index].holder.store(0, order::release);  // [row] pairs with take()
  }

 private:
  [[nodiscard]] bool holds(std::size_t index, thread_key key) const noexcept {
    return first_[index].holder.load(order::relaxed) == key;  // only the thread itself writes its key
  }

  /// Threads begin at their own number, handles at the end, so that they do not meet.
  [[nodiscard, gnu::noinline]] unsigned search(thread_key me) const noexcept {
    const unsigned begin = static_cast<unsigned>(number_of(me) % count_);
    for (unsigned i = 0; i < count_; ++i) {
      const unsigned index = (begin + i) % count_;
      if (holds(index, me)) return index;
    }
    return take_any(me, begin);
  }

  [[nodiscard]] unsigned take_any(thread_key me, unsigned begin) const noexcept {
    for (unsigned i = 0; i < count_; ++i) {
      const unsigned index = (me == held_by_handle ? begin + count_ - i : begin + i) % count_;
      if (take(index, me)) return index;
    }
    return no_row;
  }

  /// Takes a row that nobody holds, or whose thread has ended.
  [[nodiscard]] bool take(unsigned index, thread_key me) const noexcept {
    // [row] pairs with the exchange below: who sees a thread here sees that it has begun to live
    thread_key holder = first_[index].holder.load(order::acquire);
    if (holder == held_by_handle || (holder != 0 && Sync::lives(holder))) return false;
    // [row] acquire pairs with leave(), or for a thread that has ended with its end: Sync::lives() saw that
    return first_[index].holder.compare_exchange_strong(holder, me, order::acq_rel, order::relaxed);
  }

  Row* first_;
  unsigned count_;
};

}  // namespace tidegate::detail
