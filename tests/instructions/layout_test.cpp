// layout_test.cpp: what different threads write lies on different cache lines, in rings, their slots and queues.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>

#include "tests/instructions/written_lines.hpp"
#include "tests/unit/scripted_sync.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/spsc_ring.hpp"
#include "tidegate/wait/event_count.hpp"

namespace tidegate::test {
namespace {

using word = std::uint64_t;
struct triple {  // a line holds no whole number of them
  word first = 0, second = 0, third = 0;
  triple() = default;
  explicit triple(word value) : first(value), second(value), third(value) {}
};

constexpr std::size_t capacity = 100;
constexpr std::size_t line = cache_line_bytes;

// As users get them: with checks, who plays a role lies beside closed_ and is written once.
template <class T, ring_layout Layout>
using ring = spsc_ring<T, ring_options{.layout = Layout, .check_roles = false}>;

template <class Ring>
inline constexpr ring_layout layout_of = ring_layout::indexed;
template <class T>
inline constexpr ring_layout layout_of<ring<T, ring_layout::packed>> = ring_layout::packed;

template <class Sync>
using queue = spsc_queue<word, queue_options{.ring = {.check_roles = false}}, Sync>;

using bare_queue = spsc_queue<word, queue_options{.wait = wait_kind::spin, .stats = stats_kind::off}>;

constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + line - 1) / line * line; }

// Nothing shares a line with an event count. A ring is four lines: constants, the producer's, the consumer's, closed_.
// A queue adds its configuration, two event counts and three lines of counters. Without them, one line: two wait_points
// of one empty type must differ in address.
static_assert(alignof(event_count<native_sync>) == line && sizeof(event_count<native_sync>) == line);
static_assert(sizeof(ring<word, ring_layout::packed>) == 4 * line);
static_assert(sizeof(ring<word, ring_layout::indexed>) == 4 * line);
static_assert(sizeof(ring<triple, ring_layout::indexed>) == 4 * line);
static_assert(sizeof(queue<native_sync>) == whole_lines(sizeof(queue_config)) + (4 + 2 + 3) * line);
static_assert(sizeof(bare_queue) == whole_lines(sizeof(queue_config)) + (4 + 1) * line);
static_assert(sizeof(queue<scripted_sync>) == sizeof(queue<native_sync>));  // what is seen below holds for both

template <class Queue>
Queue made_on(std::span<std::byte> slots) {
  if constexpr (std::is_constructible_v<Queue, queue_config>) {
    return Queue(queue_config{.capacity = capacity, .memory = {.span = slots}});
  } else {
    return Queue(capacity, {.span = slots});
  }
}

/// The lines that were written by one side.
struct footprint {
  line_numbers object;
  line_numbers slots;
};

/// Something that queues, and its slots, watched while its two sides work.
template <class Queue>
class Watched : public testing::Test {
 protected:
  using element = typename Queue::value_type;

  /// Runs `operation` and adds to `side` what it writes.
  void watch(footprint& side, const std::function<void()>& operation) {
    side.slots.merge(lines_written(slots_, [&] { side.object.merge(lines_written(object(), operation)); }));
  }

  /// Every operation of both sides, again and again, from empty to full.
  void watch_both_sides() {
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 0; i < capacity / 8; ++i) watch(producer_, [this] { produce(); });
      for (std::size_t i = 0; i < capacity / 8; ++i) watch(consumer_, [this] { consume(); });
    }
  }

  /// The answers may be refusals.
  void produce() {
    static_cast<void>(queue_.try_push(next()));
    std::array<element, 5> several = {next(), next(), next(), next(), next()};
    static_cast<void>(queue_.try_push_n(several.data(), several.size()));
    queue_.try_claim(3).abandon();
    auto claim = queue_.try_claim(3);
    for (const auto& span : claim.spans()) {
      for (element& slot : span) slot = next();
    }
    claim.publish(claim.count());
  }

  void consume() {
    std::array<element, 5> out;
    static_cast<void>(queue_.try_pop(out[0]));
    static_cast<void>(queue_.try_pop_n(out.data(), out.size()));
    auto peek = queue_.try_peek(3);
    peek.release(peek.count());
  }

  element next() { return element(++made_); }
  [[nodiscard]] std::span<const std::byte> object() const { return bytes_of(queue_); }

  scripted_sync::machine machine_;  // of the queues with scripted_sync
  alignas(line) std::array<std::byte, whole_lines(capacity * sizeof(element)) * 2> slots_{};
  Queue queue_ = made_on<Queue>(slots_);
  footprint producer_;
  footprint consumer_;
  word made_ = 0;
};

using rings = testing::Types<ring<word, ring_layout::packed>, ring<std::uint32_t, ring_layout::packed>,
                             ring<word, ring_layout::indexed>, ring<triple, ring_layout::indexed>>;
