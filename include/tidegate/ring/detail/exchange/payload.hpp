// payload: where the elements of an exchange ring are, and what the value of an entry means.
//
// In slots: the value is the number of a slot, which belongs to an entry or to a row; any element.
// In entries: the value is the element itself; nothing else is needed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/exchange_options.hpp"

namespace tidegate::detail {

/// Elements in slots, each on lines of its own or close together.
template <class T, entry_layout Layout, class Sync>
class slot_payload {
  using cell = typename Sync::template cell<T>;
  static constexpr std::size_t slot_alignment =
      Layout == entry_layout::line ? std::max(alignof(cell), cache_line_bytes) : alignof(cell);
  struct alignas(slot_alignment) slot {
    cell element;
  };

 public:
  static constexpr std::size_t alignment = std::max(alignof(slot), cache_line_bytes);

  [[nodiscard]] static bool storage_bytes(std::size_t slots, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(slots, sizeof(slot), &bytes);
  }

  slot_payload(std::byte* where, std::size_t slots) noexcept : slots_(reinterpret_cast<slot*>(where)), count_(slots) {
    std::uninitialized_default_construct_n(slots_, slots);
  }
  slot_payload(const slot_payload&) = delete;
  slot_payload& operator=(const slot_payload&) = delete;
  ~slot_payload() { std::destroy_n(slots_, count_); }

  template <class... Args>
  void construct(std::uint64_t& value, Args&&... args) noexcept {
    slots_[value].element.construct(std::forward<Args>(args)...);
  }

  /// Calls `use(T&)` on a living element and destroys it, also when `use` throws.
  template <class Use>
  void consume(std::uint64_t value, Use&& use) noexcept(noexcept(use(std::declval<T&>()))) {
    const destroying last{slots_[value].element};
    use(slots_[value].element.get());
  }

  [[nodiscard]] T& get(std::uint64_t& value) noexcept { return slots_[value].element.get(); }
  void destroy(std::uint64_t value) noexcept { slots_[value].element.destroy(); }

 private:
  struct destroying {
    cell& element;
    ~destroying() { element.destroy(); }
  };

  slot* const slots_;
  const std::size_t count_;
};

/// Elements in entries: plain ones, of at most 4 bytes.
template <class T, class Sync>
class entry_payload {
  static_assert(plain_element<T> && sizeof(T) <= 4, "only small plain elements travel in entries");

 public:
  static constexpr std::size_t alignment = cache_line_bytes;

  [[nodiscard]] static bool storage_bytes(std::size_t, std::size_t& bytes) noexcept {
    bytes = 0;
    return true;
  }
  entry_payload(std::byte*, std::size_t) noexcept {}

  template <class... Args>
  void construct(std::uint64_t& value, Args&&... args) noexcept {
    const T element(std::forward<Args>(args)...);
    value = to_bits(element);
  }

  /// Calls `use(T&)` on a copy.
  template <class Use>
  void consume(std::uint64_t value, Use&& use) noexcept(noexcept(use(std::declval<T&>()))) {
    bits narrow = static_cast<bits>(value);
    alignas(T) std::byte copy[sizeof(T)];
    std::memcpy(copy, &narrow, sizeof copy);
    use(*std::launder(reinterpret_cast<T*>(copy)));
  }

  void destroy(std::uint64_t) noexcept {}

 private:
  /// Just wide enough: stored and read at one width, so that nothing waits for a narrow store.
  using bits = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                  std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>>;

  [[nodiscard]] static std::uint64_t to_bits(const T& element) noexcept {
    bits narrow = 0;
    std::memcpy(&narrow, std::addressof(element), sizeof element);
    return narrow;
  }
};

}  // namespace tidegate::detail
