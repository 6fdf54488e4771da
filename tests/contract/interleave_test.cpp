// One side's call happens inside the other side's, at every step of it: each answer is still true.
//
// One thread, no chance: an intruder makes a whole call before the k-th access to shared state, for every k. Weaker
// orders and calls that are cut in half themselves are not covered by this.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

constexpr std::size_t most = 64;  // elements in one bulk call

/// What a claim and a peek grant at least, where there is as much.
constexpr std::size_t least_span = cache_line_bytes / 2 / sizeof(std::uint32_t);

/// A queue with numbers in it that follow each other, and what is known about it.
template <class Kind>
class scene {
 public:
  using sync = typename Kind::sync;

  /// `depth` elements inside, the first one `phase` slots into the ring.
  scene(std::size_t bound, std::size_t phase, std::size_t depth) : queue(Kind::template make<std::uint32_t>(bound)) {
    for (std::size_t i = 0; i < phase; ++i) {
      push(1);
      pop(1);
    }
    push(depth);
  }

  /// Makes `inner` happen before the `step`-th access of `outer`. False when `outer` has fewer steps.
  template <class Inner, class Outer>
  [[nodiscard]] bool interleave(int step, Inner&& inner, Outer&& outer) {
    bool happened = false;
    sync::guest.action = [&] {
      inner();
      happened = true;
    };
    sync::guest.countdown = step;
    outer();
    sync::guest.countdown = -1;
    return happened;
  }

  std::size_t push(std::size_t count) {
    std::uint32_t batch[most];
    for (std::size_t i = 0; i < count; ++i) batch[i] = pushed + static_cast<std::uint32_t>(i);
    const std::size_t accepted = queue.try_push_n(batch, count);
    pushed += static_cast<std::uint32_t>(accepted);
    return accepted;
  }
  std::size_t pop(std::size_t count) {
    std::uint32_t batch[most];
    const std::size_t taken = queue.try_pop_n(batch, count);
    for (std::size_t i = 0; i < taken; ++i) EXPECT_EQ(batch[i], popped++);
    return taken;
  }
  [[nodiscard]] std::size_t depth() const noexcept { return pushed - popped; }

  typename Kind::template type<std::uint32_t> queue;
  std::uint32_t pushed = 0;
  std::uint32_t popped = 0;
};

/// What the intruder does, on the other side of the call it disturbs. Answers how many elements that moved.
template <class Scene>
std::size_t disturb_pop(Scene& scene, int how) {
  switch (how) {
    case 0: return scene.push(1);
    case 1: return scene.push(9);
    case 2: return scene.push(most);
    case 3: {
      const std::size_t accepted = scene.push(1);
      scene.queue.close();
      return accepted;
    }
    default: scene.queue.close(); return 0;
  }
}

/// Calls of the consumer, with `before` elements inside when they begin.
template <class Scene>
void pop_one(Scene& scene, std::size_t before) {
  std::uint32_t out = 0;
  switch (scene.queue.try_pop(out)) {
    case pop_status::ok: EXPECT_EQ(out, scene.popped++); break;
    case pop_status::empty: EXPECT_EQ(before, 0U) << "never empty during the call"; break;
    default: EXPECT_EQ(scene.depth(), 0U) << "closed before the last element";
  }
}
template <class Scene>
void peek_and_release(Scene& scene, std::size_t before) {
  auto peek = scene.queue.try_peek(most);
  const std::size_t count = peek.count();
  EXPECT_LE(count, scene.depth());
  EXPECT_GE(count, std::min(before, least_span));
  for (auto span : peek.spans()) {
    for (const auto value : span) EXPECT_EQ(value, scene.popped++);
  }
  peek.release(count);
}
template <class Scene>
void disturbed_pop(Scene& scene, int call, std::size_t before) {
  switch (call) {
    case 0: return pop_one(scene, before);
    case 1: EXPECT_GE(scene.pop(most), std::min(before, most)); return;
    case 2: return peek_and_release(scene, before);
    default: {
      const std::size_t seen = scene.queue.depth_hint();
      EXPECT_GE(seen, before);
      EXPECT_LE(seen, scene.depth());
    }
  }
}

template <class Scene>
std::size_t disturb_push(Scene& scene, int how) {
  if (how == 0) return scene.pop(1);
  return scene.pop(how == 1 ? 9 : most);
}

