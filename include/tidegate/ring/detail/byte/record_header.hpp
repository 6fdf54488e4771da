// record_header.hpp: the word in front of each record of a byte ring, and of each piece of it that holds none.
//
// From the lowest bit up: kind (2 bits), words that it covers, itself included (30), and 32 bits more: the bytes of a
// record; of a claim, what is kept of its thread's key; of what is skipped, why. A word of zeros is no header.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/base/living_threads.hpp"

namespace tidegate::detail {

/// Words of `bytes` bytes.
[[nodiscard]] constexpr std::size_t words_for(std::size_t bytes) noexcept { return bytes / 8 + (bytes % 8 != 0); }

class record_header {
 public:
  /// The bits of a key that a claim keeps.
  static constexpr thread_key kept_of_key = 0xffff'ffff;
  /// No key. Not 0: the key of every 65,536th thread with number 0 ends in so many zeros; no number is as high as this.
  static constexpr thread_key nobody = kept_of_key;
  static constexpr std::size_t words_limit = std::size_t{1} << 30;

  constexpr explicit record_header(std::uint64_t word) noexcept : word_(word) {}

  [[nodiscard]] static constexpr record_header none() noexcept { return record_header(0); }
  [[nodiscard]] static constexpr record_header record(std::size_t words, std::size_t bytes) noexcept {
    return {kind::record, words, bytes};
  }
  /// A claim that nothing came of.
  [[nodiscard]] static constexpr record_header abandoned(std::size_t words) noexcept {
    return {kind::skipped, words, abandonment};
  }
  /// A claim whose thread has ended.
  [[nodiscard]] static constexpr record_header recovered(std::size_t words) noexcept {
    return {kind::skipped, words, recovery};
  }
  /// Up to the region's end.
  [[nodiscard]] static constexpr record_header padding(std::size_t words) noexcept { return {kind::skipped, words, 0}; }
  /// Not published and not abandoned.
  [[nodiscard]] static constexpr record_header claimed(std::size_t words, thread_key by) noexcept {
    return {kind::claimed, words, claimant_of(by)};
  }
  /// What a claim keeps of a key.
  [[nodiscard]] static constexpr thread_key claimant_of(thread_key key) noexcept {
    return key == 0 ? nobody : key & kept_of_key;
  }

  [[nodiscard]] constexpr bool is_none() const noexcept { return of() == kind::none; }
  [[nodiscard]] constexpr bool is_record() const noexcept { return of() == kind::record; }
  [[nodiscard]] constexpr bool is_claimed() const noexcept { return of() == kind::claimed; }
  [[nodiscard]] constexpr bool is_padding() const noexcept { return of() == kind::skipped && detail() == 0; }
  [[nodiscard]] constexpr bool is_recovered() const noexcept { return of() == kind::skipped && detail() == recovery; }

  /// Words that it covers.
  [[nodiscard]] constexpr std::size_t words() const noexcept { return (word_ >> 2) % words_limit; }
  /// Of a record.
  [[nodiscard]] constexpr std::size_t bytes() const noexcept { return detail(); }
  /// Of a claim: what is kept of its thread's key, or nobody.
  [[nodiscard]] constexpr thread_key claimant() const noexcept { return detail(); }

  [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; }

 private:
  enum class kind : std::uint64_t { none, record, skipped, claimed };
  static constexpr std::uint64_t abandonment = 1;
  static constexpr std::uint64_t recovery = 2;

  constexpr record_header(kind what, std::uint64_t words, std::uint64_t detail) noexcept
      : word_(detail << 32 | words << 2 | static_cast<std::uint64_t>(what)) {}

  [[nodiscard]] constexpr kind of() const noexcept { return static_cast<kind>(word_ & 3); }
  [[nodiscard]] constexpr std::uint64_t detail() const noexcept { return word_ >> 32; }

  std::uint64_t word_;
};

}  // namespace tidegate::detail
