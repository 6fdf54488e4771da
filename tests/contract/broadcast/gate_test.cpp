// broadcast_ring in gate mode: nothing is lost, the slowest reader is the credit, and what becomes of one that is too
// slow is its own choice.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/broadcast_reader.hpp"
#include "tidegate/ring/broadcast_ring.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

TEST(broadcast_gate, gives_every_reader_every_element_in_order) {
  broadcast_ring<std::string> ring(3);
  auto one = ring.make_reader();
  auto other = ring.make_reader();
  std::string out;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(one.try_pop(out), pop_status::empty);
    EXPECT_FALSE(one.pop_ready());
    ASSERT_EQ(ring.try_push("number " + std::to_string(i)), push_status::ok);
    EXPECT_TRUE(one.pop_ready());
    for (auto* each : {&one, &other}) {
      ASSERT_EQ(each->try_pop(out), pop_status::ok);
      EXPECT_EQ(out, "number " + std::to_string(i));
    }
  }
  EXPECT_EQ(one.lost() + other.lost(), 0U);
}

TEST(broadcast_gate, is_full_when_the_slowest_reader_is_a_capacity_behind) {
  for (std::size_t capacity = 1; capacity <= 20; ++capacity) {
    broadcast_ring<std::size_t> ring(capacity);
    auto slow = ring.make_reader();
    auto quick = ring.make_reader();
    std::size_t out = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < capacity; ++i) {
      EXPECT_TRUE(ring.push_ready());
      ASSERT_EQ(ring.try_push(next++), push_status::ok);
      ASSERT_EQ(quick.try_pop(out), pop_status::ok);
    }
    EXPECT_EQ(slow.lag_hint(), capacity);
    for (std::size_t i = 0; i < 3 * capacity; ++i) {
      EXPECT_FALSE(ring.push_ready());
      std::size_t untouched = 77;
      ASSERT_EQ(ring.try_push(std::move(untouched)), push_status::full);
      EXPECT_TRUE(ring.grace_end().is_never());
      ASSERT_EQ(slow.try_pop(out), pop_status::ok);
      EXPECT_EQ(out, i);
      ASSERT_EQ(ring.try_push(next++), push_status::ok);
      ASSERT_EQ(quick.try_pop(out), pop_status::ok);
    }
  }
}

TEST(broadcast_gate, without_readers_is_never_full_and_a_new_one_begins_where_it_is_asked_to) {
  for (std::size_t capacity = 1; capacity <= 20; ++capacity) {
    broadcast_ring<int> ring(capacity);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
    auto next = ring.make_reader();
    auto oldest = ring.make_reader({.start = reader_start::oldest});
    EXPECT_LE(oldest.lag_hint(), capacity);
    EXPECT_GE(oldest.lag_hint(), capacity - capacity / 8 - 1) << "all but an eighth is kept";
    const bool is_full = oldest.lag_hint() == capacity;
    int expected = 100 - static_cast<int>(oldest.lag_hint());
    ASSERT_EQ(ring.try_push(100), is_full ? push_status::full : push_status::ok);
    int out = -1;
    while (expected < 100) {
      ASSERT_EQ(oldest.try_pop(out), pop_status::ok);
      ASSERT_EQ(out, expected++);
    }
    if (is_full) {
      ASSERT_EQ(ring.try_push(100), push_status::ok);
    }
    ASSERT_EQ(next.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, 100);
  }
}

