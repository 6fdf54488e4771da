// expect: (cannot convert|no viable conversion).*span
#include <array>
#include <span>

#include "tidegate/ring/byte_ring.hpp"

void use(tidegate::byte_ring<>& ring) {
  const std::array<int, 3> numbers{};
#ifdef EXPECT_OK
  static_cast<void>(ring.try_push(std::as_bytes(std::span(numbers))));
#else
  static_cast<void>(ring.try_push(std::span(numbers)));
#endif
}
