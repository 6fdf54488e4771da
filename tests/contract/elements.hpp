// elements.hpp: the element types that every queue must carry, and how to tell one element from another.
//
// Each type can be made from a number and tells it back; what it tells is only right while the element is whole, at a
// legal address and not moved from.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace tidegate::test {

/// What an element that is broken or moved from tells.
inline constexpr unsigned not_an_id = 0xdeadbeef;

/// A size that is no power of two. Tells 24 bits.
struct triple {
  std::array<std::uint8_t, 3> bytes;
  explicit triple(unsigned id) noexcept
      : bytes{static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id >> 16)} {}
  [[nodiscard]] unsigned id() const noexcept { return bytes[0] | unsigned{bytes[1]} << 8 | unsigned{bytes[2]} << 16; }
};
static_assert(sizeof(triple) == 3 && std::is_trivially_copyable_v<triple>);

/// `Bytes` bytes that all depend on the number, so that a torn copy shows.
template <std::size_t Bytes>
struct block {
  std::array<unsigned, Bytes / sizeof(unsigned)> words;
  explicit block(unsigned id) noexcept {
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = id + static_cast<unsigned>(i);
  }
  [[nodiscard]] unsigned id() const noexcept {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] != words[0] + static_cast<unsigned>(i)) return not_an_id;
    }
    return words[0];
  }
};
static_assert(sizeof(block<4096>) == 4096 && std::is_trivially_copyable_v<block<4096>>);

/// Tells its number only at an address that fits its alignment.
template <std::size_t Alignment>
struct alignas(Alignment) over_aligned {
  unsigned value;
  explicit over_aligned(unsigned id) noexcept : value(id) {}
  [[nodiscard]] unsigned id() const noexcept {
    return reinterpret_cast<std::uintptr_t>(this) % Alignment == 0 ? value : not_an_id;
  }
};

/// Movable, not copyable, not default-constructible; a moved-from one tells no number.
class move_only {
 public:
  explicit move_only(unsigned id) noexcept : value_(id) {}
  move_only(move_only&& other) noexcept : value_(std::exchange(other.value_, not_an_id)) {}
  move_only& operator=(move_only&& other) noexcept {
    value_ = std::exchange(other.value_, not_an_id);
    return *this;
  }
  [[nodiscard]] unsigned id() const noexcept { return value_; }

 private:
  unsigned value_;
};

/// Holds its own address: moving its bytes breaks it.
class self_referential {
 public:
  explicit self_referential(unsigned id) noexcept : value_(id) {}
  self_referential(self_referential&& other) noexcept : value_(std::exchange(other.value_, not_an_id)) {}
  self_referential& operator=(self_referential&& other) noexcept {
    value_ = std::exchange(other.value_, not_an_id);
    return *this;
  }
  [[nodiscard]] unsigned id() const noexcept { return self_ == this ? value_ : not_an_id; }

 private:
  const self_referential* self_ = this;
  unsigned value_;
};

/// Counts how many live. A double or a missing destruction shows in `live`, and memory errors show under ASan.
class counted {
 public:
  static inline std::atomic<long> live{0};
  static inline std::atomic<long> moves{0};

  explicit counted(unsigned id) noexcept : value_(std::make_unique<unsigned>(id)) { ++live; }
  counted(counted&& other) noexcept : value_(std::move(other.value_)) {
    ++live;
    ++moves;
  }
  counted& operator=(counted&& other) noexcept {
    value_ = std::move(other.value_);
    ++moves;
    return *this;
  }
  ~counted() { --live; }
  [[nodiscard]] unsigned id() const noexcept { return value_ ? *value_ : not_an_id; }

 private:
  std::unique_ptr<unsigned> value_;
};

/// Its copy constructor throws while `armed`; construction from a number throws for `poison`. Moves never throw.
class throwing_copy {
 public:
  static inline bool armed = false;
  static inline long copies = 0;
  static constexpr unsigned poison = 666'666;

  explicit throwing_copy(unsigned id) : value_(id) {
    if (id == poison) throw std::runtime_error("poison");
  }
  throwing_copy(const throwing_copy& other) : value_(other.value_) {
    if (armed) throw std::runtime_error("copy refused");
    ++copies;
  }
  throwing_copy(throwing_copy&& other) noexcept : value_(std::exchange(other.value_, not_an_id)) {}
  throwing_copy& operator=(throwing_copy&& other) noexcept {
    value_ = std::exchange(other.value_, not_an_id);
    return *this;
  }
  [[nodiscard]] unsigned id() const noexcept { return value_; }

 private:
  unsigned value_;
};

/// The bits of a number that T can carry.
template <class T>
inline constexpr unsigned id_mask = sizeof(T) == 1   ? 0xff
                                    : sizeof(T) == 3 ? 0xffffff
                                                     : 0xffffffff;

/// An element that tells `id & id_mask<T>`.
template <class T>
[[nodiscard]] T make_element(unsigned id) {
  if constexpr (std::is_same_v<T, std::string>) {
    return "a text that is too long for the small string buffer " + std::to_string(id);
  } else if constexpr (std::is_same_v<T, std::unique_ptr<unsigned>>) {
    return std::make_unique<unsigned>(id);
  } else {
    return T(static_cast<std::conditional_t<std::is_integral_v<T>, T, unsigned>>(id));
  }
}

[[nodiscard]] inline unsigned id_of(const std::string& text) {
  const std::size_t last_word = text.find_last_of(' ');
  return last_word == std::string::npos ? not_an_id : static_cast<unsigned>(std::stoul(text.substr(last_word + 1)));
}
[[nodiscard]] inline unsigned id_of(const std::unique_ptr<unsigned>& pointer) { return pointer ? *pointer : not_an_id; }
template <class T>
[[nodiscard]] unsigned id_of(const T& element) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<unsigned>(element);
  } else {
    return element.id();
  }
}

}  // namespace tidegate::test
