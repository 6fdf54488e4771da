// cell_spans.hpp: consecutive slots of a ring, in at most two contiguous parts (the ring's end cuts them).
#pragma once

#include <cstddef>

namespace tidegate::detail {

template <class Cell>
struct cell_spans {
  Cell* first = nullptr;
  std::size_t first_count = 0;
  Cell* second = nullptr;
  std::size_t second_count = 0;

  [[nodiscard]] std::size_t count() const noexcept { return first_count + second_count; }

  [[nodiscard]] Cell& operator[](std::size_t i) const noexcept {
    return i < first_count ? first[i] : second[i - first_count];
  }
};

}  // namespace tidegate::detail
