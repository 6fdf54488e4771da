// broadcast_ring with several publishers: one order for all readers, no holes, close exact.
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/broadcast_publisher.hpp"
#include "tidegate/ring/broadcast_ring.hpp"

namespace tidegate::test {
namespace {

struct stamped {
  stamped() = default;
  stamped(std::uint64_t of, std::uint64_t which) noexcept : publisher(of), number(which), check(~(of ^ which)) {}
  std::uint64_t publisher = 0;
  std::uint64_t number = 0;
  std::uint64_t check = 0;
};

template <broadcast_mode Mode>
struct of_mode {
  static constexpr bool is_lap = Mode == broadcast_mode::lap;
  template <class T>
  using ring = broadcast_ring<T, broadcast_options{.mode = Mode, .publishers = publisher_count::many}>;
};

template <class Mode>
class broadcast_many : public testing::Test {};
using modes = testing::Types<of_mode<broadcast_mode::lap>, of_mode<broadcast_mode::gate>>;
TYPED_TEST_SUITE(broadcast_many, modes);

TYPED_TEST(broadcast_many, publishers_have_rows_and_give_them_back) {
  typename TypeParam::template ring<int> ring(4, broadcast_rows{.publishers = 2});
  auto reader = ring.make_reader();
  auto one = ring.make_publisher();
  std::optional other(ring.make_publisher());
  EXPECT_THROW(static_cast<void>(ring.make_publisher()), std::system_error);
  auto none = ring.try_make_publisher();
  EXPECT_FALSE(static_cast<bool>(none));
  EXPECT_EQ(none.try_push(1), push_status::no_row);
  ASSERT_EQ(one.try_push(1), push_status::ok);
  ASSERT_EQ(other->try_push(2), push_status::ok);
  other.reset();
  none = ring.make_publisher();
  auto moved = std::move(one);
  EXPECT_EQ(one.try_push(9), push_status::no_row);
  ASSERT_EQ(none.try_push(3), push_status::ok);
  ASSERT_EQ(moved.try_emplace(4), push_status::ok);
  int out = 0;
  for (int expected = 1; expected <= 4; ++expected) {
    EXPECT_TRUE(reader.pop_ready());
    ASSERT_EQ(reader.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, expected);
  }
  EXPECT_EQ(reader.try_pop(out), pop_status::empty);
  EXPECT_FALSE(reader.pop_ready());
  EXPECT_EQ(ring.pushed_hint(), 4U);
}

TYPED_TEST(broadcast_many, close_is_for_all) {
  typename TypeParam::template ring<int> ring(3);
  auto reader = ring.make_reader();
  auto one = ring.make_publisher();
  auto other = ring.make_publisher();
  ASSERT_EQ(one.try_push(1), push_status::ok);
  EXPECT_FALSE(ring.closed());
  ring.close();
  ring.close();
  EXPECT_EQ(one.try_push(2), push_status::closed);
  EXPECT_EQ(other.try_push(2), push_status::closed);
  int out = 0;
  ASSERT_EQ(reader.try_pop(out), pop_status::ok);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(reader.try_pop(out), pop_status::closed);
  EXPECT_TRUE(reader.ended() && reader.pop_ready());
  EXPECT_EQ(ring.make_reader().try_pop(out), pop_status::closed);
}

TEST(broadcast_many_lap, counts_what_is_lost_for_every_capacity) {
  for (std::size_t capacity = 1; capacity <= 70; ++capacity) {
    of_mode<broadcast_mode::lap>::ring<std::uint64_t> ring(capacity, broadcast_rows{.publishers = 2});
    auto reader = ring.make_reader();
    std::array publishers{ring.make_publisher(), ring.make_publisher()};
    std::uint64_t pushed = 0;
    std::uint64_t read = 0;
    for (unsigned round = 1; round <= 20; ++round) {
      for (unsigned i = 0; i < round * 13 % 151; ++i) {
        ++pushed;
        ASSERT_EQ(publishers[pushed * 5 / 7 % 2].try_push(pushed), push_status::ok);
      }
      EXPECT_EQ(reader.lag_hint() + read + reader.lost(), pushed);
      std::uint64_t out = 0;
      const bool must_be_there = reader.lag_hint() <= capacity;
      pop_status status = reader.try_pop(out);
      ASSERT_TRUE(!must_be_there || status != pop_status::lapped);
      while (status != pop_status::empty) {
        if (status == pop_status::ok) {
          ASSERT_EQ(out, ++read + reader.lost());
        }
        status = reader.try_pop(out);
      }
      EXPECT_EQ(read + reader.lost(), pushed);
    }
    auto oldest = ring.make_reader({.start = reader_start::oldest});
    EXPECT_GE(oldest.lag_hint(), capacity - 1);
    std::uint64_t out = 0;
    const bool is_empty = oldest.lag_hint() == 0;
    ASSERT_EQ(oldest.try_pop(out), is_empty ? pop_status::empty : pop_status::ok);
  }
  using ring = of_mode<broadcast_mode::lap>::ring<int>;
  EXPECT_THROW(ring(ring::max_capacity + 1), std::invalid_argument);
  EXPECT_THROW(ring(1, broadcast_rows{.publishers = 0}), std::invalid_argument);
  EXPECT_THROW(ring(1, broadcast_rows{.publishers = 1025}), std::bad_alloc);
}

TYPED_TEST(broadcast_many, handle_that_is_moved_to_itself_keeps_its_row) {
  typename TypeParam::template ring<int> ring(4, broadcast_rows{.readers = 1, .publishers = 1});
  auto reader = ring.make_reader();
  auto publisher = ring.make_publisher();
  auto& same_reader = reader;
  auto& same_publisher = publisher;
  reader = std::move(same_reader);
  publisher = std::move(same_publisher);
  EXPECT_FALSE(static_cast<bool>(ring.try_make_publisher()));
  EXPECT_EQ(static_cast<bool>(ring.try_make_reader()), TypeParam::is_lap) << "a reader that laps has no row";
  ASSERT_EQ(publisher.try_push(1), push_status::ok);
  int out = 0;
  EXPECT_EQ(reader.try_pop(out), pop_status::ok);
}

using gate_of_many = of_mode<broadcast_mode::gate>;

/// Acts when it is moved, and can be derived from.
struct acting {
  std::function<void()>* act = nullptr;
  explicit acting(std::function<void()>* of) noexcept : act(of) {}
  acting(acting&& other) noexcept : act(std::exchange(other.act, nullptr)) {
    if (act != nullptr) (*act)();
  }
  acting& operator=(acting&& other) noexcept {
    act = std::exchange(other.act, nullptr);
    return *this;
  }
  virtual ~acting() = default;
};
struct derived final : acting {
  using acting::acting;
  std::shared_ptr<int> held = std::make_shared<int>(1);
};

TEST(broadcast_many_gate, what_a_close_has_kept_back_is_whole_again_also_in_a_larger_object) {
  gate_of_many::ring<acting> ring(4);
  auto publisher = ring.make_publisher();
  std::function<void()> close = [&] { ring.close(); };
  derived larger(&close);
  const std::weak_ptr<int> held = larger.held;
  EXPECT_EQ(publisher.try_push(static_cast<acting&&>(larger)), push_status::closed);
  EXPECT_EQ(larger.act, &close);
  EXPECT_FALSE(held.expired());
}

TEST(broadcast_many_gate, is_full_when_the_slowest_reader_is_a_capacity_behind) {
  for (std::size_t capacity = 1; capacity <= 20; ++capacity) {
    gate_of_many::ring<std::unique_ptr<std::size_t>> ring(capacity, broadcast_rows{.readers = 2, .publishers = 2});
    std::array publishers{ring.make_publisher(), ring.make_publisher()};
    for (std::size_t i = 0; i < 3 * capacity; ++i) {
      ASSERT_EQ(publishers[i % 2].try_push(std::make_unique<std::size_t>(i)), push_status::ok) << "nobody reads";
    }
    auto slow = ring.make_reader();
    auto quick = ring.make_reader();
    std::size_t out = 0;
    const auto look = [&out](const std::unique_ptr<std::size_t>& element) { out = *element; };
    for (std::size_t i = 0; i < capacity; ++i) {
      ASSERT_EQ(publishers[i % 2].try_emplace(std::make_unique<std::size_t>(i)), push_status::ok);
    }
    for (std::size_t i = 0; i < 3 * capacity; ++i) {
      auto next = std::make_unique<std::size_t>(capacity + i);
      for (auto& each : publishers) {
        EXPECT_FALSE(each.push_ready());
        ASSERT_EQ(each.try_push(std::move(next)), push_status::full);
        ASSERT_TRUE(next);
        EXPECT_TRUE(each.grace_end().is_never());
      }
      ASSERT_EQ(quick.try_consume(look), pop_status::ok);
      ASSERT_EQ(slow.try_consume(look), pop_status::ok);
      EXPECT_EQ(out, i);
      EXPECT_TRUE(publishers[0].push_ready());
      ASSERT_EQ(publishers[i % 2].try_push(std::move(next)), push_status::ok);
    }
  }
}

TEST(broadcast_many_gate, overtakes_readers_that_allow_it) {
  gate_of_many::ring<int> ring(2, broadcast_rows{.readers = 3});
  auto publisher = ring.make_publisher();
  auto lapping = ring.make_reader({.slow = slow_reader::lap});
  auto evicted = ring.make_reader({.slow = slow_reader::evict});
  auto patient = ring.make_reader({.slow = slow_reader::lap, .grace = std::chrono::hours(1)});
  int out = 0;
  for (int i = 1; i <= 2; ++i) ASSERT_EQ(publisher.try_push(i), push_status::ok);
  ASSERT_EQ(publisher.try_push(3), push_status::full);
  EXPECT_FALSE(publisher.grace_end().is_never());
  ASSERT_EQ(patient.try_pop(out), pop_status::ok);
  ASSERT_EQ(publisher.try_push(3), push_status::ok);
  EXPECT_EQ(evicted.try_pop(out), pop_status::evicted);
  EXPECT_EQ(lapping.try_pop(out), pop_status::lapped);
  EXPECT_EQ(lapping.lost(), 1U);
  ASSERT_EQ(lapping.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 2);
}

TEST(broadcast_many_gate, elements_are_destroyed_when_their_slot_leaves_and_with_the_ring) {
  std::vector<std::weak_ptr<int>> alive;
  {
    gate_of_many::ring<std::shared_ptr<int>> ring(2, broadcast_rows{.readers = 1, .publishers = 1});
    auto publisher = ring.make_publisher();
    for (int i = 0; i < 6; ++i) {
      auto value = std::make_shared<int>(i);
      alive.emplace_back(value);
      ASSERT_EQ(publisher.try_push(std::move(value)), push_status::ok);
      for (int j = 0; j <= i; ++j) EXPECT_EQ(alive[static_cast<std::size_t>(j)].expired(), j < i - 1);
    }
  }
  for (const auto& each : alive) EXPECT_TRUE(each.expired());
}

/// Three publishers and three readers; a fourth thread closes.
TYPED_TEST(broadcast_many, has_one_order_and_loses_nothing_unseen) {
  constexpr unsigned publishers = 3;
  constexpr std::uint64_t most = 6'000;
  typename TypeParam::template ring<stamped> ring(16, broadcast_rows{.publishers = publishers});
  std::array<std::uint64_t, publishers> accepted{};
  std::array<std::uint64_t, 3> totals{};
  std::array<std::uint64_t, 3> wrong{};
  const auto publish = [&](auto publisher, unsigned index) {
    while (accepted[index] < most) {
      const push_status status = publisher.try_emplace(index, accepted[index] + 1);
      if (status == push_status::closed) return;
      if (status == push_status::ok) ++accepted[index];
      if (status != push_status::ok || accepted[index] % 32 == 0) native_sync::yield();
    }
  };
  const auto read = [&](auto reader, unsigned index) {
    std::array<std::uint64_t, publishers> last{};
    std::uint64_t seen = 0;
    for (pop_status status = pop_status::ok; status != pop_status::closed;) {
      status = reader.try_consume([&](const stamped& element) {
        ++seen;
        const bool whole = element.publisher < publishers && element.check == ~(element.publisher ^ element.number);
        const std::uint64_t before = whole ? std::exchange(last[element.publisher], element.number) : 0;
        const bool in_order = TypeParam::is_lap ? element.number > before : element.number == before + 1;
        wrong[index] += !whole || !in_order ? 1 : 0;
      });
      if (status == pop_status::empty) native_sync::yield();
    }
    totals[index] = seen + reader.lost();
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) threads.emplace_back(read, ring.make_reader(), i);
  for (unsigned i = 0; i < publishers; ++i) threads.emplace_back(publish, ring.make_publisher(), i);
  while (ring.pushed_hint() < most) native_sync::yield();
  ring.close();
  for (std::thread& each : threads) each.join();
  std::uint64_t all = 0;
  for (const std::uint64_t each : accepted) all += each;
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(totals[i], all) << "reader " << i;
    EXPECT_EQ(wrong[i], 0U) << "reader " << i;
  }
}

}  // namespace
}  // namespace tidegate::test