TEST(broadcast_gate, reader_that_leaves_holds_nobody_back_and_gives_its_row_back) {
  broadcast_ring<int> ring(2, broadcast_rows{.readers = 2});
  auto one = ring.make_reader();
  std::optional other(ring.make_reader());
  EXPECT_THROW(static_cast<void>(ring.make_reader()), std::system_error);
  auto none = ring.try_make_reader();
  EXPECT_FALSE(static_cast<bool>(none));
  int out = 0;
  EXPECT_EQ(none.try_pop(out), pop_status::no_row);
  EXPECT_TRUE(none.pop_ready());
  for (int i = 0; i < 2; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(one.try_pop(out), pop_status::ok);
  ASSERT_EQ(ring.try_push(2), push_status::full);
  other.reset();
  ASSERT_EQ(ring.try_push(2), push_status::ok);
  auto third = ring.try_make_reader();
  ASSERT_TRUE(static_cast<bool>(third));
  EXPECT_EQ(third.try_pop(out), pop_status::empty);
  one = std::move(third);
  EXPECT_TRUE(static_cast<bool>(ring.try_make_reader())) << "what was assigned over has left";
}

TEST(broadcast_gate, element_is_read_in_place_and_destroyed_when_its_slot_is_used_again) {
  std::vector<std::weak_ptr<int>> alive;
  {
    broadcast_ring<std::unique_ptr<int>> plain(2);  // move-only
    ASSERT_EQ(plain.try_push(std::make_unique<int>(3)), push_status::ok);
    broadcast_ring<std::shared_ptr<int>> ring(2);
    auto reader = ring.make_reader();
    for (int i = 0; i < 5; ++i) {
      auto value = std::make_shared<int>(i);
      alive.emplace_back(value);
      ASSERT_EQ(ring.try_push(std::move(value)), push_status::ok);
      const int* where = nullptr;
      ASSERT_EQ(reader.try_consume([&](const std::shared_ptr<int>& held) { where = held.get(); }), pop_status::ok);
      EXPECT_EQ(where, alive.back().lock().get());
      for (int j = 0; j <= i; ++j) EXPECT_EQ(alive[static_cast<std::size_t>(j)].expired(), j < i - 1);
    }
  }
  for (const auto& each : alive) EXPECT_TRUE(each.expired());
}

TEST(broadcast_gate, callback_that_throws_has_read_its_element) {
  for (const slow_reader slow : {slow_reader::block, slow_reader::lap, slow_reader::evict}) {
    broadcast_ring<int> ring(1);
    auto reader = ring.make_reader({.slow = slow, .grace = 1h});
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(ring.try_push(i), push_status::ok);
      EXPECT_THROW(static_cast<void>(reader.try_consume([](const int&) { throw std::runtime_error("no"); })),
                   std::runtime_error);
    }
  }
}

TEST(broadcast_gate, constructor_that_throws_changes_nothing) {
  struct picky {
    explicit picky(int of) : value(of) {
      if (of == 0) throw std::invalid_argument("zero");
    }
    int value;
  };
  broadcast_ring<picky> ring(1);
  auto reader = ring.make_reader();
  EXPECT_THROW(static_cast<void>(ring.try_emplace(0)), std::invalid_argument);
  EXPECT_FALSE(reader.pop_ready());
  EXPECT_EQ(ring.try_emplace(1), push_status::ok);
  EXPECT_EQ(ring.try_emplace(0), push_status::full);
}

TEST(broadcast_gate, reader_that_laps_is_told_how_many_it_lost) {
  for (const std::size_t capacity : {1U, 2U, 7U, 8U, 32U}) {
    broadcast_ring<std::uint64_t> ring(capacity);
    auto sure = ring.make_reader();
    auto lapping = ring.make_reader({.slow = slow_reader::lap});
    std::uint64_t read = 0;
    std::uint64_t out = 0;
    for (std::uint64_t i = 1; i <= 500; ++i) {
      ASSERT_EQ(ring.try_push(i), push_status::ok) << "one that laps holds nobody back";
      ASSERT_EQ(sure.try_pop(out), pop_status::ok);
      if (i % 11 != 0) continue;
      const std::uint64_t lost_before = lapping.lost();
      pop_status status = lapping.try_pop(out);
      if (status == pop_status::lapped) {
        EXPECT_EQ(lapping.last_lost(), lapping.lost() - lost_before);
        status = lapping.try_pop(out);
      }
      for (unsigned n = 0; status == pop_status::ok && n < 5; ++n, status = lapping.try_pop(out)) {
        ASSERT_EQ(out, ++read + lapping.lost());
      }
      if (status == pop_status::ok) {
        ASSERT_EQ(out, ++read + lapping.lost());
      }
    }
    EXPECT_GT(lapping.lost(), 0U);
    for (pop_status status = lapping.try_pop(out); status != pop_status::empty; status = lapping.try_pop(out)) {
      read += status == pop_status::ok ? 1 : 0;
    }
    EXPECT_EQ(read + lapping.lost(), 500U);
  }
}

