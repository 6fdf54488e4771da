// shared_lane: the words of a byte ring with several producers, who publish by the headers of their records.
//
// Roles: many producers, one consumer.  Order: FIFO, by claim.
// Progress: a claim is lock-free: it repeats itself only when another one, or close(), came first. There is no bound on
// that, because a claim that must be refused exactly cannot be made by one fetch_add: near the end of the room it would
// take what is not there, and what a record needs depends on where it begins. publish() and abandon() are one store;
// the consumer's calls are wait-free, and never pass a claim that is not finished.
// A claim moves tail, and says who it is of by a header in front of its words; publish() and abandon() replace that.
// The consumer takes a word of zeros for no header: it clears what it gives back. Invariant: all words from tail to
// head + capacity are zero, and head <= tail <= head + capacity, in places.
// A claim whose thread has ended is abandoned by the consumer: nobody else can publish it. The thread's end is seen
// first, then the header once more: it may have been replaced in between.
// Limit: a thread that is ended inside claim(), between the two (which C++ does not allow it), is not recovered.
// Origin: Aeron's and Agrona's many-to-one ring buffer (claim, commit by the header, zeroing, padding at the wrap). Its
// unblock() by a time-out takes words from a claimant that may live (agrona #159, interprocess #56): ours asks who
// lives. A header always fits before the end (agrona #22): all sizes are multiples of it.
//
// Protocol: [publish] producer → consumer: words are complete before the header that covers them is seen.
//           [credit]  consumer → producer: words are zero before the head that frees them is seen, also by way of
//                     another producer's copy.
//           [room]    claim → claim: who sees a claim sees the head that it had room by, or a newer one.
//           [close]   closer → whoever is told `closed`: what was done before the close is seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/byte/byte_cursor.hpp"
#include "tidegate/ring/detail/byte/record_header.hpp"
#include "tidegate/ring/detail/ticket.hpp"

namespace tidegate::detail {

template <byte_options Options, class Sync>
class shared_lane {
 public:
  using position = typename Sync::position;
  using word = typename Sync::word;
  using tickets = ticket_order<position>;

  static constexpr std::size_t capacity_limit = std::min(tickets::capacity_limit, record_header::words_limit);

  /// Whether the consumer sees claims that are not published.
  static constexpr bool claims_are_seen = true;

  static constexpr bool checks_roles = Options.check_roles;

  /// Claimed words.
  struct slot {
    word* header = nullptr;
    std::size_t words = 0;
    thread_key claimant = 0;  // 0: not marked, or nobody's
    [[nodiscard]] word* payload() const noexcept { return header + 1; }
  };

  /// `storage` holds `words` words at a cache line.
  shared_lane(region&& storage, std::size_t words) noexcept
      : storage_(std::move(storage)),
        order_(words, Sync::first_position),
        begin_(reinterpret_cast<word*>(storage_.data())),
        tail_{order_.first()},
        head_seen_{order_.first()},
        head_{order_.first()} {
    std::uninitialized_value_construct_n(begin_, words);
  }
  shared_lane(const shared_lane&) = delete;
  shared_lane& operator=(const shared_lane&) = delete;
  ~shared_lane() { std::destroy_n(begin_, capacity()); }

  // Producer operations.

  /// Room for a record of `bytes` bytes, the caller's until publish() or abandon(): `ok`, `full` or `closed`.
  [[nodiscard]] push_status claim(std::size_t bytes, slot& claimed) noexcept {
    const std::size_t words = 1 + words_for(bytes);
    position at = tail_.load(order::acquire);  // [room] pairs with the exchange: no older head is loaded behind it
    // [credit] pairs with find_room(), and through it with release(): the words are zero
    position head = head_seen_.load(order::acquire);
    for (unsigned lost = 0;; ++lost) {
      if (const push_status refusal = find_room(words, at, head); refusal != push_status::ok) return refusal;
      // [room] pairs with the loads of tail: what is in the words passes by headers, and that they are free by head
      if (tail_.compare_exchange_strong(at, order_.advanced(at, needed(words, at)), order::release, order::acquire)) {
        claimed = take(words, at);
        return push_status::ok;
      }
      Sync::back_off(1U << std::min(lost, most_backoff_log2));
    }
  }

