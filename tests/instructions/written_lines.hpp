// written_lines.hpp: which cache lines of an object an operation writes, found out by comparing its bytes.
//
// The layout of rings and queues is private; what matters of it can be seen from outside. A store of the value that was
// there before goes unnoticed, so that operations are repeated until every word has changed. One thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <vector>

#include "tidegate/base/cache_line.hpp"

namespace tidegate::test {

/// Numbers of cache lines, counted from an object's beginning.
using line_numbers = std::set<std::size_t>;

/// The bytes of an object, or of its slots.
template <class T>
[[nodiscard]] std::span<const std::byte> bytes_of(const T& object) noexcept {
  return {reinterpret_cast<const std::byte*>(&object), sizeof(object)};
}

[[nodiscard]] inline bool begins_a_line(const void* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) % cache_line_bytes == 0;
}

/// The lines of `memory` that differ after `action`.
[[nodiscard]] inline line_numbers lines_written(std::span<const std::byte> memory,
                                                const std::function<void()>& action) {
  const std::vector<std::byte> before(memory.begin(), memory.end());
  action();
  line_numbers changed;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    if (memory[i] != before[i]) changed.insert(i / cache_line_bytes);
  }
  return changed;
}

/// The line of `memory` in which `address` lies.
[[nodiscard]] inline std::size_t line_of(const void* address, std::span<const std::byte> memory) noexcept {
  return static_cast<std::size_t>(static_cast<const std::byte*>(address) - memory.data()) / cache_line_bytes;
}

[[nodiscard]] inline line_numbers common(const line_numbers& some, const line_numbers& others) {
  line_numbers both;
  for (const std::size_t line : some) {
    if (others.contains(line)) both.insert(line);
  }
  return both;
}

}  // namespace tidegate::test