/// Calls of the producer, with room for `before` elements when they begin.
template <class Scene>
void push_one(Scene& scene, std::size_t before) {
  const push_status status = scene.queue.try_push(std::uint32_t{scene.pushed});
  if (status == push_status::ok) {
    ++scene.pushed;
  } else {
    EXPECT_EQ(before, 0U) << "never full during the call";
  }
}
template <class Scene>
void claim_and_publish(Scene& scene, std::size_t before) {
  auto claim = scene.queue.try_claim(most);
  EXPECT_GE(claim.count(), std::min(before, least_span));
  for (auto span : claim.spans()) {
    for (auto& slot : span) slot = scene.pushed++;
  }
  claim.publish(claim.count());
}
template <class Scene>
void disturbed_push(Scene& scene, int call, std::size_t before) {
  switch (call) {
    case 0: push_one(scene, before); break;
    case 1: EXPECT_GE(scene.push(most), std::min(before, most)); break;
    case 2: claim_and_publish(scene, before); break;
    default: {
      const std::size_t depth_before = scene.queue.capacity() - before;
      const std::size_t seen = scene.queue.depth_hint();
      EXPECT_LE(seen, depth_before);
      EXPECT_GE(seen, scene.depth());
    }
  }
  EXPECT_LE(scene.depth(), scene.queue.capacity()) << "more than capacity inside";
}

template <class Kind>
class interleaved : public testing::Test {
 protected:
  /// Calls `run(scene, step)` for every capacity, phase, depth and step, until `run` says that there was no such step.
  template <class Run>
  void in_every_scene(Run&& run) {
    for (const std::size_t bound : sizes{1, 2, 14, 16, 29}) {
      for (std::size_t phase = 0; phase<bound + 14; phase += bound> 2 ? 3 : 1) {
        for (const std::size_t depth : sizes{0, 1, bound / 2, bound - 1, bound}) {
          for (int step = 0;; ++step) {
            scene<Kind> one(bound, phase, depth);
            if (!run(one, step)) break;
            ASSERT_FALSE(this->HasFailure())
                << "capacity " << bound << ", phase " << phase << ", depth " << depth << ", step " << step;
          }
        }
      }
    }
  }

  /// All that is left comes out in order.
  static void expect_the_rest(scene<Kind>& one) {
    while (one.pop(most) != 0) {
    }
    EXPECT_EQ(one.depth(), 0U) << "lost";
  }
};

template <literal Name, ring_options Options, class Sync>
struct stepped_kind : spsc_ring_kind<Name, Options, stepped<Sync>> {
  using sync = stepped<Sync>;
};
struct stepped_indexed : stepped_kind<"ring_indexed", indexed, native_sync> {};
struct stepped_packed : stepped_kind<"ring_packed", packed, native_sync> {};
struct stepped_indexed_narrow : stepped_kind<"ring_indexed_narrow", indexed, narrow_sync> {};
struct stepped_packed_narrow : stepped_kind<"ring_packed_narrow", packed, narrow_sync> {};
using stepped_kinds = testing::Types<stepped_indexed, stepped_packed, stepped_indexed_narrow, stepped_packed_narrow>;
TYPED_TEST_SUITE(interleaved, stepped_kinds, kind_names);

TYPED_TEST(interleaved, pushes_at_every_step_of_a_pop) {
  for (int call = 0; call < 4; ++call) {
    for (int how = 0; how < 5; ++how) {
      this->in_every_scene([&](auto& one, int step) {
        const std::size_t before = one.depth();
        const bool happened = one.interleave(
            step, [&] { disturb_pop(one, how); }, [&] { disturbed_pop(one, call, before); });
        this->expect_the_rest(one);
        return happened;
      });
    }
  }
}

TYPED_TEST(interleaved, pops_at_every_step_of_a_push) {
  for (int call = 0; call < 4; ++call) {
    for (int how = 0; how < 3; ++how) {
      this->in_every_scene([&](auto& one, int step) {
        const std::size_t room = one.queue.capacity() - one.depth();
        const bool happened = one.interleave(
            step, [&] { disturb_push(one, how); }, [&] { disturbed_push(one, call, room); });
        this->expect_the_rest(one);
        return happened;
      });
    }
  }
}

}  // namespace
}  // namespace tidegate::test
