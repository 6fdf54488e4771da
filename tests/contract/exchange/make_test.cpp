// Construction of exchange rings: bounds of capacity and rows, where the memory lies, and what max_bytes() promises.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"

namespace tidegate::test {
namespace {

static_assert(std::is_same_v<mpmc_ring<int>, mpmc_ring<int, exchange_options{}, native_sync>>);
static_assert(!std::is_copy_constructible_v<mpmc_ring<int>> && !std::is_move_constructible_v<mpmc_ring<int>>);
static_assert(!std::is_copy_constructible_v<mpmc_ring<int>::producer>);
static_assert(std::is_nothrow_move_constructible_v<mpmc_ring<int>::producer>);
static_assert(std::is_nothrow_move_assignable_v<mpmc_ring<int>::consumer>);

struct mpmc_maker {
  using type = mpmc_ring<block<64>>;
  static constexpr std::size_t producers = 3, consumers = 2;
  static constexpr auto make = &make_mpmc_ring<block<64>>;
};
struct lock_free_maker {
  using type = mpmc_ring<block<64>, lock_free>;
  static constexpr std::size_t producers = 3, consumers = 2;
  static constexpr auto make = &make_mpmc_ring<block<64>, lock_free>;
};
struct mpsc_maker {
  using type = mpsc_ring<block<64>>;
  static constexpr std::size_t producers = 3, consumers = 1;
  static constexpr auto make = &make_mpsc_ring<block<64>>;
};
struct spmc_maker {
  using type = spmc_ring<block<64>>;
  static constexpr std::size_t producers = 1, consumers = 2;
  static constexpr auto make = &make_spmc_ring<block<64>>;
};

template <class Maker>
class memory_of : public testing::Test {
 protected:
  using ring_type = typename Maker::type;
  static constexpr std::size_t bound = 5;
  static constexpr ring_rows rows{3, 2};
  /// An entry and a slot for each element, a row and a slot for each row.
  static constexpr std::size_t needed_bytes = (bound + Maker::producers + Maker::consumers) * 2 * cache_line_bytes;

  static void expect_works(ring_type& queue) {
    block<64> out(0);
    for (unsigned id = 0; id < 3 * bound; ++id) {
      ASSERT_EQ(queue.try_push(block<64>(id)), push_status::ok);
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out.id(), id);
    }
  }
  static void expect_error(std::size_t capacity, ring_rows wanted, const memory_options& memory, std::errc expected) {
    std::error_code error;
    EXPECT_EQ(Maker::make(capacity, wanted, memory, error), nullptr);
    EXPECT_EQ(error, expected) << error.message();
  }

