// cargo.hpp: one element type in one kind of queue.
#pragma once

#include <cstddef>

namespace tidegate::test {

template <class Kind, class T>
struct cargo {
  using value = T;
  static constexpr const char* name = Kind::name;
  static constexpr bool zero_copy = Kind::zero_copy;
  [[nodiscard]] static auto make(std::size_t capacity) { return Kind::template make<T>(capacity); }
};

}  // namespace tidegate::test
