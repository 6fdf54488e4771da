// record_encoder: how a driver turns an element of a queue into the bytes of a record.
//
// Two forms. A viewing one answers the bytes, which lie in the element or in the encoder and stay until its next call:
//   [](const order& one) noexcept { return std::as_bytes(std::span(one.text)); }
// A filling one writes at most max_bytes into room that it is given; encode_into<N>() makes one of a callable:
//   encode_into<64>([](const tick& one, std::span<std::byte> room) noexcept { return print(one, room); })
// Both are noexcept: an element in the middle of its way would be lost otherwise.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace tidegate {

template <class Encoder, class T>
concept viewing_encoder = requires(Encoder& encode, const T& value) {
  { encode(value) }
  noexcept->std::convertible_to<std::span<const std::byte>>;
};

template <class Encoder, class T>
concept filling_encoder = requires(Encoder& encode, const T& value, std::span<std::byte> room) {
  { encode(value, room) }
  noexcept->std::same_as<std::size_t>;
  { Encoder::max_bytes } -> std::convertible_to<std::size_t>;
};

template <class Encoder, class T>
concept record_encoder = viewing_encoder<Encoder, T> || filling_encoder<Encoder, T>;

namespace detail {

template <class T>
concept range_of_bytes = std::ranges::contiguous_range<const T> && std::ranges::sized_range<const T> &&
                             sizeof(std::ranges::range_value_t<const T>) == 1 &&
                         std::is_trivially_copyable_v<std::ranges::range_value_t<const T>>;

}  // namespace detail

/// The encoder for elements that are bytes already: strings, vectors and spans of bytes or characters as they are, any
/// other trivially copyable type as it lies in memory (with its padding, and in this machine's byte order).
struct as_bytes {
  /// True when a record is the element as it lies in memory, so that a run of them is a run of records.
  template <class T>
  static constexpr bool as_it_lies =
      !detail::range_of_bytes<T> && std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>;

  template <class T>
  requires(detail::range_of_bytes<T> || as_it_lies<T>) [[nodiscard]] std::span<const std::byte> operator()(
      const T& value) const noexcept {
    if constexpr (detail::range_of_bytes<T>) {
      return std::as_bytes(std::span(std::ranges::data(value), std::ranges::size(value)));
    } else {
      return std::as_bytes(std::span(std::addressof(value), 1));
    }
  }
};

/// A filling encoder made of `fill(const T&, std::span<std::byte>)`, which answers how many bytes it has written.
template <std::size_t MaxBytes, class Fill>
struct encoder_into : Fill {
  static constexpr std::size_t max_bytes = MaxBytes;
  using Fill::operator();
};
template <std::size_t MaxBytes, class Fill>
[[nodiscard]] constexpr encoder_into<MaxBytes, std::decay_t<Fill>> encode_into(Fill&& fill) {
  return {std::forward<Fill>(fill)};
}

}  // namespace tidegate
