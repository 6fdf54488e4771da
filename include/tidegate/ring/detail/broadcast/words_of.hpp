// words_of: a plain element as 64-bit words, so that its bytes can be read while they are being overwritten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "tidegate/base/element.hpp"

namespace tidegate::detail {

template <plain_element T>
class words_of {
 public:
  static constexpr std::size_t count = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  words_of() noexcept = default;
  explicit words_of(const T& value) noexcept { std::memcpy(bytes_, std::addressof(value), sizeof(T)); }

  [[nodiscard]] std::uint64_t word(std::size_t i) const noexcept {
    std::uint64_t made;
    std::memcpy(&made, bytes_ + i * sizeof made, sizeof made);
    return made;
  }
  void set_word(std::size_t i, std::uint64_t to) noexcept { std::memcpy(bytes_ + i * sizeof to, &to, sizeof to); }

  /// The element. Its life began when its bytes were copied here.
  [[nodiscard]] const T& value() const noexcept { return *std::launder(reinterpret_cast<const T*>(bytes_)); }

 private:
  // bytes: were they an array of words, a compiler might take a T that is read for something else than what was copied
  alignas(T) alignas(std::uint64_t) std::byte bytes_[count * sizeof(std::uint64_t)] = {};
};

}  // namespace tidegate::detail
