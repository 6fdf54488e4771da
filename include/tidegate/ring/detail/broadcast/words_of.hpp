// words_of: a plain element as 64-bit words, so that its bytes can be read while they are being overwritten.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "tidegate/base/element.hpp"

namespace tidegate::detail {

template <plain_element T>
class words_of {
 public:
  static constexpr std::size_t count = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  words_of() noexcept = default;
  explicit words_of(const T& value) noexcept { std::memcpy(words_.data(), &value, sizeof(T)); }

  [[nodiscard]] std::uint64_t& operator[](std::size_t i) noexcept { return words_[i]; }

  /// The element. Its life began when its bytes were copied here.
  [[nodiscard]] const T& value() const noexcept { return *std::launder(reinterpret_cast<const T*>(words_.data())); }

 private:
  alignas(T) alignas(std::uint64_t) std::array<std::uint64_t, count> words_{};
};

}  // namespace tidegate::detail
