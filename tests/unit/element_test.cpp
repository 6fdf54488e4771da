// What may travel, decided at compile time.
#include "tidegate/base/element.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/ring/ring_options.hpp"

namespace tidegate {
namespace {

struct move_throws {
  move_throws(move_throws&&) noexcept(false);
};
struct destructor_throws {
  destructor_throws(destructor_throws&&) noexcept;
  ~destructor_throws() noexcept(false);
};
struct immovable {
  immovable(immovable&&) = delete;
};
struct no_default {
  explicit no_default(int) noexcept;
};
struct no_assignment {
  no_assignment(no_assignment&&) noexcept = default;
  no_assignment& operator=(no_assignment&&) = delete;
};
struct alignas(128) over_aligned {};
struct trivial_but_for_the_destructor {
  ~trivial_but_for_the_destructor() {}
};

static_assert(queue_element<int> && queue_element<int*> && queue_element<std::string>);
static_assert(queue_element<std::unique_ptr<int>> && queue_element<std::vector<int>>);
static_assert(queue_element<no_default> && queue_element<over_aligned> && queue_element<no_assignment>);
static_assert(!queue_element<move_throws> && !queue_element<destructor_throws> && !queue_element<immovable>);
static_assert(!queue_element<int&> && !queue_element<int&&> && !queue_element<void> && !queue_element<int()>);
static_assert(!queue_element<const int> && !queue_element<volatile int> && !queue_element<int[4]>);

static_assert(plain_element<int> && plain_element<std::array<char, 3>> && plain_element<over_aligned>);
static_assert(!plain_element<std::string> && !plain_element<std::unique_ptr<int>>);
static_assert(!plain_element<trivial_but_for_the_destructor>);

// Which layout an element gets.
constexpr ring_options automatic{};
static_assert(layout_for<char>(automatic) == ring_layout::packed);
static_assert(layout_for<std::array<char, packed_element_bytes>>(automatic) == ring_layout::packed);
static_assert(layout_for<std::array<char, packed_element_bytes + 1>>(automatic) == ring_layout::indexed);
static_assert(layout_for<std::unique_ptr<int>>(automatic) == ring_layout::indexed, "small but not plain");
static_assert(layout_for<char>({.layout = ring_layout::indexed}) == ring_layout::indexed);
static_assert(layout_for<std::array<char, 16>>({.layout = ring_layout::packed}) == ring_layout::packed);

TEST(element, rules_hold_at_compile_time) { SUCCEED(); }

}  // namespace
}  // namespace tidegate
