// What a record costs, what fits, and that both are exact wherever the last record ended.
#include <array>
#include <limits>
#include <memory>
#include <system_error>

#include "tests/contract/byte_ring/byte_kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class byte_room : public byte_rings<Kind> {};
TYPED_TEST_SUITE(byte_room, byte_kinds, byte_kind_names);

TYPED_TEST(byte_room, capacities_are_multiples_of_8_from_24_on) {
  using ring = typename TypeParam::ring;
  for (const std::size_t refused :
       {std::size_t{0}, std::size_t{8}, std::size_t{16}, std::size_t{25}, std::size_t{31}, ring::max_capacity + 8}) {
    std::error_code error;
    EXPECT_EQ(ring::make(refused, {}, error), nullptr) << refused;
    EXPECT_EQ(error, std::errc::invalid_argument);
    EXPECT_THROW(ring{refused}, std::invalid_argument);
  }
  for (std::size_t bytes = 24; bytes <= 128; bytes += 8) EXPECT_EQ(ring(bytes).capacity(), bytes);
  std::error_code error;
  const auto made = ring::make(ring::max_capacity > 4096 ? 4096 : ring::max_capacity, {}, error);
  ASSERT_NE(made, nullptr);
  EXPECT_FALSE(error);
  EXPECT_GE(made->max_bytes(), sizeof(ring) + made->capacity());
}

TYPED_TEST(byte_room, lives_in_the_memory_that_it_is_given) {
  alignas(64) std::array<std::byte, 128> memory{};
  typename TypeParam::ring ring(128, {.span = memory});
  ASSERT_EQ(push(ring, 1, 5), push_status::ok);
  const auto shown = ring.try_peek(1);
  const std::byte* const where = (*shown.begin()).data();
  EXPECT_TRUE(where >= memory.data() && where < memory.data() + memory.size());
  typename TypeParam::ring::prepared nothing;
  EXPECT_DEATH(typename TypeParam::ring{std::move(nothing)}, "not prepared");
}

TYPED_TEST(byte_room, costs_are_as_documented) {
  using ring = typename TypeParam::ring;
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(ring::cost_of(most), most / 8 * 8) << "no wrap";
  EXPECT_EQ(ring::cost_of(most - 24), most / 8 * 8 - 8);
  for (std::size_t size = 0; size <= 40; ++size) {
    EXPECT_EQ(ring::cost_of(size), 8 + (size + 7) / 8 * 8);
    ring one(128);
    ASSERT_EQ(push(one, 1, size), push_status::ok);
    EXPECT_EQ(one.depth_hint(), ring::cost_of(size));
    EXPECT_EQ(one.credits_hint(), 128 - ring::cost_of(size));
    EXPECT_EQ(take(one), numbered(1, size));
    EXPECT_EQ(one.counts_hint().record_bytes, size);
    EXPECT_EQ(one.counts_hint().record_room, ring::cost_of(size));
  }
}

/// By words: where the ring's oldest word is, how many are taken, what fits then.
TYPED_TEST(byte_room, full_is_exact_wherever_the_last_record_ended) {
  using ring = typename TypeParam::ring;
  for (std::size_t words = 3; words <= 13; ++words) {
    for (std::size_t start = 0; start < words; ++start) {
      for (std::size_t inside = 0; inside <= words; ++inside) {
        for (std::size_t size = 0; size <= ring(8 * words).max_record_bytes(); size += 4) {
          ring one(8 * words);
          for (std::size_t i = 0; i < start; ++i) {  // a record of 0 bytes is one word
            ASSERT_EQ(push(one, 1, 0), push_status::ok);
            ASSERT_EQ(take(one).size(), 0U);
          }
          for (std::size_t i = 0; i < inside; ++i) ASSERT_EQ(push(one, 1, 0), push_status::ok);
          const std::size_t at = (start + inside) % words;
          const std::size_t cost = ring::cost_of(size) / 8;
          const std::size_t padding = cost <= words - at ? 0 : words - at;
          const bool fits = inside + padding + cost <= words;
          EXPECT_EQ(one.push_ready(size), fits);
          ASSERT_EQ(push(one, 2, size), fits ? push_status::ok : push_status::full)
              << words << " words, " << inside << " of them taken from " << start << " on, " << size << " bytes";
          for (std::size_t i = 0; i < inside; ++i) ASSERT_EQ(take(one).size(), 0U);
          if (fits) {
            EXPECT_EQ(take(one), numbered(2, size));
          }
          EXPECT_EQ(one.counts_hint().padding_room, fits ? 8 * padding : 0);
          expect_balance(one);
        }
      }
    }
  }
}

