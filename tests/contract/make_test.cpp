// Construction with memory options and error codes: where the memory lies, and what max_bytes() promises.
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

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

static_assert(std::is_same_v<spsc_queue<int>, spsc_queue<int, queue_options{}, native_sync>>);
static_assert(std::is_same_v<spsc_ring<int>, spsc_ring<int, ring_options{}, native_sync>>);
static_assert(!std::is_copy_constructible_v<spsc_ring<int>> && !std::is_move_constructible_v<spsc_ring<int>>);
static_assert(!std::is_copy_constructible_v<spsc_queue<int>> && !std::is_move_constructible_v<spsc_queue<int>>);

template <class Kind>
class size : public testing::Test {};
TYPED_TEST_SUITE(size, surface_kinds, kind_names);

TYPED_TEST(size, is_little_more_than_that_of_the_elements) {
  for (const std::size_t bound : sizes{1, 2, 3, 14, 64, 100}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    EXPECT_LE(queue.max_bytes(), sizeof(queue) + bound * TypeParam::small_slot_bytes + 2 * cache_line_bytes);
  }
}

// The forms with memory options and error codes, for the ring and the queue alike.

struct ring_maker {
  using type = spsc_ring<block<64>>;
  static type make(std::size_t capacity, const memory_options& memory) { return type(capacity, memory); }
  static std::unique_ptr<type> make(std::size_t capacity, const memory_options& memory, std::error_code& error) {
    return make_spsc_ring<block<64>>(capacity, memory, error);
  }
};
struct queue_maker {
  using type = spsc_queue<block<64>>;
  static type make(std::size_t capacity, const memory_options& memory) {
    return type({.capacity = capacity, .memory = memory});
  }
  static std::unique_ptr<type> make(std::size_t capacity, const memory_options& memory, std::error_code& error) {
    return make_spsc_queue<block<64>>({.capacity = capacity, .memory = memory}, error);
  }
};

template <class Maker>
class memory_of : public testing::Test {
 protected:
  static constexpr std::size_t bound = 5;
  static constexpr std::size_t needed_bytes = bound * sizeof(block<64>);

  static void expect_works(typename Maker::type& queue) {
    block<64> out(0);
    for (unsigned id = 0; id < 3 * bound; ++id) {
      ASSERT_EQ(queue.try_push(block<64>(id)), push_status::ok);
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out.id(), id);
    }
  }
  static void expect_error(std::size_t capacity, const memory_options& memory, std::errc expected) {
    std::error_code error;
    EXPECT_EQ(Maker::make(capacity, memory, error), nullptr);
    EXPECT_EQ(error, expected) << error.message();
  }

  alignas(64) std::array<std::byte, needed_bytes + 128> bytes_{};
};
using makers = testing::Types<ring_maker, queue_maker>;
TYPED_TEST_SUITE(memory_of, makers);

TYPED_TEST(memory_of, comes_from_the_heap_without_exceptions_too) {
  std::error_code error = std::make_error_code(std::errc::io_error);
  const auto queue = TypeParam::make(5, {}, error);
  ASSERT_NE(queue, nullptr);
  EXPECT_FALSE(error) << "cleared";
  this->expect_works(*queue);
  EXPECT_EQ(queue->max_bytes(), sizeof(*queue) + this->needed_bytes);
}

TYPED_TEST(memory_of, impossible_capacities_is_an_error_code) {
  using std::errc;
  this->expect_error(0, {}, errc::invalid_argument);
  this->expect_error(SIZE_MAX, {}, errc::invalid_argument);
  this->expect_error(TypeParam::type::max_capacity + 1, {}, errc::invalid_argument);
  this->expect_error(TypeParam::type::max_capacity, {}, errc::not_enough_memory);
  const std::size_t beyond_the_machine = std::size_t{1} << 46;  // times 64 bytes
  this->expect_error(beyond_the_machine, {.prefault = request::attempt}, errc::not_enough_memory);
  EXPECT_THROW(static_cast<void>(TypeParam::make(beyond_the_machine, {.prefault = request::attempt})), std::bad_alloc);
}

TYPED_TEST(memory_of, the_caller_is_used_in_place_and_not_beyond) {
  this->bytes_.fill(std::byte{0xab});
  const std::span<std::byte> all(this->bytes_);
  {
    auto queue = TypeParam::make(5, {.span = all});
    this->expect_works(queue);
    auto claim = queue.try_claim(1);
    const auto* const slot = reinterpret_cast<const std::byte*>(claim.spans()[0].data());
    EXPECT_GE(slot, all.data());
    EXPECT_LT(slot, all.data() + this->needed_bytes);
    EXPECT_EQ(queue.max_bytes(), sizeof(queue) + this->needed_bytes);
  }
  for (const std::byte beyond : all.subspan(this->needed_bytes)) EXPECT_EQ(beyond, std::byte{0xab});
}

TYPED_TEST(memory_of, the_caller_must_fit) {
  const std::span<std::byte> all(this->bytes_);
  auto exact = TypeParam::make(5, {.span = all.first(this->needed_bytes)});
  this->expect_works(exact);
  this->expect_error(5, {.span = all.first(this->needed_bytes - 1)}, std::errc::invalid_argument);
  this->expect_error(5, {.span = all.subspan(8)}, std::errc::invalid_argument);
  EXPECT_THROW(static_cast<void>(TypeParam::make(5, {.span = all.first(1)})), std::invalid_argument);
}

TYPED_TEST(memory_of, wishes_is_had_or_done_without) {
  auto huge = TypeParam::make(5, {.pages = page_policy::try_huge});
  this->expect_works(huge);
  EXPECT_GE(huge.max_bytes(), std::size_t{2} << 20) << "whole huge pages are counted";
  auto present = TypeParam::make(5, {.prefault = request::attempt, .lock = request::attempt});
  this->expect_works(present);
  EXPECT_GE(present.max_bytes(), sizeof(present) + 4096) << "whole pages are counted";
}

TYPED_TEST(memory_of, requirements_is_had_or_refused) {
  std::error_code error;
  const auto huge = TypeParam::make(5, {.pages = page_policy::require_huge}, error);
  EXPECT_EQ(huge == nullptr, static_cast<bool>(error));
  constexpr int absent_node = 900;
  error.clear();
  EXPECT_EQ(TypeParam::make(5, {.node = absent_node, .bind = request::require}, error), nullptr);
  EXPECT_TRUE(error);
  EXPECT_ANY_THROW(static_cast<void>(TypeParam::make(5, {.node = absent_node, .bind = request::require})));
}

TEST(memory_of_ring, notes_what_could_not_be_had) {
  const spsc_ring<std::uint32_t> ring(5, {.node = 900, .bind = request::attempt});
  EXPECT_FALSE(ring.notes().none());
  const spsc_ring<std::uint32_t> modest(5);
  EXPECT_TRUE(modest.notes().none());
}

}  // namespace
}  // namespace tidegate::test
