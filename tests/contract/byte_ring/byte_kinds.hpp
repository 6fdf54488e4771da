// byte_kinds.hpp: both byte rings under test, and records that can be told apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/ring/byte_claim.hpp"
#include "tidegate/ring/byte_options.hpp"
#include "tidegate/ring/byte_ring.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"

namespace tidegate::test {

/// Positions wrap after 256.
struct narrow_byte_sync : native_sync {
  using position = std::uint8_t;
  static constexpr position first_position = 250;
};

struct one_producer {
  static constexpr const char* name = "one_producer";
  static constexpr bool many = false;
  using ring = byte_ring<>;
};
struct many_producers {
  static constexpr const char* name = "many_producers";
  static constexpr bool many = true;
  using ring = mpsc_byte_ring<>;
};
struct one_producer_narrow {
  static constexpr const char* name = "one_producer_narrow";
  static constexpr bool many = false;
  using ring = byte_ring<byte_options{}, narrow_byte_sync>;
};
struct many_producers_narrow {
  static constexpr const char* name = "many_producers_narrow";
  static constexpr bool many = true;
  using ring = mpsc_byte_ring<byte_options{}, narrow_byte_sync>;
};

template <class Kind>
class byte_rings : public testing::Test {};
using byte_kinds = testing::Types<one_producer, many_producers, one_producer_narrow, many_producers_narrow>;

using wide_byte_kinds = testing::Types<one_producer, many_producers>;  // where the wrap changes nothing

struct byte_kind_names {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::name;
  }
};

using bytes_view = std::span<std::byte>;

/// A record of that size: its number, over and over, each byte one more than the last.
[[nodiscard]] inline std::vector<std::byte> numbered(unsigned number, std::size_t size) {
  std::vector<std::byte> made(size);
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<std::byte>(number + i);
  return made;
}

template <class Ring>
push_status push(Ring& ring, unsigned number, std::size_t size) {
  return ring.try_push(numbered(number, size));
}

/// The next record, copied.
template <class Ring>
[[nodiscard]] std::vector<std::byte> take(Ring& ring) {
  std::vector<std::byte> out;
  const pop_status status = ring.try_consume([&](bytes_view record) { out.assign(record.begin(), record.end()); });
  EXPECT_EQ(to_string(status), "ok");
  return out;
}

/// Nothing inside: all room that was ever claimed is accounted for.
template <class Ring>
void expect_balance(Ring& ring) {
  static_cast<void>(ring.skip_abandoned());
  const byte_counts all = ring.counts_hint();
  EXPECT_EQ(ring.depth_hint(), 0U);
  if constexpr (sizeof(typename Ring::position) == 8) {
    EXPECT_EQ(all.claimed, all.record_room + all.abandoned_room + all.padding_room);
  }
}

}  // namespace tidegate::test
