// elements.hpp: what clients send through queues: plain elements, and one that counts its lives.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace tidegate::model {

/// Plain; what the automatic layout packs.
struct small {
  int value;
};

/// Plain, and so large that two of them fill a packed line: three slots already lie in two lines.
struct wide {
  int value;
  std::array<int, 6> rest{};
};

/// Plain, and made from a number as `counted` is.
struct plain {
  explicit plain(int of) noexcept : value(of) {}
  int value;
};

/// Move-only; counts its instances.
struct counted {
  static constexpr int moved_out = -1;
  static inline int living = 0;  // of one execution, see all_destroyed

  explicit counted(int of) noexcept : value(of) { ++living; }
  counted(counted&& other) noexcept : value(std::exchange(other.value, moved_out)) { ++living; }
  counted& operator=(counted&& other) noexcept {
    value = std::exchange(other.value, moved_out);
    return *this;
  }
  ~counted() { --living; }

  int value;
};

/// What was sent, whatever it was sent in.
[[nodiscard]] inline unsigned number_in(const counted& element) noexcept {
  return static_cast<unsigned>(element.value);
}
[[nodiscard]] inline unsigned number_in(std::uint16_t element) noexcept { return element; }
[[nodiscard]] inline unsigned number_in(std::uint32_t element) noexcept { return element; }

/// The first member of a client: once everything else is gone, every constructed element must have been destroyed.
template <class Engine>
struct all_destroyed {
  all_destroyed() noexcept { counted::living = 0; }  // an execution that failed leaves some
  all_destroyed(const all_destroyed&) = delete;
  all_destroyed& operator=(const all_destroyed&) = delete;
  ~all_destroyed() {
    if constexpr (requires { Engine::frozen(); }) {
      if (Engine::frozen()) return;  // a thread that was stopped for ever keeps what it holds
    }
    Engine::check(counted::living == 0, "as many elements are destroyed as constructed");
  }
};

}  // namespace tidegate::model
