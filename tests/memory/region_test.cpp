// Where a region lives, what it sets aside, what it refuses, and that it gives back exactly what it took.
#include "tidegate/memory/region.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "faults.hpp"
#include "gtest/gtest.h"
#include "tidegate/memory/memory_errc.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/memory/pages.hpp"

namespace {

struct heap_account {
  long live = 0;                   // blocks taken and not given back
  std::size_t bytes_last = 0;      // of the last block taken
  std::size_t alignment_last = 0;  // the last block was given back with
  bool exhausted = false;          // the next requests fail
};
heap_account heap;

void* take_block(std::size_t bytes, std::align_val_t alignment) noexcept {
  if (heap.exhausted) return nullptr;
  ++heap.live;
  heap.bytes_last = bytes;
  return std::aligned_alloc(static_cast<std::size_t>(alignment), bytes);
}

void give_block(void* block, std::align_val_t alignment) noexcept {
  if (block == nullptr) return;
  --heap.live;
  heap.alignment_last = static_cast<std::size_t>(alignment);
  std::free(block);
}

}  // namespace

// Weak, because a sanitizer may bring the same functions as strong ones; heap_is_counted() says whose are called.
[[gnu::weak]] void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return take_block(bytes, alignment);
}
[[gnu::weak]] void operator delete(void* block, std::align_val_t alignment) noexcept { give_block(block, alignment); }
[[gnu::weak]] void operator delete(void* block, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  give_block(block, alignment);
}

namespace tidegate {
namespace {

using namespace test;
namespace pages = detail::pages;

constexpr std::size_t huge = pages::huge_bytes;
const std::size_t page = pages::page_bytes();
constexpr int absent_node = 900;  // below the 1024 a mask holds, above what any machine has

bool heap_is_counted() {
  const long before = heap.live;
  void* const block = ::operator new (64, std::align_val_t{64}, std::nothrow);
  const bool counted = heap.live == before + 1;
  ::operator delete (block, std::align_val_t{64});
  return counted && heap.live == before;
}
constexpr const char* heap_not_counted = "a sanitizer's operator new is in use, so that blocks cannot be counted";

struct outcome {
  region memory;
  std::error_code error;
};

outcome make(std::size_t bytes, std::size_t alignment, const memory_options& options = {}) {
  outcome result;
  result.error = std::make_error_code(std::errc::io_error);  // must be overwritten
  result.memory = region::make(bytes, alignment, options, result.error);
  return result;
}

region must_make(std::size_t bytes, std::size_t alignment, const memory_options& options = {}) {
  outcome result = make(bytes, alignment, options);
  EXPECT_FALSE(result.error) << result.error.message();
  return std::move(result.memory);
}

void expect_refused(std::size_t bytes, std::size_t alignment, const memory_options& options, memory_errc reason) {
  SCOPED_TRACE(std::to_string(bytes) + " bytes aligned to " + std::to_string(alignment));
  const std::size_t before = address_space_bytes();
  const outcome result = make(bytes, alignment, options);
  expect_address_space(before, "a refused region has left a mapping behind");
  EXPECT_EQ(result.error, reason) << result.error.message();
  EXPECT_EQ(result.memory.data(), nullptr);
  EXPECT_EQ(result.memory.committed_bytes(), 0u);
  EXPECT_EQ(result.memory.place(), memory_place::nowhere);
}

memory_notes notes_of(std::initializer_list<memory_errc> reasons) {
  memory_notes notes;
  for (const memory_errc reason : reasons) notes.add(reason);
  return notes;
}

/// Every byte can be written and read; the bounds are the sanitizers' to watch.
void fill(const region& memory) {
  for (std::size_t i = 0; i < memory.bytes(); ++i) memory.data()[i] = static_cast<std::byte>(i * 31);
  for (std::size_t i = 0; i < memory.bytes(); ++i) ASSERT_EQ(memory.data()[i], static_cast<std::byte>(i * 31)) << i;
}

// --- arguments ------------------------------------------------------------------------------------------------------

const memory_options on_heap = {};
const memory_options on_pages = {.prefault = request::attempt};
const memory_options on_huge = {.pages = page_policy::try_huge};

TEST(region_arguments, zero_bytes) {
  for (const auto& options : {on_heap, on_pages, on_huge}) expect_refused(0, 64, options, memory_errc::zero_bytes);
}

TEST(region_arguments, alignment_must_be_a_power_of_two) {
  for (const auto& options : {on_heap, on_pages, on_huge}) {
    for (const std::size_t alignment : {0u, 3u, 48u, 4095u}) {
      expect_refused(100, alignment, options, memory_errc::bad_alignment);
    }
  }
}

TEST(region_arguments, sizes_that_overflow_are_refused_before_memory_is_asked_for) {
  constexpr std::size_t most = PTRDIFF_MAX;
  const long before = heap.live;
  for (const auto& options : {on_heap, on_pages, on_huge}) {
    for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 63, SIZE_MAX - huge, most + 1, most, most - 1}) {
      expect_refused(bytes, 64, options, memory_errc::too_large);
    }
    expect_refused(1, std::size_t{1} << 63, options, memory_errc::too_large);
    expect_refused(most / 2 + 2, std::size_t{1} << 62, options, memory_errc::too_large);
  }
  EXPECT_EQ(heap.live, before);
}

