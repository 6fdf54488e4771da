// message.hpp: what travels through the queues: a word, half a word, or one or four cache lines filled with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tidegate::bench {

using word_message = std::uint64_t;
using half_message = std::uint32_t;

/// All of it is written by the sender, and the receiver gets all of it.
template <std::size_t Words>
struct words_message {
  std::uint64_t words[Words];
};
using line_message = words_message<8>;    // 64 bytes
using block_message = words_message<32>;  // 256 bytes

template <class Message>
struct message_traits;

template <>
struct message_traits<word_message> {
  static constexpr std::string_view name = "u64";
  static constexpr std::uint64_t number_max = std::numeric_limits<std::uint64_t>::max() - 1;  // some reserve one
  static word_message make(std::uint64_t number) noexcept { return number; }
  static std::uint64_t number(word_message message) noexcept { return message; }
  static bool whole(word_message) noexcept { return true; }
};

template <>
struct message_traits<half_message> {
  static constexpr std::string_view name = "u32";
  static constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max() - 1;
  static half_message make(std::uint64_t number) noexcept { return static_cast<half_message>(number); }
  static std::uint64_t number(half_message message) noexcept { return message; }
  static bool whole(half_message) noexcept { return true; }
};

template <std::size_t Words>
struct message_traits<words_message<Words>> {
  static constexpr std::string_view name = Words == 8 ? "64B" : "256B";
  static constexpr std::uint64_t number_max = std::numeric_limits<std::uint64_t>::max();
  static words_message<Words> make(std::uint64_t number) noexcept {
    words_message<Words> made;
    for (std::uint64_t& word : made.words) word = number;
    return made;
  }
  static std::uint64_t number(const words_message<Words>& message) noexcept { return message.words[0]; }
  static bool whole(const words_message<Words>& message) noexcept {
    std::uint64_t difference = 0;
    for (const std::uint64_t word : message.words) difference |= word ^ message.words[0];
    return difference == 0;
  }
};

/// 1 + 2 + ... + count, modulo 2^64: what the receiver of messages 1 to count must have summed up.
[[nodiscard]] constexpr std::uint64_t sum_to(std::uint64_t count) noexcept {
  return count % 2 == 0 ? (count / 2) * (count + 1) : count * ((count + 1) / 2);
}

/// Makes the compiler believe that the value is used.
template <class T>
inline void keep(T& value) noexcept {
  asm volatile("" : "+m"(value) : : "memory");
}

}  // namespace tidegate::bench