template <class Ring>
using RingLayout = Watched<Ring>;
TYPED_TEST_SUITE(RingLayout, rings);

TYPED_TEST(RingLayout, EachSideWritesOneLineOfItsOwn) {
  ASSERT_TRUE(begins_a_line(&this->queue_));
  this->watch_both_sides();
  EXPECT_EQ(this->producer_.object.size(), 1u);
  EXPECT_EQ(this->consumer_.object.size(), 1u);
  EXPECT_EQ(common(this->producer_.object, this->consumer_.object), line_numbers{});
}

TYPED_TEST(RingLayout, ClosingWritesALineThatNoOperationWrites) {
  this->watch_both_sides();
  footprint closing;
  this->watch(closing, [this] { this->queue_.close(); });
  EXPECT_EQ(closing.object.size(), 1u);
  EXPECT_EQ(common(closing.object, this->producer_.object), line_numbers{});
  EXPECT_EQ(common(closing.object, this->consumer_.object), line_numbers{});
  EXPECT_EQ(closing.slots, line_numbers{});
}

TYPED_TEST(RingLayout, TheConsumerWritesNoSlot) {
  this->watch_both_sides();
  EXPECT_FALSE(this->producer_.slots.empty());
  EXPECT_EQ(this->consumer_.slots, line_numbers{});
}

TYPED_TEST(RingLayout, SlotsOnTheHeapHaveTheirLinesToThemselves) {
  TypeParam on_heap(capacity + 1);
  EXPECT_EQ((on_heap.max_bytes() - sizeof(on_heap)) % line, 0u);
  auto claim = on_heap.try_claim(1);
  const auto* const first = reinterpret_cast<const std::byte*>(claim.spans()[0].data());
  const std::size_t header = layout_of<TypeParam> == ring_layout::packed ? sizeof(word) : 0;
  EXPECT_TRUE(begins_a_line(first - header));
}

template <class Ring>
using PackedLayout = Watched<Ring>;
using packed_rings = testing::Types<ring<word, ring_layout::packed>, ring<std::uint32_t, ring_layout::packed>>;
TYPED_TEST_SUITE(PackedLayout, packed_rings);

TYPED_TEST(PackedLayout, APushWritesOneLineOfSlots) {
  for (std::size_t i = 0; i < 3 * capacity; ++i) {
    footprint push;
    this->watch(push, [this] { ASSERT_EQ(this->queue_.try_push(this->next()), push_status::ok); });
    ASSERT_EQ(push.slots.size(), 1u) << "push " << i;
    typename TypeParam::value_type out;
    ASSERT_EQ(this->queue_.try_pop(out), pop_status::ok);
  }
}

/// A queue whose threads sleep: futex_wait() tells where.
class QueueLayout : public Watched<queue<scripted_sync>> {
 protected:
  QueueLayout() {
    machine_.sleep = [this](const scripted_sync::word_type& at, std::uint32_t, deadline) {
      slept_at_ = line_of(&at, object());
      machine_.now += std::chrono::hours(1);
      return futex_outcome::timed_out;
    };
  }

  /// The producer waits for room, the consumer for an element, both in vain; says where they slept.
  std::size_t push_in_vain() {
    while (queue_.try_push(next()) == push_status::ok) continue;
    watch(producer_, [this] { EXPECT_EQ(queue_.push_for(next(), std::chrono::seconds(1)), push_status::timed_out); });
    return slept_at_;
  }
  std::size_t pop_in_vain() {
    word out = 0;
    while (queue_.try_pop(out) == pop_status::ok) continue;
    watch(consumer_, [&] { EXPECT_EQ(queue_.pop_for(out, std::chrono::seconds(1)), pop_status::timed_out); });
    return slept_at_;
  }

 private:
  std::size_t slept_at_ = 0;
};

TEST_F(QueueLayout, WhatDifferentThreadsWriteLiesOnDifferentLines) {
  ASSERT_TRUE(begins_a_line(&queue_));
  watch_both_sides();
  const std::size_t not_full = push_in_vain();
  const std::size_t not_empty = pop_in_vain();
  footprint closing;
  watch(closing, [this] { queue_.close(); });

  EXPECT_EQ(producer_.object.size(), 2u);  // its line of the ring, its counters
  EXPECT_EQ(consumer_.object.size(), 2u);
  EXPECT_EQ(closing.object.size(), 1u);
  line_numbers written = {not_full, not_empty};
  for (const footprint* side : {&producer_, &consumer_, &closing}) {
    EXPECT_EQ(common(written, side->object), line_numbers{});
    written.insert(side->object.begin(), side->object.end());
  }
  EXPECT_EQ(written.size(), 7u);
}

}  // namespace
}  // namespace tidegate::test
