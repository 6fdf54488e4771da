// seat_word.hpp: the words of the seats at which producers and consumers wait for each other.
//
// From the low end: state, the other one's seat and number when there is another one, and its own number. A seat
// numbers what is opened at it one after another, so that no word comes back while anyone may still compare with it.
// Limit: a thread that is stopped within a call for a whole number of times that a number takes to come round (2^27
// openings of the same seat) can take a later one for the one that it has seen.
#pragma once

#include <cstdint>

namespace tidegate::detail {

/// What a seat's word says.
enum class seat_state : std::uint8_t {
  idle,      ///< nobody waits here
  open,      ///< an offer to be taken, or a request to be filled
  proposed,  ///< a request only: the offer that it names shall fill it, if that is still open
  met,       ///< the offer is given, or the request filled
};

/// `NumberBits`: how many bits a number has. At most 27.
template <unsigned NumberBits>
struct seat_word {
  [[nodiscard]] static constexpr std::uint64_t idle(std::uint64_t number) noexcept {
    return make(seat_state::idle, number);
  }
  [[nodiscard]] static constexpr std::uint64_t open(std::uint64_t number) noexcept {
    return make(seat_state::open, number);
  }
  /// The word `mine`, with the one that is at `seat` with the word `other`.
  [[nodiscard]] static constexpr std::uint64_t with(seat_state state, std::uint64_t mine, unsigned seat,
                                                    std::uint64_t other) noexcept {
    return make(state, number(mine)) | std::uint64_t{seat} << seat_shift | number(other) << other_shift;
  }
  /// The request, filled by the offer that was proposed.
  [[nodiscard]] static constexpr std::uint64_t filled(std::uint64_t proposed) noexcept {
    return proposed | static_cast<std::uint64_t>(seat_state::met);  // proposed is a part of its bits
  }

  [[nodiscard]] static constexpr seat_state state(std::uint64_t word) noexcept {
    return static_cast<seat_state>(word & 3);
  }
  [[nodiscard]] static constexpr unsigned seat(std::uint64_t word) noexcept { return word >> seat_shift & 0xff; }
  [[nodiscard]] static constexpr std::uint64_t number(std::uint64_t word) noexcept {
    return word >> own_shift & number_mask;
  }

  /// True when `one` names the number of `other`.
  [[nodiscard]] static constexpr bool names(std::uint64_t one, std::uint64_t other) noexcept {
    return (one >> other_shift & number_mask) == number(other);
  }

 private:
  static constexpr unsigned seat_shift = 2;
  static constexpr unsigned other_shift = 10;  // 8 bits for a seat
  static constexpr unsigned own_shift = other_shift + NumberBits;
  static constexpr std::uint64_t number_mask = (std::uint64_t{1} << NumberBits) - 1;
  static_assert(own_shift + NumberBits <= 64);

  [[nodiscard]] static constexpr std::uint64_t make(seat_state state, std::uint64_t number) noexcept {
    return (number & number_mask) << own_shift | static_cast<std::uint64_t>(state);
  }
};
static_assert((static_cast<unsigned>(seat_state::proposed) | static_cast<unsigned>(seat_state::met)) ==
              static_cast<unsigned>(seat_state::met));

}  // namespace tidegate::detail