TEST(region_arguments, round_up_to_the_last_byte) {
  constexpr std::size_t most = PTRDIFF_MAX;
  EXPECT_EQ(pages::round_up(1, 1), 1u);
  EXPECT_EQ(pages::round_up(1, 64), 64u);
  EXPECT_EQ(pages::round_up(64, 64), 64u);
  EXPECT_EQ(pages::round_up(65, 64), 128u);
  EXPECT_EQ(pages::round_up(most, 1), most);
  EXPECT_EQ(pages::round_up(most - 63, 64), most - 63);
  EXPECT_EQ(pages::round_up(most - 62, 64), 0u);
  EXPECT_EQ(pages::round_up(SIZE_MAX, 1), 0u);
  EXPECT_EQ(pages::round_up(SIZE_MAX, 64), 0u);
  EXPECT_EQ(pages::round_up(SIZE_MAX - 62, 64), 0u);
  EXPECT_EQ(pages::round_up(SIZE_MAX, std::size_t{1} << 63), 0u);
  EXPECT_EQ(pages::round_up(1, std::size_t{1} << 63), 0u);
}

TEST(region_arguments, success_clears_the_error) {
  EXPECT_FALSE(make(1, 1).error);
  EXPECT_FALSE(make(1, 1, on_pages).error);
}

// --- heap -----------------------------------------------------------------------------------------------------------

TEST(region_heap, aligned_rounded_and_given_back_as_taken) {
  if (!heap_is_counted()) GTEST_SKIP() << heap_not_counted;
  for (const std::size_t alignment : {std::size_t{1}, std::size_t{8}, std::size_t{64}, std::size_t{4096}, huge}) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{4097}}) {
      SCOPED_TRACE(std::to_string(bytes) + " bytes aligned to " + std::to_string(alignment));
      const long before = heap.live;
      {
        const region memory = must_make(bytes, alignment);
        EXPECT_EQ(memory.place(), memory_place::heap);
        EXPECT_TRUE(pages::is_aligned(memory.data(), alignment));
        EXPECT_EQ(memory.bytes(), bytes);
        EXPECT_EQ(memory.committed_bytes(), (bytes + alignment - 1) / alignment * alignment);
        EXPECT_EQ(heap.bytes_last, memory.committed_bytes());
        EXPECT_EQ(heap.live, before + 1);
        EXPECT_TRUE(memory.notes().none());
        fill(memory);
      }
      EXPECT_EQ(heap.live, before);
      EXPECT_EQ(heap.alignment_last, alignment);
    }
  }
}