  alignas(cache_line_bytes) std::array<std::byte, needed_bytes + 2 * cache_line_bytes> bytes_{};
};
using makers = testing::Types<mpmc_maker, lock_free_maker, mpsc_maker, spmc_maker>;
TYPED_TEST_SUITE(memory_of, makers);

TYPED_TEST(memory_of, comes_from_the_heap_without_exceptions_too) {
  std::error_code error = std::make_error_code(std::errc::io_error);
  const auto queue = TypeParam::make(this->bound, this->rows, {}, error);
  ASSERT_NE(queue, nullptr);
  EXPECT_FALSE(error) << "cleared";
  this->expect_works(*queue);
  EXPECT_EQ(queue->max_bytes(), sizeof(*queue) + this->needed_bytes);
  EXPECT_EQ(queue->rows().producers, TypeParam::producers) << "a side with one thread has one row";
  EXPECT_EQ(queue->rows().consumers, TypeParam::consumers);
  const auto usual = TestFixture::ring_type::make(this->bound, {}, error);
  ASSERT_NE(usual, nullptr);
  EXPECT_EQ(usual->rows().producers, TypeParam::producers == 1 ? 1 : ring_rows{}.producers);
  EXPECT_EQ(usual->rows().consumers, TypeParam::consumers == 1 ? 1 : ring_rows{}.consumers);
}

TYPED_TEST(memory_of, impossible_capacities_is_an_error_code) {
  using std::errc;
  using type = typename TestFixture::ring_type;
  this->expect_error(0, {}, {}, errc::invalid_argument);
  this->expect_error(SIZE_MAX, {}, {}, errc::invalid_argument);
  this->expect_error(type::max_capacity + 1, {}, {}, errc::invalid_argument);
  EXPECT_THROW(type(0), std::invalid_argument);
  EXPECT_THROW(type(type::max_capacity + 1), std::invalid_argument);
  EXPECT_THROW(type(SIZE_MAX, ring_rows{1, 1}), std::invalid_argument);
}

TYPED_TEST(memory_of, impossible_rows_is_an_error_code) {
  using std::errc;
  using type = typename TestFixture::ring_type;
  for (const std::size_t wrong : {std::size_t{0}, type::max_rows + 1, SIZE_MAX}) {
    const ring_rows no_producers{wrong, 1};
    const ring_rows no_consumers{1, wrong};
    if (TypeParam::producers != 1) this->expect_error(5, no_producers, {}, errc::invalid_argument);
    if (TypeParam::consumers != 1) this->expect_error(5, no_consumers, {}, errc::invalid_argument);
    std::error_code error;
    if (TypeParam::producers == 1) {
      EXPECT_NE(TypeParam::make(5, no_producers, {}, error), nullptr) << "not asked for";
    }
    if (TypeParam::consumers == 1) {
      EXPECT_NE(TypeParam::make(5, no_consumers, {}, error), nullptr) << "not asked for";
    }
  }
  std::error_code error;
  const auto most = TypeParam::make(5, {type::max_rows, type::max_rows}, {}, error);
  ASSERT_NE(most, nullptr);
  this->expect_works(*most);
}

TYPED_TEST(memory_of, the_caller_is_used_in_place_and_not_beyond) {
  this->bytes_.fill(std::byte{0xab});
  const std::span<std::byte> all(this->bytes_);
  {
    typename TestFixture::ring_type queue(this->bound, this->rows, {.span = all});
    this->expect_works(queue);
    ASSERT_EQ(queue.try_push(block<64>(1)), push_status::ok);
    const std::byte* element = nullptr;
    ASSERT_EQ(queue.try_consume([&](block<64>&& value) noexcept { element = reinterpret_cast<std::byte*>(&value); }),
              pop_status::ok);
    EXPECT_GE(element, all.data());
    EXPECT_LT(element, all.data() + this->needed_bytes);
    EXPECT_EQ(queue.max_bytes(), sizeof(queue) + this->needed_bytes);
  }
  for (const std::byte beyond : all.subspan(this->needed_bytes)) EXPECT_EQ(beyond, std::byte{0xab});
}

TYPED_TEST(memory_of, the_caller_must_fit) {
  using type = typename TestFixture::ring_type;
  const std::span<std::byte> all(this->bytes_);
  type exact(this->bound, this->rows, {.span = all.first(this->needed_bytes)});
  this->expect_works(exact);
  this->expect_error(5, this->rows, {.span = all.first(this->needed_bytes - 1)}, std::errc::invalid_argument);
  this->expect_error(5, this->rows, {.span = all.subspan(8)}, std::errc::invalid_argument);
  EXPECT_THROW(type(5, this->rows, {.span = all.first(1)}), std::invalid_argument);
}

TYPED_TEST(memory_of, wishes_is_had_or_done_without) {
  using type = typename TestFixture::ring_type;
  type huge(5, {.pages = page_policy::try_huge});
  this->expect_works(huge);
  EXPECT_GE(huge.max_bytes(), std::size_t{2} << 20) << "whole huge pages are counted";
  type present(5, this->rows, {.prefault = request::attempt, .lock = request::attempt});
  this->expect_works(present);
  EXPECT_GE(present.max_bytes(), sizeof(present) + 4096) << "whole pages are counted";
  const type elsewhere(5, {.node = 900, .bind = request::attempt});
  EXPECT_FALSE(elsewhere.notes().none());
  const type modest(5);
  EXPECT_TRUE(modest.notes().none());
}

TYPED_TEST(memory_of, requirements_is_had_or_refused) {
  std::error_code error;
  const auto huge = TypeParam::make(5, {}, {.pages = page_policy::require_huge}, error);
  EXPECT_EQ(huge == nullptr, static_cast<bool>(error));
  error.clear();
  EXPECT_EQ(TypeParam::make(5, {}, {.node = 900, .bind = request::require}, error), nullptr);
  EXPECT_TRUE(error);
  EXPECT_ANY_THROW(typename TestFixture::ring_type(5, {.node = 900, .bind = request::require}));
}

TYPED_TEST(memory_of, two_steps_fails_in_the_first_only) {
  using type = typename TestFixture::ring_type;
  std::error_code error;
  auto prepared = type::prepare(5, this->rows, {}, error);
  ASSERT_FALSE(error);
  type queue(std::move(prepared));
  this->expect_works(queue);
  static_cast<void>(type::prepare(0, this->rows, {}, error));
  EXPECT_EQ(error, std::errc::invalid_argument);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(type(typename type::prepared{}), "tidegate: exchange_ring: built from memory that was not prepared");
}

// Over-aligned and packed forms lie behind entries and rows of another size.
TEST(memory_of_slots, begins_where_their_alignment_allows) {
  for (std::size_t bound = 1; bound < 20; ++bound) {
    mpmc_ring<over_aligned<256>, packed_entries> queue(bound, ring_rows{1, 1});
    for (unsigned id = 0; id < bound; ++id) ASSERT_EQ(queue.try_push(over_aligned<256>(id)), push_status::ok);
    over_aligned<256> out(0);
    for (unsigned id = 0; id < bound; ++id) {
      ASSERT_EQ(queue.try_consume([&](over_aligned<256>&& value) noexcept { EXPECT_EQ(value.id(), id); }),
                pop_status::ok);
    }
  }
}

TEST(memory_of_slots, is_saved_by_small_elements_and_packed_entries) {
  const mpmc_ring<std::uint32_t> roomy(1000);
  const mpmc_ring<std::uint32_t, packed_entries> dense(1000);
  const mpmc_ring<std::uint32_t, in_entries> without(1000);
  EXPECT_LT(dense.max_bytes(), roomy.max_bytes() / 4);
  EXPECT_LT(without.max_bytes(), roomy.max_bytes() * 2 / 3);
}

}  // namespace
}  // namespace tidegate::test
