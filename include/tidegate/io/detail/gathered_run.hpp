// gathered_run.hpp: memory for a run of plain elements that were popped one behind the other, to go in one piece.
//
// Thread role: its owner's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace tidegate::detail {

/// Memory for a run of T, in which nothing is constructed before it is popped: T is trivially copyable.
template <class T>
class gathered_run {
 public:
  static constexpr std::size_t most = std::max<std::size_t>(1, 4096 / sizeof(T));

  [[nodiscard]] T* slots() noexcept { return reinterpret_cast<T*>(memory_.get()); }
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t count) const noexcept {
    return {memory_[0].bytes, count * sizeof(T)};
  }
  /// How many were popped and refused: all of them are given up together.
  std::size_t kept = 0;

 private:
  struct alignas(T) slot {
    std::byte bytes[sizeof(T)];
  };
  std::unique_ptr<slot[]> memory_ = std::make_unique<slot[]>(most);
};

}  // namespace tidegate::detail