  /// Says whose the claim is, should its thread end without another word.
  void mark(slot& claimed) noexcept {
    claimed.claimant = Sync::this_thread();
    // [publish] pairs with the load in glance(): whoever reads the key finds its thread among the living, or its end
    claimed.header->store(record_header::claimed(claimed.words, claimed.claimant).word(), order::release);
  }

  void publish(const slot& claimed, std::size_t bytes) noexcept {
    if (!is_held(claimed)) [[unlikely]]
      return;
    // [publish] pairs with the load in glance(): the record is complete before it is seen
    claimed.header->store(record_header::record(claimed.words, bytes).word(), order::release);
  }

  void abandon(const slot& claimed) noexcept {
    if (!is_held(claimed)) [[unlikely]]
      return;
    // [publish] pairs with the load in glance(): nobody writes there any more when the words are cleared
    claimed.header->store(record_header::abandoned(claimed.words).word(), order::release);
  }

  /// True with room for a record of `bytes` bytes, or closed; false: there was no room at the load of head.
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
    const position at = tail_.load(order::acquire);  // [room] pairs with claim(); an older one: see find_room()
    // relaxed: nothing is done with the words; a claim looks for itself
    return tickets::is_flagged(at) || fits(1 + words_for(bytes), at, head_.load(order::relaxed));
  }

  // Consumer operations.

  [[nodiscard]] byte_cursor oldest() const noexcept { return {.index = order_.index_of(own_head())}; }

  /// What begins at a place; none: nothing that was finished. A claim in the way is noted down.
  [[nodiscard]] record_header look(const byte_cursor& at) noexcept {
    const record_header found = glance(at);
    if (!found.is_claimed()) return found;
    const position where = order_.advanced(own_head(), at.words);
    tally_.add_look(where != waited_at_);
    waited_at_ = where;
    return record_header::none();
  }

  /// What was found at a place before.
  [[nodiscard]] record_header look_again(const byte_cursor& at) const noexcept { return glance(at); }

  /// As look(), without noting anything down; a claim that its thread may still publish is itself.
  [[nodiscard]] record_header glance(const byte_cursor& at) const noexcept {
    if (at.words == capacity()) return record_header::none();
    word& first = begin_[at.index];
    // [publish] pairs with the stores of headers: what they cover is complete
    const record_header found(first.load(order::acquire));
    if (!found.is_claimed() || found.claimant() == record_header::nobody) return found;
    if (Sync::may_live(found.claimant(), record_header::kept_of_key)) return found;
    // relaxed: all that the thread did has happened, and nobody else writes here. Its last word is now seen.
    const record_header last(first.load(order::relaxed));
    return last.is_claimed() ? record_header::recovered(last.words()) : last;
  }

  /// Why look() found nothing. Until somebody closes, it leaves the producers' line alone.
  [[nodiscard]] pop_status why_none(const byte_cursor& at) noexcept {
    return would_end(at) ? pop_status::closed : pop_status::empty;
  }
  [[nodiscard]] bool would_end(const byte_cursor& at) const noexcept {
    if (!closing_.load(order::relaxed)) [[likely]]  // only says where to look
      return false;
    // [close] pairs with close(): and no claim is left beyond the place
    return tail_.load(order::acquire) == tickets::flagged(order_.advanced(own_head(), at.words));
  }
  [[nodiscard]] bool ended() const noexcept { return would_end(oldest()); }

  /// Gives back all words before `to`.
  void release(const byte_cursor& to) noexcept {
    if (to.words == 0) return;
    const position head = own_head();
    const std::size_t first = order_.index_of(head);
    const std::size_t to_end = std::min(to.words, capacity() - first);
    word::clear(begin_ + first, to_end);
    if (to.words != to_end) word::clear(begin_, to.words - to_end);
    tally_.add(to);
    // [credit] pairs with the load in find_room(): the words are zero before they are free
    head_.store(order_.advanced(head, to.words), order::release);
  }

  // Any thread.

