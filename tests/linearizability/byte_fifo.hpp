// byte_fifo.hpp: the sequential specification of the byte rings: a FIFO of records of several sizes in one region,
// whose `full`, `empty` and `closed` mean what they say.
//
// A record takes words in one piece; where it would not fit before the region's end it begins at the start, and the
// words that it leaves free there are its padding. `full` is right only when the words free are fewer than the record's
// and its padding.
//
// With one producer a push is the publication, of what is used of the claim; an abandoned claim leaves no record. With
// many a push is the claim, which takes its words; `publish` and `abandon` end it. A claim that is not ended holds up
// what is behind it: `empty` is right then. Room that was abandoned is free once the consumer has come by, as it does
// in each of its calls: one that is told `empty` is recorded as two operations, `empty` and `nothing`. The latter gives
// back what was abandoned in front. Whether a call has given back the padding of a claim that is not ended is left
// open: what depends on it is right either way.
//
// After close() pushes answer `closed`; pops deliver what was claimed, as it is published, and then answer `closed`.
// No operation is pending.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/history.hpp"

namespace tidegate::test {

/// A record as the value of an operation. Words are with the header, and fewer than 100.
struct record_value {
  std::uint64_t number;
  std::size_t claimed;  ///< words
  std::size_t used;     ///< words of what is published, at most as many

  [[nodiscard]] static constexpr record_value of(std::uint64_t value) noexcept {
    return {value / 10'000, static_cast<std::size_t>(value / 100 % 100), static_cast<std::size_t>(value % 100)};
  }
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return number * 10'000 + claimed * 100 + used; }
};

/// What a byte ring promises.
struct byte_promise {
  std::size_t capacity = 3;  ///< words
  bool claims_are_seen = false;
  failure_judgement failures = failure_judgement::each_failure_alone;
};

class byte_fifo {
 public:
  using promise_type = byte_promise;
  static constexpr std::size_t most_records = 16;  // inside at the same time
  static constexpr std::size_t key_words = 1 + most_records;

  explicit byte_fifo(const byte_promise& promised) noexcept : promised_(promised) {}

  effect apply(const operation& op, std::size_t index) noexcept {
    before_[index] = state_;
    switch (op.kind) {
      case operation_kind::push: return push(op);
      case operation_kind::pop: return pop(op);
      case operation_kind::publish: return end(op.value, phase::published);
      case operation_kind::abandon: return end(op.value, phase::abandoned);
      case operation_kind::close: break;
    }
    const bool already = state_.is_closed;
    state_.is_closed = true;
    return already ? effect::none : effect::change;
  }
  void undo(const operation&, std::size_t index) noexcept { state_ = before_[index]; }

  [[nodiscard]] std::size_t write_key(std::span<std::uint64_t, key_words> key) const noexcept {
    key[0] = state_.tail << 2 | (state_.is_closed ? 2U : 0U) | (state_.gave_padding ? 1U : 0U);
    for (std::size_t i = 0; i < state_.count; ++i) {
      const record& one = state_.records[i];
      key[1 + i] = one.value << 9 | one.padding << 2 | static_cast<std::uint64_t>(one.is);
    }
    return 1 + state_.count;
  }

  /// For example `[10203 20404?] of 9 words, next at 5`; `?`: claimed, `-`: abandoned.
  [[nodiscard]] std::string to_text() const {
    std::string text = "[";
    for (std::size_t i = 0; i < state_.count; ++i) {
      const record& one = state_.records[i];
      text += (i == 0 ? "" : " ") + std::to_string(one.value);
      if (one.is != phase::published) text += one.is == phase::claimed ? "?" : "-";
    }
    text += "] of " + std::to_string(promised_.capacity) + " words, next at " + std::to_string(state_.tail);
    return text + (state_.is_closed ? ", closed" : "");
  }

 private:
  enum class phase : std::uint8_t { claimed, published, abandoned };
  struct record {
    std::uint64_t value = 0;
    std::size_t words = 0;
    std::size_t padding = 0;  // words, in front of it
    phase is = phase::claimed;
  };
  struct state {
    std::array<record, most_records> records{};
    std::size_t count = 0;
    std::size_t tail = 0;       // where the next record begins, if it fits there
    bool gave_padding = false;  // perhaps: that of the first record
    bool is_closed = false;
  };

  effect push(const operation& op) noexcept {
    if (op.result == answer::nothing) return effect::none;
    if (op.result == answer::closed) return state_.is_closed ? effect::none : effect::impossible;
    if (state_.is_closed) return effect::impossible;
    const record_value asked = record_value::of(op.value);
    const std::size_t to_end = promised_.capacity - state_.tail;
    const std::size_t padding = asked.claimed <= to_end ? 0 : to_end;
    const std::size_t needed = padding + asked.claimed;
    const std::size_t given = state_.gave_padding ? state_.records[0].padding : 0;
    if (op.result == answer::refused) return room() < needed ? effect::none : effect::impossible;
    if (op.result != answer::ok || room() + given < needed || state_.count == most_records) return effect::impossible;
    if (room() < needed) {  // so it was given back
      state_.records[0].padding = 0;
      state_.gave_padding = false;
    }
    const std::size_t words = promised_.claims_are_seen ? asked.claimed : asked.used;
    const phase is = promised_.claims_are_seen ? phase::claimed : phase::published;
    state_.records[state_.count++] = {op.value, words, padding, is};
    state_.tail = ((padding != 0 ? 0 : state_.tail) + words) % promised_.capacity;
    return effect::change;
  }

  effect end(std::uint64_t value, phase how) noexcept {
    const auto claims = std::span(state_.records).first(state_.count);
    const auto found = std::ranges::find_if(
        claims, [value](const record& one) { return one.value == value && one.is == phase::claimed; });
    if (found == claims.end()) return effect::impossible;
    found->is = how;
    return effect::change;
  }

  effect pop(const operation& op) noexcept {
    const std::size_t passed = abandoned_in_front();
    const bool is_there = passed < state_.count;
    const record& next = state_.records[is_there ? passed : 0];
    if (op.result == answer::refused) {
      return (is_there ? next.is == phase::claimed : !state_.is_closed) ? effect::none : effect::impossible;
    }
    if (op.result == answer::closed) return !is_there && state_.is_closed ? effect::none : effect::impossible;
    if (op.result == answer::nothing) {
      give_back(passed);
      state_.gave_padding = is_there;  // it may have been published since the call looked
      return effect::change;           // also where it finds nothing: later it might
    }
    if (op.result != answer::ok || !is_there || next.is != phase::published || next.value != op.value)
      return effect::impossible;
    give_back(passed + 1);
    return effect::change;
  }

  [[nodiscard]] std::size_t abandoned_in_front() const noexcept {
    std::size_t passed = 0;
    while (passed < state_.count && state_.records[passed].is == phase::abandoned) ++passed;
    return passed;
  }

  void give_back(std::size_t records) noexcept {
    const auto begin = state_.records.begin();
    std::copy(begin + static_cast<std::ptrdiff_t>(records), begin + static_cast<std::ptrdiff_t>(state_.count), begin);
    state_.count -= records;
    if (records != 0) state_.gave_padding = false;
  }

  /// Words that are free, at least.
  [[nodiscard]] std::size_t room() const noexcept {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < state_.count; ++i) taken += state_.records[i].words + state_.records[i].padding;
    return promised_.capacity - taken;
  }

  byte_promise promised_;
  state state_;
  std::array<state, most_operations> before_;
};

}  // namespace tidegate::test
