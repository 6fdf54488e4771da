// byte_cursor.hpp: how far the consumer of a byte ring has come from the oldest word, and what lay on its way.
#pragma once

#include <cstddef>

#include "tidegate/ring/byte_options.hpp"
#include "tidegate/ring/detail/byte/record_header.hpp"

namespace tidegate::detail {

struct byte_cursor {
  std::size_t index;      // of the word that it is at
  std::size_t words = 0;  // from the oldest one
  std::size_t records = 0;
  std::size_t record_bytes = 0;
  std::size_t record_words = 0;
  std::size_t padding_words = 0;  // the rest was abandoned
  std::size_t abandoned = 0;
  std::size_t recovered = 0;

  /// Whether the oldest word was there when it started.
  [[nodiscard]] bool started_at(std::size_t oldest, std::size_t capacity) const noexcept {
    return (oldest + words) % capacity == index;
  }

  /// Goes on, over what begins with that header.
  void pass(record_header over, std::size_t capacity) noexcept {
    index += over.words();
    if (index == capacity) index = 0;
    words += over.words();
    if (over.is_record()) {
      ++records;
      record_bytes += over.bytes();
      record_words += 1 + words_for(over.bytes());
    } else if (over.is_padding()) {
      padding_words += over.words();
    } else {
      ++abandoned;
      recovered += over.is_recovered();
    }
  }
};

/// What a consumer has given back, counted by it and read by anyone. relaxed: it guards no data.
template <class Sync>
class byte_tally {
 public:
  void add(const byte_cursor& passed) noexcept {
    add(records_, passed.records);
    add(record_bytes_, passed.record_bytes);
    add(record_words_, passed.record_words);
    if (passed.words == passed.record_words) [[likely]]
      return;
    add(padding_words_, passed.padding_words);
    add(abandoned_, passed.abandoned);
    add(abandoned_words_, passed.words - passed.record_words - passed.padding_words);
    add(recovered_, passed.recovered);
  }
  void add_look(bool first) noexcept {
    add(claim_waits_, first);
    add(claim_looks_, 1);
  }

  void report_to(byte_counts& counts) const noexcept {
    counts.records = read(records_);
    counts.record_bytes = read(record_bytes_);
    counts.record_room = 8 * read(record_words_);
    counts.abandoned = read(abandoned_);
    counts.abandoned_room = 8 * read(abandoned_words_);
    counts.recovered = read(recovered_);
    counts.padding_room = 8 * read(padding_words_);
    counts.claim_waits = read(claim_waits_);
    counts.claim_looks = read(claim_looks_);
  }

 private:
  using number = typename Sync::template atomic<std::uint64_t>;

  static void add(number& to, std::uint64_t amount) noexcept {
    to.store(to.load(order::relaxed) + amount, order::relaxed);  // one writer: nothing is lost
  }
  [[nodiscard]] static std::uint64_t read(const number& from) noexcept { return from.load(order::relaxed); }  // a hint

  number records_{0}, record_bytes_{0}, record_words_{0};
  number padding_words_{0}, abandoned_{0}, abandoned_words_{0}, recovered_{0};
  number claim_waits_{0}, claim_looks_{0};
};

}  // namespace tidegate::detail
