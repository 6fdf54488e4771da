// single_lane: the words of a byte ring with one producer: two shared positions, as in spsc_indexed.
//
// Roles: one producer thread, one consumer thread.  Progress: wait-free, no read-modify-write.  Order: FIFO.
// Headers lie in front of the records as plain memory: what the tail covers is complete. A record that would not fit
// in one piece before the region's end begins at the start instead, behind a header that covers the words left free;
// both are published by one store. A claim that is abandoned has changed nothing, one that is published costs what it
// used. Invariant: head <= tail <= head + capacity, in words.
// Origin: Lamport 1983; private copies of the opposite position after FastForward and Rigtorp; records in one piece
// with padding at the wrap after Aeron's ring buffer.
//
// Protocol: [publish] producer → consumer: a record is complete before the tail that covers it is seen.
//           [credit]  consumer → producer: a record is finished with before the head that frees its words is seen.
//           [close]   closer → whoever is told `closed`: what was done before the close is seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/byte/byte_cursor.hpp"
#include "tidegate/ring/detail/byte/record_header.hpp"

namespace tidegate::detail {

template <byte_options Options, class Sync>
class single_lane {
 public:
  using position = typename Sync::position;
  using word = typename Sync::word;

  static constexpr std::size_t capacity_limit = std::min(countable_capacity<position>(0), record_header::words_limit);

  /// Whether the consumer sees claims that are not published.
  static constexpr bool claims_are_seen = false;

  static constexpr bool checks_roles = Options.check_roles;

  /// Claimed words.
  struct slot {
    word* header = nullptr;
    std::size_t index = 0;    // of the header
    std::size_t padding = 0;  // words left free before it
    [[nodiscard]] word* payload() const noexcept { return header + 1; }
  };

  /// `storage` holds `words` words at a cache line.
  single_lane(region&& storage, std::size_t words) noexcept
      : storage_(std::move(storage)), capacity_(words), begin_(reinterpret_cast<word*>(storage_.data())) {
    std::uninitialized_value_construct_n(begin_, capacity_);
    producer_.limit = advanced(Sync::first_position, capacity_);
  }
  single_lane(const single_lane&) = delete;
  single_lane& operator=(const single_lane&) = delete;
  ~single_lane() { std::destroy_n(begin_, capacity_); }

  // Producer operations.

  /// Room for a record of `bytes` bytes: `ok`, `full` or `closed`. It stays free until publish().
  [[nodiscard]] push_status claim(std::size_t bytes, slot& claimed) noexcept {
    if (closed()) [[unlikely]]
      return push_status::closed;
    const std::size_t words = 1 + words_for(bytes);
    const bool fits = words <= capacity_ - producer_.index;  // before the region's end
    claimed.padding = fits ? 0 : capacity_ - producer_.index;
    claimed.index = fits ? producer_.index : 0;
    claimed.header = begin_ + claimed.index;
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    if (distance(tail, producer_.limit) >= claimed.padding + words) [[likely]]
      return push_status::ok;
    producer_.limit = newest_limit();
    return distance(tail, producer_.limit) >= claimed.padding + words ? push_status::ok : push_status::full;
  }

  void mark(const slot&) noexcept {}  // nobody waits for a claim

  void publish(const slot& claimed, std::size_t bytes) noexcept {
    check_newest(claimed);
    const std::size_t words = 1 + words_for(bytes);
    claimed.header->put(record_header::record(words, bytes).word());
    if (claimed.padding != 0) begin_[producer_.index].put(record_header::padding(claimed.padding).word());
    producer_.index = claimed.index + words;
    if (producer_.index == capacity_) producer_.index = 0;
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    // [publish] pairs with the load in look(): the record and its header are complete before they are seen
    producer_.tail.store(advanced(tail, claimed.padding + words), order::release);
  }

  void abandon(const slot&) noexcept {}

  /// False: there was no room for a record of `bytes` bytes at the load of head.
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
    const std::size_t words = 1 + words_for(bytes);
    const std::size_t to_end = capacity_ - producer_.index;
    const std::size_t needed = words <= to_end ? words : to_end + words;
    return distance(producer_.tail.load(order::relaxed), newest_limit()) >= needed;  // own variable
  }

  // Consumer operations.

  [[nodiscard]] byte_cursor oldest() const noexcept { return {.index = consumer_.index}; }

