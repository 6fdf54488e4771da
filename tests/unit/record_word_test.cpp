// Words of a byte ring: headers and payload in the same plain memory.
#include <array>
#include <cstddef>
#include <span>

#include "gtest/gtest.h"
#include "tidegate/base/order.hpp"
#include "tidegate/base/record_word.hpp"

namespace tidegate {
namespace {

TEST(RecordWord, IsAHeaderOrPayload) {
  std::array<plain_word, 3> words{};
  EXPECT_EQ(words[0].get(), 0u);
  words[0].store(5, order::release);
  EXPECT_EQ(words[0].load(order::acquire), 5u);
  words[0].put(6);
  EXPECT_EQ(words[0].get(), 6u);
  const std::array<std::byte, 9> payload{std::byte{1}, std::byte{2}};
  plain_word::write(&words[1], payload);
  const auto view = plain_word::view_at(&words[1], 9);
  EXPECT_EQ(view.size(), 9u);
  EXPECT_EQ(static_cast<void*>(view.data()), static_cast<void*>(&words[1]));
  EXPECT_EQ(view[1], std::byte{2});
  plain_word::room_at(&words[1], 9)[8] = std::byte{7};
  EXPECT_NE(words[2].get(), 0u);
  plain_word::clear(words.data(), 3);
  for (const plain_word& each : words) EXPECT_EQ(each.get(), 0u);
  plain_word::write(&words[0], std::span<const std::byte>());
  EXPECT_EQ(words[0].get(), 0u);
}

}  // namespace
}  // namespace tidegate