  void close() noexcept {
    closing_.store(true, order::relaxed);  // before the flag: who is told of that finds this set
    // [close] pairs with the loads of tail in closed() and would_end()
    tail_.fetch_or(tickets::flag, order::release);
  }
  [[nodiscard]] bool closed() const noexcept {
    return tickets::is_flagged(tail_.load(order::acquire));  // [close] pairs with close()
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return order_.capacity(); }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }
  [[nodiscard]] word* words_at(std::size_t index) const noexcept { return begin_ + index; }

  /// The places of the next claim and of the oldest word that was not given back.
  [[nodiscard]] position tail_hint() const noexcept { return tail_.load(order::relaxed); }  // a hint
  [[nodiscard]] position head_hint() const noexcept {
    return head_.load(order::acquire);  // [credit] pairs with release(), for wait_drained() and what is read behind it
  }
  /// Words from one to the other; very many when `to` is behind.
  [[nodiscard]] std::size_t words_between(position from, position to) const noexcept {
    return static_cast<std::size_t>(order_.places(from, to));
  }
  [[nodiscard]] position first() const noexcept { return order_.first(); }

  void report_to(byte_counts& counts) const noexcept { tally_.report_to(counts); }

 private:
  static constexpr unsigned most_backoff_log2 = 6;

  [[nodiscard]] position own_head() const noexcept {
    return head_.load(order::relaxed);  // the consumer's own variable
  }

  /// Words that a record takes with the padding before it, when it is claimed at `at`.
  [[nodiscard]] std::size_t needed(std::size_t words, position at) const noexcept {
    const std::size_t to_end = capacity() - order_.index_of(at);
    return words <= to_end ? words : to_end + words;
  }
  [[nodiscard]] bool fits(std::size_t words, position at, position head) const noexcept {
    const std::ptrdiff_t room = static_cast<std::ptrdiff_t>(capacity()) - order_.places(head, at);
    return room >= static_cast<std::ptrdiff_t>(needed(words, at));
  }

  /// `ok` when a record seems to fit at `at`: the exchange of tail will tell. `full` by the newest head is true even if
  /// `at` is an older tail: a claim never makes room for another one, because what it leaves of the padding it
  /// takes of the room. A tail older than head leaves room for anything. A head older than what the claims before `at`
  /// had to see would be no true one: it cannot be loaded.
  [[nodiscard]] push_status find_room(std::size_t words, position at, position& head) noexcept {
    if (tickets::is_flagged(at) && closed()) [[unlikely]]
      return push_status::closed;
    if (fits(words, at, head)) [[likely]]
      return push_status::ok;
    // [credit] pairs with release(): what was in the words happened before they are filled again
    head = head_.load(order::acquire);
    if (!fits(words, at, head)) return push_status::full;
    head_seen_.store(head, order::release);  // [credit] pairs with the load in claim(), of other producers
    return push_status::ok;
  }

  /// The words that were claimed at `at`; says which of them are padding.
  [[nodiscard]] slot take(std::size_t words, position at) noexcept {
    const std::size_t index = order_.index_of(at);
    const std::size_t to_end = capacity() - index;
    if (words <= to_end) return {begin_ + index, words};
    // [publish] pairs with the load in glance(): it is written before the consumer clears it
    begin_[index].store(record_header::padding(to_end).word(), order::release);
    return {begin_, words};
  }

  /// False: its thread has ended, and the consumer has recovered the words, or will. That comes of a claim that was
  /// moved to another thread, or lies in a thread_local object: it may outlive its thread's place among the living.
  [[nodiscard]] bool is_held(const slot& claimed) const noexcept {
    if (claimed.claimant == 0 || claimed.claimant == Sync::this_thread()) [[likely]]
      return true;
    if (Options.check_roles) abort_with("mpsc_byte_ring: a claim ended by another thread, or behind its own one's end");
    return Sync::lives(claimed.claimant);
  }

  // A line that is read only, until somebody closes.
  region storage_;
  tickets order_;
  word* begin_;
  typename Sync::template atomic<bool> closing_{false};  // tail is, or will be, flagged

  alignas(cache_line_bytes) typename Sync::template atomic<position> tail_;  // the next claim's place  [close]
  typename Sync::template atomic<position> head_seen_;  // a copy of head, perhaps an old one  [credit]

  alignas(cache_line_bytes) typename Sync::template atomic<position> head_;  // the oldest word not given back  [credit]
  position waited_at_ = 1;  // the consumer's: the last place of a claim in its way; flagged: none yet
  byte_tally<Sync> tally_;
};

}  // namespace tidegate::detail