TEST(broadcast_gate, reader_that_is_evicted_is_told_so_for_ever) {
  broadcast_ring<int> ring(2, broadcast_rows{.readers = 2});
  auto sure = ring.make_reader();
  std::optional slow(ring.make_reader({.slow = slow_reader::evict}));
  int out = 0;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(ring.try_push(i), push_status::ok);
    ASSERT_EQ(sure.try_pop(out), pop_status::ok);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(slow->pop_ready());
    EXPECT_EQ(slow->try_pop(out), pop_status::evicted);
  }
  EXPECT_FALSE(static_cast<bool>(ring.try_make_reader())) << "it has its row until it leaves";
  slow.reset();
  EXPECT_TRUE(static_cast<bool>(ring.try_make_reader()));
}

TEST(broadcast_gate, grace_runs_from_the_first_refused_push) {
  broadcast_ring<int> ring(1);
  auto slow = ring.make_reader({.slow = slow_reader::lap, .grace = 1h});
  ASSERT_EQ(ring.try_push(1), push_status::ok);
  ASSERT_EQ(ring.try_push(2), push_status::full);
  const auto end = ring.grace_end();
  EXPECT_FALSE(end.is_never());
  EXPECT_GT(end.when(), native_sync::now() + 59min);
  ASSERT_EQ(ring.try_push(2), push_status::full);
  EXPECT_EQ(ring.grace_end().when(), end.when());
  int out = 0;
  ASSERT_EQ(slow.try_pop(out), pop_status::ok);
  ASSERT_EQ(ring.try_push(2), push_status::ok);
  ASSERT_EQ(ring.try_push(3), push_status::full);
  EXPECT_GT(ring.grace_end().when(), end.when()) << "it has moved: its time begins anew";
}

TEST(broadcast_gate, reader_is_not_overtaken_in_the_middle_of_an_element) {
  broadcast_ring<int> ring(1);
  auto slow = ring.make_reader({.slow = slow_reader::evict});
  ASSERT_EQ(ring.try_push(1), push_status::ok);
  ASSERT_EQ(slow.try_consume([&](const int& element) {
    EXPECT_EQ(ring.try_push(2), push_status::full);
    EXPECT_EQ(element, 1);
  }),
            pop_status::ok);
  EXPECT_EQ(ring.try_push(2), push_status::ok);
  EXPECT_EQ(ring.try_push(3), push_status::ok);
  int out = 0;
  EXPECT_EQ(slow.try_pop(out), pop_status::evicted);
}

TEST(broadcast_gate, delivers_what_came_before_the_close_then_closed_for_ever) {
  broadcast_ring<int> ring(3);
  auto reader = ring.make_reader();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(ring.try_push(i), push_status::ok);
  ring.close();
  EXPECT_TRUE(ring.closed() && ring.push_ready());
  EXPECT_EQ(ring.try_push(9), push_status::closed);
  int out = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(reader.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, i);
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(reader.pop_ready());
    EXPECT_EQ(reader.try_pop(out), pop_status::closed);
    EXPECT_TRUE(reader.ended());
  }
  EXPECT_EQ(ring.make_reader({.start = reader_start::oldest}).try_pop(out), pop_status::ok) << "it comes late, but";
}

struct alignas(128) wide {
  explicit wide(std::uint64_t of) noexcept : value(of) {}
  std::uint64_t value;
};

