// Cells: raw storage with an explicit life, and arrays of cells are arrays of elements.
#include "tidegate/base/cell.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"

namespace tidegate {
namespace {

struct counted {
  static inline int live = 0;
  int value;
  explicit counted(int id) noexcept : value(id) { ++live; }
  counted(counted&& other) noexcept : value(std::exchange(other.value, -1)) { ++live; }
  counted& operator=(counted&& other) noexcept {
    value = std::exchange(other.value, -1);
    return *this;
  }
  ~counted() { --live; }
};

struct alignas(128) over_aligned {
  char byte;
};

static_assert(sizeof(plain_cell<counted>) == sizeof(counted) && alignof(plain_cell<counted>) == alignof(counted));
static_assert(sizeof(plain_cell<over_aligned>) == 128 && alignof(plain_cell<over_aligned>) == 128);
static_assert(std::is_trivially_default_constructible_v<plain_cell<counted>>, "nothing lives there yet");

TEST(cell, holds_nothing_until_constructed_and_after_destroyed) {
  counted::live = 0;
  {
    plain_cell<counted> cell;
    EXPECT_EQ(counted::live, 0);
    cell.construct(5);
    EXPECT_EQ(counted::live, 1);
    EXPECT_EQ(cell.get().value, 5);
    cell.destroy();
    EXPECT_EQ(counted::live, 0);
  }
  EXPECT_EQ(counted::live, 0);
}

TEST(cell, arrays_move_in_and_out) {
  counted::live = 0;
  std::array<counted, 3> from{counted(1), counted(2), counted(3)};
  std::array<counted, 3> to{counted(0), counted(0), counted(0)};
  std::array<plain_cell<counted>, 3> cells;
  plain_cell<counted>::construct_n(cells.data(), from.data(), 2);
  EXPECT_EQ(counted::live, 8);
  EXPECT_EQ(from[0].value, -1);
  EXPECT_EQ(from[2].value, 3) << "beyond the count";
  EXPECT_EQ(plain_cell<counted>::elements(cells.data())[1].value, 2);
  plain_cell<counted>::take_n(cells.data(), to.data(), 2);
  EXPECT_EQ(counted::live, 6);
  EXPECT_EQ(to[1].value, 2);
  EXPECT_EQ(to[2].value, 0) << "beyond the count";
}

TEST(cell, arrays_of_plain_elements_copy_bytes) {
  std::array<std::uint32_t, 4> from{1, 2, 3, 4};
  std::array<std::uint32_t, 4> to{};
  std::array<plain_cell<std::uint32_t>, 4> cells;
  plain_cell<std::uint32_t>::construct_n(cells.data(), from.data(), 4);
  plain_cell<std::uint32_t>::take_n(cells.data() + 1, to.data(), 2);
  EXPECT_EQ(to, (std::array<std::uint32_t, 4>{2, 3, 0, 0}));
  EXPECT_EQ(plain_cell<std::uint32_t>::elements(cells.data()) + 3, &cells[3].get());
}

}  // namespace
}  // namespace tidegate
