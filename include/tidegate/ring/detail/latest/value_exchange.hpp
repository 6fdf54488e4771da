// value_exchange: a place for one value, the newest, between one writer and one reader who bring slots of their own.
//
// Each slot is the writer's, the reader's, or lies in the place. A push puts the writer's slot, now with a value, in
// exchange for the one that lies there; a take puts the reader's raw slot. Whoever gets a slot owns it alone, so that
// values of any type are written and read without a copy and at leisure.
// Progress: wait-free. A push makes at most two exchanges: only a take and a close get in its way, a take once (there
// is nothing to take before the next push), and after a close it gives up.
//
// The closed bit ends all pushes, because a push is a compare-exchange of the whole word. A take is an exchange without
// a look, or it could be outrun for ever. It keeps the bit that it has seen; one that came in between it sets again.
// The only push that can slip in between had begun before the close: it comes before the close, and before the reader
// is told.
// Origin: the three slots are those of triple buffering (Simpson's four slots, 1990, need no exchange, and copy);
// number, closed bit and replaced value in the same word are ours.
//
// Protocol: [publish] writer → reader: a value is complete before its slot lies in the place.
//           [credit]  reader → writer: a value is gone from a slot before that lies in the place.
//           [close]   closer → whoever is told `closed`: what was done before the close is seen.
#pragma once

#include <cstddef>

#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/latest/value_word.hpp"

namespace tidegate::detail {

template <class Word, unsigned SlotBits, class Sync>
class value_exchange {
 public:
  using word = value_word<Word, SlotBits>;

  /// A raw slot lies in the place.
  explicit value_exchange(Word first) noexcept : word_(first) {}

  // Writer.

  /// Puts `offered`, which is fresh, in exchange for what lies there. `seen`: what the writer has put there last, or
  /// has seen there; then what it was. False: closed, and nothing has changed.
  [[nodiscard]] bool put(Word& seen, Word offered) noexcept {
    while (!put_over(seen, offered)) {
      if (word::is_closed(seen)) return false;
    }
    return true;
  }

  /// The same only in exchange for `seen`, which is not closed. False: it was taken or closed, and `seen` is that.
  [[nodiscard]] bool put_over(Word& seen, Word offered) noexcept {
    // [publish] pairs with take(). On failure, [credit] pairs with the exchange of take() and [close] with close(): a
    // slot that comes back from the reader was seen by a look or a failure first, so that success need not acquire
    return word_.compare_exchange_strong(seen, offered, order::release, order::acquire);
  }

  // Reader.

  /// What lies there.
  [[nodiscard]] Word look() const noexcept {
    return word_.load(order::acquire);  // [credit] pairs with take() and [close] with close()
  }

  /// Puts `returned`, a raw slot, in exchange for the value that a look() has `seen` there, or a newer one.
  [[nodiscard]] Word take(Word seen, std::size_t returned) noexcept {
    const Word offered = static_cast<Word>(returned | (seen & word::closed_bit));
    const Word taken = word_.exchange(offered, order::acq_rel);  // [publish] [credit] pairs with put()
    if (word::is_closed(taken) && !word::is_closed(seen)) [[unlikely]] {
      word_.fetch_or(word::closed_bit, order::relaxed);  // it goes on with the release sequence of close()
    }
    return taken;
  }

  // Any thread.

  /// No more puts.
  void close() noexcept { word_.fetch_or(word::closed_bit, order::release); }  // [close] pairs with look() and put()

 private:
  typename Sync::template atomic<Word> word_;
};

}  // namespace tidegate::detail