TEST(broadcast_gate, keeps_the_alignment_of_its_elements) {
  broadcast_ring<wide> ring(3, broadcast_rows{.readers = 3});
  auto reader = ring.make_reader();
  for (std::uint64_t i = 0; i < 7; ++i) {
    ASSERT_EQ(ring.try_emplace(i), push_status::ok);
    ASSERT_EQ(reader.try_consume([&](const wide& element) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&element) % alignof(wide), 0U);
      EXPECT_EQ(element.value, i);
    }),
              pop_status::ok);
  }
  EXPECT_THROW(broadcast_ring<int>(0), std::invalid_argument);
  EXPECT_THROW(broadcast_ring<int>(1, broadcast_rows{.readers = std::size_t{1} << 60}), std::bad_alloc);
}

/// Readers that stay, and readers that come and go, against one publisher.
TEST(broadcast_gate, loses_nothing_while_readers_come_and_go) {
  constexpr std::uint64_t count = 6'000;
  broadcast_ring<std::vector<std::uint64_t>> ring(8, broadcast_rows{.readers = 4});
  const auto read_to_the_end = [&](auto reader) {
    std::uint64_t expected = 0;
    std::uint64_t wrong = 0;
    for (pop_status status = pop_status::ok; status != pop_status::closed;) {
      status = reader.try_consume([&](const auto& element) { wrong += element.at(1) != ++expected ? 1 : 0; });
      if (status == pop_status::empty) native_sync::yield();
    }
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(expected, count);
  };
  const auto come_and_go = [&](reader_start start) {
    std::uint64_t wrong = 0;
    while (!ring.closed()) {
      auto reader = ring.make_reader({.start = start});
      std::uint64_t last = 0;
      for (unsigned i = 0; i < 20; ++i) {
        const auto check = [&](const auto& element) {
          wrong += element.size() != 2 || (last != 0 && element[1] != last + 1) ? 1 : 0;
          last = element[1];
        };
        if (reader.try_consume(check) == pop_status::empty) native_sync::yield();
      }
    }
    EXPECT_EQ(wrong, 0U);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 2; ++i) threads.emplace_back(read_to_the_end, ring.make_reader());
  for (const auto start : {reader_start::next, reader_start::oldest}) threads.emplace_back(come_and_go, start);
  for (std::uint64_t i = 1; i <= count;) {
    if (ring.try_push({0, i}) == push_status::ok) {
      ++i;
    } else {
      native_sync::yield();
    }
  }
  ring.close();
  for (std::thread& each : threads) each.join();
}

/// One that laps and one that is evicted against a publisher that nobody else holds back.
TEST(broadcast_gate, overtakes_readers_without_touching_what_they_read) {
  broadcast_ring<std::vector<std::uint64_t>> ring(4);
  constexpr std::uint64_t count = 6'000;
  const auto read = [&](auto reader) {
    std::uint64_t seen = 0;
    std::uint64_t wrong = 0;
    pop_status status = pop_status::ok;
    while (status != pop_status::closed && status != pop_status::evicted) {
      status = reader.try_consume([&](const auto& element) {
        ++seen;
        for (unsigned i = 0; i < 20; ++i) native_sync::pause();
        wrong += element.size() != 3 || element[2] != seen + reader.lost() ? 1 : 0;
      });
      if (status == pop_status::empty) native_sync::yield();
    }
    EXPECT_EQ(wrong, 0U);
    if (status == pop_status::closed) {
      EXPECT_EQ(seen + reader.lost(), count);
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(read, ring.make_reader({.slow = slow_reader::lap}));
  threads.emplace_back(read, ring.make_reader({.slow = slow_reader::lap, .grace = 10us}));
  threads.emplace_back(read, ring.make_reader({.slow = slow_reader::evict, .grace = 50us}));
  for (std::uint64_t i = 1; i <= count;) {
    if (ring.try_push({0, 0, i}) == push_status::ok) {
      ++i;
    } else {
      native_sync::yield();
    }
  }
  ring.close();
  for (std::thread& each : threads) each.join();
}

}  // namespace
}  // namespace tidegate::test