  /// What begins at a place; none: nothing did at the load of tail.
  [[nodiscard]] record_header look(const byte_cursor& at) noexcept {
    if (at.words == seen_words() && (consumer_.ended || !look_further(at))) return record_header::none();
    return record_header(begin_[at.index].get());
  }
  /// What was found at a place before.
  [[nodiscard]] record_header look_again(const byte_cursor& at) const noexcept {
    return record_header(begin_[at.index].get());
  }

  /// As look(), without noting anything down.
  [[nodiscard]] record_header glance(const byte_cursor& at) const noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    // [publish] pairs with the store in publish()
    const position tail = consumer_.ended ? consumer_.seen : producer_.tail.load(order::acquire);
    return at.words == distance(head, tail) ? record_header::none() : record_header(begin_[at.index].get());
  }

  /// Why look() found nothing; `ok`: now there is something.
  [[nodiscard]] pop_status why_none(const byte_cursor& at) noexcept {
    if (consumer_.ended) return pop_status::closed;
    if (!closed()) return pop_status::empty;
    if (look_further(at)) return pop_status::ok;  // published before the close
    consumer_.ended = true;
    return pop_status::closed;
  }
  /// The same without noting anything down.
  [[nodiscard]] bool would_end(const byte_cursor& at) const noexcept {
    return consumer_.ended || (closed() && glance(at).is_none());
  }

  /// Gives back all words before `to`.
  void release(const byte_cursor& to) noexcept {
    if (to.words == 0) return;
    consumer_.index = to.index;
    tally_.add(to);
    const position head = consumer_.head.load(order::relaxed);  // own variable
    // [credit] pairs with the load in newest_limit(): the records are finished with before their words are free
    consumer_.head.store(advanced(head, to.words), order::release);
  }

  [[nodiscard]] bool ended() const noexcept { return consumer_.ended; }

  // Any thread.

  void close() noexcept { closed_.store(true, order::release); }                       // [close] pairs with closed()
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }
  [[nodiscard]] word* words_at(std::size_t index) const noexcept { return begin_ + index; }

  /// Words ever claimed and ever given back, modulo the position type.
  [[nodiscard]] position tail_hint() const noexcept {
    return producer_.tail.load(order::relaxed);  // a hint; read after head no older than it: that load sees to it
  }
  [[nodiscard]] position head_hint() const noexcept {
    return consumer_.head.load(order::acquire);  // [credit] pairs with release(), for wait_drained()
  }
  /// Words from one to the other.
  [[nodiscard]] std::size_t words_between(position from, position to) const noexcept { return distance(from, to); }
  [[nodiscard]] static position first() noexcept { return Sync::first_position; }

  void report_to(byte_counts& counts) const noexcept { tally_.report_to(counts); }

 private:
  struct alignas(cache_line_bytes) producer_line {                        // written by the producer only
    typename Sync::template atomic<position> tail{Sync::first_position};  // words published so far         [publish]
    position limit = Sync::first_position;                                // last head seen + capacity       [credit]
    std::size_t index = 0;                                                // of the word at tail
  };
  struct alignas(cache_line_bytes) consumer_line {                        // written by the consumer only
    typename Sync::template atomic<position> head{Sync::first_position};  // words given back so far         [credit]
    position seen = Sync::first_position;                                 // last tail seen                  [publish]
    std::size_t index = 0;                                                // of the word at head
    bool ended = false;                                                   // `closed` was answered, and stays the answer
  };

  /// Two claims that are open at once are of the same words.
  void check_newest([[maybe_unused]] const slot& claimed) const noexcept {
    if constexpr (Options.check_roles) {
      const std::size_t claimed_at = claimed.padding != 0 ? capacity_ - claimed.padding : claimed.index;
      if (claimed_at != producer_.index) abort_with("byte_ring: a claim published behind a later record");
    }
  }

  [[nodiscard]] position newest_limit() const noexcept {
    // [credit] pairs with release(): what was in the words happened before they are filled again
    return advanced(consumer_.head.load(order::acquire), capacity_);
  }

  [[nodiscard]] std::size_t seen_words() const noexcept {
    return distance(consumer_.head.load(order::relaxed), consumer_.seen);  // own variable
  }
  /// Loads tail; true when it covers what is at a place.
  bool look_further(const byte_cursor& at) noexcept {
    // [publish] pairs with publish(): all below it is complete
    consumer_.seen = producer_.tail.load(order::acquire);
    return at.words != seen_words();
  }

  region storage_;
  std::size_t capacity_;
  word* begin_;
  producer_line producer_;
  consumer_line consumer_;
  byte_tally<Sync> tally_;
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // written once, read by both  [close]
};

}  // namespace tidegate::detail
