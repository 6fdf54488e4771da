// expect: no match(ing function)? for call
#include <memory>
#include <utility>

#include "tidegate/ring/broadcast_ring.hpp"

using element = std::unique_ptr<int>;

void use(tidegate::broadcast_ring<element>::reader& reader) {
#ifdef EXPECT_OK
  const auto look = [](const element&) noexcept {};
#else
  const auto look = [](element&&) noexcept {};
#endif
  static_cast<void>(reader.try_consume(look));
}