TEST(region_heap, no_memory) {
  if (!heap_is_counted()) GTEST_SKIP() << heap_not_counted;
  heap.exhausted = true;
  const outcome result = make(100, 64);
  heap.exhausted = false;
  EXPECT_EQ(result.error, memory_errc::no_memory);
  EXPECT_EQ(result.error, std::errc::not_enough_memory);
  EXPECT_EQ(result.memory.data(), nullptr);
}

TEST(region_heap, a_node_that_is_not_to_be_bound_needs_no_mapping) {
  EXPECT_EQ(must_make(100, 64, {.node = 0, .bind = request::off}).place(), memory_place::heap);
  EXPECT_EQ(must_make(100, 64, {.node = -1, .bind = request::require}).place(), memory_place::heap);
  EXPECT_EQ(must_make(100, 64, {.node = -7, .bind = request::require}).place(), memory_place::heap);
}

// --- caller's span --------------------------------------------------------------------------------------------------

TEST(region_span, lives_there_and_leaves_it_alone) {
  alignas(64) std::byte storage[512] = {};
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{511}, std::size_t{512}}) {
    const long before = heap.live;
    const region memory = must_make(bytes, 64, {.span = storage});
    EXPECT_EQ(memory.data(), storage);
    EXPECT_EQ(memory.bytes(), bytes);
    EXPECT_EQ(memory.committed_bytes(), bytes);
    EXPECT_EQ(memory.place(), memory_place::span);
    EXPECT_TRUE(memory.notes().none());
    EXPECT_EQ(heap.live, before);
    fill(memory);
  }
  for (std::size_t i = 0; i < sizeof storage; ++i) EXPECT_EQ(storage[i], static_cast<std::byte>(i * 31));
}

TEST(region_span, too_small_or_misaligned_is_refused_and_untouched) {
  alignas(64) std::byte storage[512];
  for (std::byte& each : storage) each = std::byte{0x5a};
  const auto whole = std::span<std::byte>(storage);
  const auto touching = [](std::span<std::byte> span) {
    return memory_options{.span = span, .prefault = request::require};
  };
  expect_refused(513, 64, touching(whole), memory_errc::span_too_small);
  expect_refused(512, 64, touching(whole.first(511)), memory_errc::span_too_small);
  expect_refused(100, 64, touching(whole.subspan(1)), memory_errc::span_misaligned);
  expect_refused(100, 64, touching(whole.subspan(32)), memory_errc::span_misaligned);
  expect_refused(100, 2, touching(whole.subspan(1)), memory_errc::span_misaligned);
  expect_refused(SIZE_MAX, 64, touching(whole), memory_errc::too_large);
  expect_refused(0, 64, touching(whole), memory_errc::zero_bytes);
  for (const std::byte each : storage) EXPECT_EQ(each, std::byte{0x5a});
  EXPECT_EQ(must_make(100, 1, {.span = whole.subspan(1)}).data(), storage + 1);
}

TEST(region_span, huge_pages_are_a_note_or_an_error) {
  const own_pages storage(4 * page);
  const region memory = must_make(page + 1, 64, {.span = storage.span(), .pages = page_policy::try_huge});
  EXPECT_EQ(memory.committed_bytes(), page + 1) << "nothing asked for needs whole pages";
  EXPECT_EQ(memory.notes(), notes_of({memory_errc::span_pages_fixed}));
  EXPECT_EQ(memory.data(), storage.span().data());
  expect_refused(page, 64, {.span = storage.span(), .pages = page_policy::require_huge}, memory_errc::span_pages_fixed);
}

TEST(region_span, prefault_makes_exactly_its_own_pages_present) {
  const own_pages storage(8 * page);
  const auto inner = storage.span().subspan(page + 64, 6 * page);
  ASSERT_EQ(present_pages(storage.span().data(), 8 * page), 0);
  const region memory = must_make(3 * page, 64, {.span = inner, .prefault = request::require});
  EXPECT_EQ(present_pages(storage.span().data(), page), 0);
  EXPECT_EQ(present_pages(storage.span().data() + page, 4 * page), 4);
  EXPECT_EQ(present_pages(storage.span().data() + 5 * page, 3 * page), 0);
}