TYPED_TEST(byte_room, the_largest_record_fits_into_every_empty_ring) {
  using ring = typename TypeParam::ring;
  for (std::size_t capacity = 24; capacity <= 240; capacity += 8) {
    ring one(capacity);
    const std::size_t largest = one.max_record_bytes();
    EXPECT_GE(largest * 8, capacity) << "an eighth of " << capacity;
    for (std::size_t start = 0; start < capacity / 8; ++start) {
      ASSERT_EQ(push(one, 3, largest), push_status::ok) << capacity << ' ' << start;
      ASSERT_EQ(take(one), numbered(3, largest));
      ASSERT_EQ(push(one, 3, 0), push_status::ok);
      ASSERT_EQ(take(one).size(), 0U);
    }
    EXPECT_EQ(push(one, 3, largest + 1), push_status::too_heavy);
    EXPECT_EQ(one.try_claim(largest + 1).status(), push_status::too_heavy);
    EXPECT_TRUE(one.push_ready(largest + 1));
    one.close();
    EXPECT_EQ(push(one, 3, largest + 1), push_status::closed);
  }
}

TYPED_TEST(byte_room, records_begin_at_multiples_of_8) {
  typename TypeParam::ring ring(200);
  for (unsigned i = 0; i < 300; ++i) {
    ASSERT_EQ(push(ring, i, i % 60), push_status::ok);
    ASSERT_EQ(
        ring.try_consume([](bytes_view record) { EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record.data()) % 8, 0U); }),
        pop_status::ok);
  }
  expect_balance(ring);
}

/// Against a model: a queue of vectors, and arithmetic on words.
TYPED_TEST(byte_room, random_traffic_goes_as_in_the_model) {
  using ring = typename TypeParam::ring;
  std::uint32_t random = 1;
  const auto draw = [&random](std::uint32_t below) {
    return (random = random * 1664525U + 1013904223U) / 65536U % below;
  };
  for (std::size_t words = 3; words <= 16; ++words) {
    ring one(8 * words);
    std::vector<std::vector<std::byte>> inside;
    std::vector<std::size_t> costs;
    std::size_t used = 0, at = 0;
    for (unsigned i = 0; i < 2000; ++i) {
      if (draw(2) == 0) {
        const std::size_t size = draw(static_cast<std::uint32_t>(one.max_record_bytes()) + 1);
        const std::size_t cost = ring::cost_of(size) / 8;
        const std::size_t padding = cost <= words - at ? 0 : words - at;
        const bool fits = used + padding + cost <= words;
        ASSERT_EQ(push(one, i, size), fits ? push_status::ok : push_status::full);
        if (!fits) continue;
        inside.push_back(numbered(i, size));
        costs.push_back(padding + cost);
        used += padding + cost;
        at = (at + padding + cost) % words;
      } else if (inside.empty()) {
        ASSERT_FALSE(one.pop_ready());
        ASSERT_EQ(one.try_consume([](bytes_view) {}), pop_status::empty);
      } else {
        ASSERT_TRUE(one.pop_ready());
        ASSERT_EQ(take(one), inside.front());
        used -= costs.front();
        inside.erase(inside.begin());
        costs.erase(costs.begin());
      }
      ASSERT_EQ(one.depth_hint(), 8 * used);
    }
  }
}

}  // namespace
}  // namespace tidegate::test
