// credit_word: an account of credits in one word.
//
//   bits    63..28   27..10   9      8..2    1         0
//           free     tag      turn   offer   awaited   closed
//
// free: signed, so that an account may be overdrawn after its total was lowered; on top, so that it is added to by one
// fetch_add. awaited: somebody waits in order, and nobody passes. offer: the seat, plus one, that credits already taken
// off are meant for, until it is known whether its waiter took them. turn: of the last change of the total that is in
// `free`. tag: counts what changed about the waiters and the total.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate::detail {

class credit_word {
 public:
  static constexpr std::size_t most_credits = (std::size_t{1} << 35) - 1;
  static constexpr unsigned most_seats = 127;

  explicit constexpr credit_word(std::uint64_t bits) noexcept : bits_(bits) {}

  /// An open account that nobody waits at.
  [[nodiscard]] static constexpr credit_word with(std::size_t free) noexcept { return credit_word(amount(free)); }

  /// What is added to the word to add so many credits; negative numbers take away.
  [[nodiscard]] static constexpr std::uint64_t amount(std::uint64_t credits) noexcept { return credits << free_shift; }

  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
  [[nodiscard]] constexpr std::int64_t free() const noexcept { return static_cast<std::int64_t>(bits_) >> free_shift; }
  [[nodiscard]] constexpr bool closed() const noexcept { return (bits_ & closed_bit) != 0; }
  [[nodiscard]] constexpr bool awaited() const noexcept { return (bits_ & awaited_bit) != 0; }
  [[nodiscard]] constexpr bool turn() const noexcept { return (bits_ & turn_bit) != 0; }
  [[nodiscard]] constexpr bool offers() const noexcept { return (bits_ & offer_mask) != 0; }
  /// The seat that the offer is for.
  [[nodiscard]] constexpr unsigned seat() const noexcept {
    return static_cast<unsigned>((bits_ & offer_mask) >> offer_shift) - 1;
  }
  [[nodiscard]] constexpr bool offers_to(unsigned index) const noexcept { return offers() && seat() == index; }

  [[nodiscard]] constexpr credit_word plus(std::size_t credits) const noexcept {
    return credit_word(bits_ + amount(credits));
  }
  [[nodiscard]] constexpr credit_word less(std::size_t credits) const noexcept {
    return credit_word(bits_ - amount(credits));
  }
  [[nodiscard]] constexpr credit_word offering_to(unsigned index) const noexcept {
    return credit_word(bits_ | std::uint64_t{index + 1} << offer_shift).with_next_tag();
  }
  [[nodiscard]] constexpr credit_word without_offer() const noexcept { return credit_word(bits_ & ~offer_mask); }
  [[nodiscard]] constexpr credit_word now_awaited() const noexcept {
    return credit_word(bits_ | awaited_bit).with_next_tag();
  }
  [[nodiscard]] constexpr credit_word no_more_awaited() const noexcept { return credit_word(bits_ & ~awaited_bit); }
  [[nodiscard]] constexpr credit_word with_next_turn() const noexcept {
    return credit_word(bits_ ^ turn_bit).with_next_tag();
  }
  [[nodiscard]] constexpr credit_word with_next_tag() const noexcept {
    return credit_word((bits_ & ~tag_mask) | ((bits_ + one_tag) & tag_mask));
  }

  static constexpr std::uint64_t closed_bit = 1;

 private:
  static constexpr std::uint64_t awaited_bit = 2;
  static constexpr unsigned offer_shift = 2;
  static constexpr std::uint64_t offer_mask = std::uint64_t{most_seats} << offer_shift;
  static constexpr std::uint64_t turn_bit = std::uint64_t{1} << 9;
  static constexpr std::uint64_t one_tag = std::uint64_t{1} << 10;
  static constexpr unsigned free_shift = 28;
  static constexpr std::uint64_t tag_mask = (std::uint64_t{1} << free_shift) - one_tag;

  std::uint64_t bits_;
};

}  // namespace tidegate::detail