TEST(region_span, prefault_leaves_contents_alone_where_the_kernel_can_populate) {
  const own_pages storage(3 * page);
  if (::madvise(storage.span().data(), page, MADV_POPULATE_WRITE) != 0) GTEST_SKIP() << "this kernel cannot populate";
  for (std::byte& each : storage.span()) each = std::byte{0x5a};
  const auto inner = storage.span().subspan(64, 2 * page);
  const region memory = must_make(2 * page, 64, {.span = inner, .prefault = request::require});
  for (const std::byte each : storage.span()) ASSERT_EQ(each, std::byte{0x5a});
}

TEST(region_span, lock_and_node_need_whole_pages) {
  const own_pages storage(4 * page);
  const auto misplaced = storage.span().subspan(64);
  const auto too_short = storage.span().first(2 * page + 1);
  for (const auto span : {misplaced, too_short}) {
    const std::size_t bytes = 2 * page + 1;
    expect_refused(bytes, 64, {.span = span, .lock = request::require}, memory_errc::span_not_whole_pages);
    expect_refused(bytes, 64, {.span = span, .node = 0, .bind = request::require}, memory_errc::span_not_whole_pages);
    const std::size_t before = locked_bytes();
    const region memory = must_make(bytes, 64, {.span = span, .lock = request::attempt, .node = 0});
    EXPECT_EQ(memory.notes(), notes_of({memory_errc::span_not_whole_pages}));
    EXPECT_EQ(memory.committed_bytes(), bytes);
    EXPECT_EQ(locked_bytes(), before);
  }
}

TEST(region_span, lock_ends_with_the_region) {
  if (!can_lock(16 * page)) GTEST_SKIP() << pages_cannot_be_locked;
  const own_pages storage(4 * page);
  const std::size_t before = locked_bytes();
  {
    const region memory = must_make(page + 1, 64, {.span = storage.span(), .lock = request::require});
    EXPECT_EQ(memory.committed_bytes(), 2 * page);
    EXPECT_EQ(locked_bytes(), before + 2 * page);
  }
  if (munlock_works()) {
    EXPECT_EQ(locked_bytes(), before);
  }
  EXPECT_EQ(present_pages(storage.span().data(), 2 * page), 2) << "unlocked, not unmapped";
}

TEST(region_span, bound_to_a_node) {
  if (!node_can_be_bound()) GTEST_SKIP() << node_cannot_be_bound;
  const own_pages storage(4 * page);
  const region memory = must_make(page, 64, {.span = storage.span(), .node = 0, .bind = request::require});
  EXPECT_EQ(numa_policy(storage.span().data()), MPOL_BIND);
  EXPECT_EQ(numa_policy(storage.span().data() + page), MPOL_DEFAULT);
  expect_refused(page, 64, {.span = storage.span(), .node = absent_node, .bind = request::require},
                 memory_errc::no_such_node);
}

// --- a mapping of its own -------------------------------------------------------------------------------------------

TEST(region_pages, any_page_wish_makes_a_mapping_of_exactly_its_size) {
  if (!can_lock(16 * page)) GTEST_SKIP() << pages_cannot_be_locked;
  if (!node_can_be_bound()) GTEST_SKIP() << node_cannot_be_bound;
  for (const auto& options : {memory_options{.prefault = request::attempt}, memory_options{.lock = request::attempt},
                              memory_options{.node = 0}}) {
    for (const std::size_t alignment : {std::size_t{1}, std::size_t{64}, page, 16 * page, 2 * huge}) {
      SCOPED_TRACE("aligned to " + std::to_string(alignment));
      const std::size_t before = address_space_bytes();
      region memory = must_make(2 * page + 1, alignment, options);
      expect_address_space(before + memory.committed_bytes(), "not a mapping of exactly its size");
      EXPECT_EQ(memory.place(), memory_place::pages);
      EXPECT_EQ(memory.bytes(), 2 * page + 1);
      EXPECT_EQ(memory.committed_bytes(), 3 * page);
      EXPECT_TRUE(pages::is_aligned(memory.data(), alignment));
      EXPECT_TRUE(memory.notes().none()) << to_string(memory.notes());
      fill(memory);
      memory = region();
      expect_address_space(before, "not all given back");
    }
  }
}

