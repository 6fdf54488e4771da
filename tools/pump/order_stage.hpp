// order_stage.hpp: puts what workers have finished back into the order in which each reader read it.
//
// A result is in order when everything that its reader read before it has come out. One that is early is held back, in
// a place of its own that was there before: nothing is allocated, and no more is held than there are places. Readers
// do not wait for each other: only what must come after a missing result waits for it.
// Thread role: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace tidegate::pump {

class order_stage {
 public:
  /// Results come in places 0 to `places` - 1.
  order_stage(std::size_t readers, std::size_t places)
      : expected_(readers, 0), heads_(places, nothing), early_(places) {}

  /// The result in `place` has come. True when it is in order, and then it has its turn; else it is held back.
  [[nodiscard]] bool arrived(std::uint32_t place, std::uint32_t reader, std::uint64_t sequence) noexcept {
    if (sequence == expected_[reader]) {
      ++expected_[reader];
      return true;
    }
    std::uint32_t& head = head_of(reader, sequence);
    early_[place] = {reader, sequence, head};
    head = place;
    ++held_;
    return false;
  }

  /// The held result that has its turn now that one of `reader` had its own.
  [[nodiscard]] std::optional<std::uint32_t> next_after(std::uint32_t reader) noexcept {
    if (held_ == 0) return std::nullopt;
    const std::uint64_t wanted = expected_[reader];
    for (std::uint32_t* at = &head_of(reader, wanted); *at != nothing; at = &early_[*at].next) {
      const std::uint32_t place = *at;
      const entry& here = early_[place];
      if (here.reader != reader || here.sequence != wanted) continue;
      *at = here.next;
      --held_;
      ++expected_[reader];
      return place;
    }
    return std::nullopt;
  }

  /// How many are held back.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }

  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return expected_.size() * sizeof(std::uint64_t) + early_.size() * (sizeof(entry) + sizeof(std::uint32_t));
  }

 private:
  static constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();

  struct entry {
    std::uint32_t reader = 0;
    std::uint64_t sequence = 0;
    std::uint32_t next = nothing;  // in the same chain
  };

  /// The chain of a result; neighbours in the order are in different ones.
  [[nodiscard]] std::uint32_t& head_of(std::uint32_t reader, std::uint64_t sequence) noexcept {
    return heads_[(sequence + reader) % heads_.size()];
  }

  std::vector<std::uint64_t> expected_;  // the sequence that is next, by reader
  std::vector<std::uint32_t> heads_;     // of the chains
  std::vector<entry> early_;             // by place
  std::size_t held_ = 0;
};

}  // namespace tidegate::pump