TEST(region_pages, prefault_makes_every_page_present) {
  const region cold = must_make(32 * page, 64, {.node = 0});
  EXPECT_EQ(present_pages(cold.data(), 32 * page), 0);
  const region warm = must_make(31 * page + 1, 64, {.prefault = request::require});
  EXPECT_EQ(present_pages(warm.data(), 31 * page + 1), 32);
  EXPECT_TRUE(warm.notes().none());
}

TEST(region_pages, lock_keeps_every_page_present_until_the_end) {
  if (!can_lock(16 * page)) GTEST_SKIP() << pages_cannot_be_locked;
  const std::size_t before = locked_bytes();
  {
    const region memory = must_make(3 * page, 64, {.lock = request::require});
    EXPECT_EQ(locked_bytes(), before + 3 * page);
    EXPECT_EQ(present_pages(memory.data(), 3 * page), 3);
    EXPECT_TRUE(memory.notes().none());
  }
  EXPECT_EQ(locked_bytes(), before);
}

TEST(region_pages, bound_to_a_node) {
  if (!node_can_be_bound()) GTEST_SKIP() << node_cannot_be_bound;
  const region memory = must_make(3 * page, 64, {.node = 0, .bind = request::require});
  EXPECT_EQ(numa_policy(memory.data()), MPOL_BIND);
  EXPECT_EQ(numa_policy(memory.data() + 2 * page), MPOL_BIND);
  EXPECT_TRUE(memory.notes().none());
}

TEST(region_pages, a_node_that_does_not_exist_is_a_note_or_an_error) {
  if (!node_can_be_bound()) GTEST_SKIP() << node_cannot_be_bound;
  for (const int node : {absent_node, 1024, 1 << 30}) {
    const region memory = must_make(page, 64, {.node = node});
    EXPECT_EQ(memory.notes(), notes_of({memory_errc::no_such_node}));
    EXPECT_EQ(numa_policy(memory.data()), MPOL_DEFAULT);
    fill(memory);
    expect_refused(page, 64, {.node = node, .bind = request::require}, memory_errc::no_such_node);
  }
}

TEST(region_pages, more_than_the_system_has) {
  for (const auto& options : {on_pages, on_huge}) {
    const outcome result = make(std::size_t{1} << 60, 64, options);
    EXPECT_EQ(result.error, memory_errc::no_memory) << result.error.message();
    EXPECT_EQ(result.error, std::errc::not_enough_memory);
  }
}

// --- ownership ------------------------------------------------------------------------------------------------------

static_assert(!std::is_copy_constructible_v<region> && !std::is_copy_assignable_v<region>);
static_assert(std::is_nothrow_move_constructible_v<region> && std::is_nothrow_move_assignable_v<region>);
static_assert(std::is_nothrow_default_constructible_v<region> && std::is_nothrow_destructible_v<region>);

void expect_empty(const region& memory) {
  EXPECT_EQ(memory.data(), nullptr);
  EXPECT_EQ(memory.bytes(), 0u);
  EXPECT_EQ(memory.committed_bytes(), 0u);
  EXPECT_EQ(memory.place(), memory_place::nowhere);
  EXPECT_TRUE(memory.notes().none());
}

TEST(region_ownership, default_is_empty) { expect_empty(region()); }

TEST(region_ownership, moving_carries_everything_and_leaves_nothing) {
  if (!heap_is_counted()) GTEST_SKIP() << heap_not_counted;
  const long before = heap.live;
  {
    region first = must_make(100, 4096);
    const std::byte* const where = first.data();
    region second(std::move(first));
    expect_empty(first);
    EXPECT_EQ(second.data(), where);
    EXPECT_EQ(second.bytes(), 100u);
    EXPECT_EQ(second.committed_bytes(), 4096u);
    EXPECT_EQ(second.place(), memory_place::heap);

    region third = must_make(1, 64);
    third = std::move(second);
    EXPECT_EQ(heap.live, before + 1) << "assignment gives back what was held";
    EXPECT_EQ(heap.alignment_last, 64u);
    expect_empty(second);
    EXPECT_EQ(third.data(), where);
    EXPECT_EQ(third.bytes(), 100u);
  }
  EXPECT_EQ(heap.live, before);
  EXPECT_EQ(heap.alignment_last, 4096u);
}

TEST(region_ownership, moving_carries_notes_mapping_and_lock) {
  if (!can_lock(16 * page)) GTEST_SKIP() << pages_cannot_be_locked;
  if (!node_can_be_bound()) GTEST_SKIP() << node_cannot_be_bound;
  const std::size_t locked = locked_bytes();
  std::byte* where = nullptr;
  {
    region first = must_make(page, 64, {.lock = request::require, .node = absent_node});
    where = first.data();
    region second;
    second = std::move(first);
    expect_empty(first);
    EXPECT_EQ(second.place(), memory_place::pages);
    EXPECT_EQ(second.notes(), notes_of({memory_errc::no_such_node}));
    EXPECT_EQ(locked_bytes(), locked + page);
    EXPECT_EQ(second.data(), where);
    fill(second);
  }
  EXPECT_EQ(present_pages(where, page), -1) << "still mapped";
  EXPECT_EQ(locked_bytes(), locked);
}

TEST(region_ownership, the_lock_on_a_span_moves_along) {
  if (!can_lock(16 * page)) GTEST_SKIP() << pages_cannot_be_locked;
  const own_pages storage(2 * page);
  const std::size_t before = locked_bytes();
  {
    region second;
    {
      region first = must_make(page, 64, {.span = storage.span(), .lock = request::require});
      second = std::move(first);
    }
    EXPECT_EQ(locked_bytes(), before + page) << "the moved-from region has unlocked what it gave away";
  }
  if (munlock_works()) {
    EXPECT_EQ(locked_bytes(), before);
  }
}

TEST(region_ownership, moving_onto_itself_changes_nothing) {
  region memory = must_make(100, 64);
  region& same = memory;
  const std::byte* const where = memory.data();
  memory = std::move(same);
  EXPECT_EQ(memory.data(), where);
  EXPECT_EQ(memory.bytes(), 100u);
  fill(memory);
}

// --- words ----------------------------------------------------------------------------------------------------------

TEST(memory_words, every_error_says_something_of_its_own) {
  std::set<std::string> texts;
  for (int value = 0; value < memory_errc_count; ++value) {
    const std::error_code error = static_cast<memory_errc>(value);
    EXPECT_EQ(error.category().name(), std::string("tidegate.memory"));
    EXPECT_EQ(error.message(), to_string(static_cast<memory_errc>(value)));
    EXPECT_EQ(error.message().find("unknown"), std::string::npos) << value;
    EXPECT_TRUE(texts.insert(error.message()).second) << error.message();
    EXPECT_EQ(static_cast<bool>(error), value != 0);
  }
  EXPECT_EQ(std::error_code(static_cast<memory_errc>(memory_errc_count)).message(), "memory: unknown error");
}

TEST(memory_words, errors_equal_the_portable_condition) {
  const auto code = [](memory_errc reason) { return make_error_code(reason); };
  EXPECT_EQ(code(memory_errc::zero_bytes), std::errc::invalid_argument);
  EXPECT_EQ(code(memory_errc::bad_alignment), std::errc::invalid_argument);
  EXPECT_EQ(code(memory_errc::span_too_small), std::errc::invalid_argument);
  EXPECT_EQ(code(memory_errc::span_misaligned), std::errc::invalid_argument);
  EXPECT_EQ(code(memory_errc::span_not_whole_pages), std::errc::invalid_argument);
  EXPECT_EQ(code(memory_errc::no_such_node), std::errc::invalid_argument);
  EXPECT_EQ(code(memory_errc::span_pages_fixed), std::errc::not_supported);
  EXPECT_EQ(code(memory_errc::huge_pages_unsupported), std::errc::not_supported);
  EXPECT_EQ(code(memory_errc::too_large), std::errc::not_enough_memory);
  EXPECT_EQ(code(memory_errc::no_memory), std::errc::not_enough_memory);
  EXPECT_EQ(code(memory_errc::no_huge_pages), std::errc::resource_unavailable_try_again);
  EXPECT_EQ(code(memory_errc::prefault_failed), std::errc::resource_unavailable_try_again);
  EXPECT_EQ(code(memory_errc::lock_failed), std::errc::resource_unavailable_try_again);
  EXPECT_EQ(code(memory_errc::bind_failed), std::errc::resource_unavailable_try_again);
  EXPECT_EQ(code(memory_errc::lock_over_limit), std::errc::operation_not_permitted);
  EXPECT_EQ(code(memory_errc::lock_not_permitted), std::errc::operation_not_permitted);
  EXPECT_EQ(code(memory_errc::bind_not_permitted), std::errc::operation_not_permitted);
  EXPECT_EQ(code(memory_errc::bind_unsupported), std::errc::function_not_supported);
  for (int value = 0; value < memory_errc_count; ++value) {
    const auto reason = static_cast<memory_errc>(value);
    const bool plain_memory = reason == memory_errc::too_large || reason == memory_errc::no_memory;
    EXPECT_EQ(code(reason) == std::errc::not_enough_memory, plain_memory) << to_string(reason);
  }
}

TEST(memory_words, messages_name_the_remedy) {
  EXPECT_NE(to_string(memory_errc::no_huge_pages).find("vm.nr_hugepages"), std::string_view::npos);
  EXPECT_NE(to_string(memory_errc::lock_over_limit).find("RLIMIT_MEMLOCK"), std::string_view::npos);
  EXPECT_NE(to_string(memory_errc::lock_not_permitted).find("CAP_IPC_LOCK"), std::string_view::npos);
  EXPECT_NE(to_string(memory_errc::span_too_small).find("smaller"), std::string_view::npos);
  EXPECT_NE(to_string(memory_errc::span_misaligned).find("alignment"), std::string_view::npos);
  EXPECT_NE(to_string(memory_errc::no_such_node).find("NUMA node"), std::string_view::npos);
}

TEST(memory_words, notes_are_a_set_in_one_line) {
  memory_notes notes;
  EXPECT_TRUE(notes.none());
  EXPECT_EQ(to_string(notes), "");
  notes.add(memory_errc::bind_failed);
  notes.add(memory_errc::lock_failed);
  notes.add(memory_errc::lock_failed);
  EXPECT_FALSE(notes.none());
  EXPECT_TRUE(notes.contains(memory_errc::bind_failed) && notes.contains(memory_errc::lock_failed));
  EXPECT_FALSE(notes.contains(memory_errc::no_such_node));
  EXPECT_EQ(to_string(notes), "lock: the kernel could not lock the pages; node: the kernel could not bind the pages");
  EXPECT_NE(notes, memory_notes());
}

TEST(memory_words, a_region_describes_itself) {
  if (!node_can_be_bound()) GTEST_SKIP() << node_cannot_be_bound;
  EXPECT_EQ(to_string(must_make(100, 64)), "128 bytes on heap");
  EXPECT_EQ(to_string(region()), "0 bytes on nowhere");
  const std::string text = to_string(must_make(1, 64, {.node = absent_node}));
  EXPECT_EQ(text, std::to_string(page) + " bytes on pages; " + std::string(to_string(memory_errc::no_such_node)));
}

TEST(memory_words, places_have_names) {
  EXPECT_EQ(to_string(memory_place::nowhere), "nowhere");
  EXPECT_EQ(to_string(memory_place::span), "caller's span");
  EXPECT_EQ(to_string(memory_place::transparent_huge_pages), "transparent huge pages");
  EXPECT_EQ(to_string(memory_place::huge_pages), "huge pages");
  EXPECT_EQ(to_string(static_cast<memory_place>(99)), "invalid memory_place");
}

}  // namespace
}  // namespace tidegate
