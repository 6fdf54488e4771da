// Whole calls of other threads happen inside a call on an exchange ring, at every step: all answers have an order.
//
// One thread, no chance: intruders with rows of their own make their calls before the k-th access to shared state, for
// every k. What is refused keeps its value, also when its slot was filled already. Weaker orders and calls that are cut
// in half themselves are not covered by this.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/policies.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/search.hpp"

namespace tidegate::test {
namespace {

using sync = stepped<native_sync>;

template <literal Name, side_count Sides, exchange_options Options, class Element = counted>
struct stepped_exchange : exchange_kind<Name, Sides, Options, sync> {
  using element = Element;
  using ring = exchange_ring<Element, Sides, Options, sync>;
};

/// Threads, by number in the history.
enum class actor : std::size_t { disturbed, intruder };

/// A ring, its rows, and the history of what was done to it.
template <class Kind>
class stage {
  using element = typename Kind::element;
  using ring = typename Kind::ring;

 public:
  /// `depth` elements inside, the first one `phase` places into the ring.
  stage(std::size_t capacity, std::size_t phase, std::size_t depth) : ring_(capacity, ring_rows{2, 2}) {
    const actor first = Kind::many_producers && Kind::many_consumers ? actor::intruder : actor::disturbed;
    for (std::size_t i = 0; i < phase; ++i) {
      push(first);
      static_cast<void>(pop(first));
    }
    for (std::size_t i = 0; i < depth; ++i) push(first);
  }

  void push(actor who) {
    const std::uint64_t number = ++made_;
    const std::uint64_t invoked = ++now_;
    element value = make_element<element>(static_cast<unsigned>(number));
    const push_status status = producer(who).try_push(std::move(value));
    if (status != push_status::ok) {
      EXPECT_EQ(id_of(value), number) << to_string(status) << " and its value is lost";
    }
    note(operation::push(thread_of(who), number, status), invoked);
  }

  void evict(actor who) {
    const std::uint64_t number = ++made_;
    const std::uint64_t invoked = ++now_;
    element value = make_element<element>(static_cast<unsigned>(number));
    std::uint64_t victim = 0;
    if constexpr (Kind::evicts) {
      const push_status status =
          producer(who).push_evict(std::move(value), [&](element&& oldest) noexcept { victim = id_of(oldest); });
      EXPECT_NE(status, push_status::full);
      if (!accepted(status)) {
        EXPECT_EQ(id_of(value), number) << to_string(status) << " and its value is lost";
      }
      // one step: the two have the same interval
      if (status == push_status::evicted) note(operation::pop(2 + thread_of(who), pop_status::ok, victim), invoked);
      evicted_ = status == push_status::evicted;
      note(operation::push(thread_of(who), number, accepted(status) ? push_status::ok : status), invoked);
    }
  }

  pop_status pop(actor who) {
    const std::uint64_t invoked = ++now_;
    std::uint64_t number = 0;
    const pop_status status = consumer(who).try_consume([&](element&& value) noexcept { number = id_of(value); });
    note(operation::pop(4 + thread_of(who), status, number), invoked);
    return status;
  }

  void close(actor who) {
    const std::uint64_t invoked = ++now_;
    ring_.close();
    note(operation::close(6 + thread_of(who)), invoked);
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

  /// Pops all that is left, and searches an order of everything.
  void conclude(std::size_t late_calls) {
    const promise promised{.capacity = ring_.capacity(), .failures = judgement, .late_calls = late_calls};
    for (int i = 0; i < 2; ++i) {  // the second time nothing comes: the answer stands
      while (pop(actor::disturbed) == pop_status::ok) continue;
    }
    const std::vector<operation> history = order_by_time(recording_);
    linearizer<> search;
    const linearization found = search.check(history, promised);
    EXPECT_TRUE(found) << explain(history, promised, found);
    EXPECT_LE(ring_.depth_hint(), late_calls) << "lost";
  }

  [[nodiscard]] bool has_evicted() const noexcept { return evicted_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }

 private:
  static constexpr failure_judgement judgement =
      Kind::many_producers && Kind::many_consumers ? failure_judgement::joint : failure_judgement::each_failure_alone;

  [[nodiscard]] static std::size_t thread_of(actor who) noexcept { return static_cast<std::size_t>(who); }

  /// A side with one thread has one row, whoever uses it.
  [[nodiscard]] auto& producer(actor who) {
    auto& handle = producers_[Kind::many_producers ? thread_of(who) : 0];
    if (!handle) handle.emplace(ring_.make_producer());
    return *handle;
  }
  [[nodiscard]] auto& consumer(actor who) {
    auto& handle = consumers_[Kind::many_consumers ? thread_of(who) : 0];
    if (!handle) handle.emplace(ring_.make_consumer());
    return *handle;
  }

  void note(operation op, std::uint64_t invoked) { recording_.push_back({op, invoked, ++now_}); }

  ring ring_;
  std::array<std::optional<typename ring::producer>, 2> producers_;
  std::array<std::optional<typename ring::consumer>, 2> consumers_;
  std::vector<timed_operation> recording_;
  std::uint64_t now_ = 0;
  std::uint64_t made_ = 0;
  bool evicted_ = false;
};

/// What the intruder does: a word of letters, each a call.
template <class Stage>
void disturb(Stage& one, const char* word) {
  for (; *word != '\0'; ++word) {
    switch (*word) {
      case 'u': one.push(actor::intruder); break;
      case 'e': one.evict(actor::intruder); break;
      case 'o': static_cast<void>(one.pop(actor::intruder)); break;
      default: one.close(actor::intruder);
    }
  }
}

template <class Kind>
class interleaved_exchange : public testing::Test {
 protected:
  void TearDown() override {
    counted::live = 0;
    sync::guest.action = nullptr;
  }

  /// Calls `outer(stage)` with each of `words` happening at each of its steps, in many states of the ring.
  template <class Outer>
  static void in_every_stage(std::initializer_list<const char*> words, std::size_t late_calls, Outer&& outer) {
    for (const char* const word : words) {
      for (std::size_t capacity = 1; capacity <= 3; ++capacity) {
        for (std::size_t phase = 0; phase <= capacity; ++phase) {
          for (std::size_t depth = 0; depth <= capacity; ++depth) {
            at_every_step(word, {capacity, phase, depth}, late_calls, outer);
          }
        }
      }
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  struct state {
    std::size_t capacity, phase, depth;
  };

  template <class Outer>
  static void at_every_step(const char* word, state of, std::size_t late_calls, Outer&& outer) {
    constexpr int endless = 2'000;
    for (int step = 0; step < endless; ++step) {
      counted::live = 0;
      bool happened = false;
      {
        stage<Kind> one(of.capacity, of.phase, of.depth);
        happened = one.interleave(
            step, [&] { disturb(one, word); }, [&] { outer(one); });
        one.conclude(late_calls);
      }
      EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice";
      if (testing::Test::HasFailure()) {
        ADD_FAILURE() << word << " at step " << step << ", capacity " << of.capacity << ", phase " << of.phase
                      << ", depth " << of.depth;
        return;
      }
      if (!happened) return;
    }
    ADD_FAILURE() << "the call does not end";
  }
};

struct mpmc_at_64 : stepped_exchange<"mpmc", mpmc, exchange_options{}> {};
struct mpmc_at_0 : stepped_exchange<"mpmc_helped", mpmc, helped> {};
struct mpmc_at_1 : stepped_exchange<"mpmc_one_attempt", mpmc, exchange_options{.attempts = 1}> {};
struct mpmc_unhelped : stepped_exchange<"mpmc_lock_free", mpmc, lock_free> {};
struct mpmc_words : stepped_exchange<"mpmc_in_entries_helped", mpmc, helped, std::uint8_t> {};
struct mpsc_at_0 : stepped_exchange<"mpsc_helped", mpsc, helped> {};
struct mpsc_evicting_at_0 : stepped_exchange<"mpsc_evicting_helped", mpsc, evicting_helped> {};
struct spmc_at_0 : stepped_exchange<"spmc_helped", spmc, helped> {};
using stepped_exchanges = testing::Types<mpmc_at_64, mpmc_at_0, mpmc_at_1, mpmc_unhelped, mpmc_words, mpsc_at_0,
                                         mpsc_evicting_at_0, spmc_at_0>;
TYPED_TEST_SUITE(interleaved_exchange, stepped_exchanges, kind_names);

TYPED_TEST(interleaved_exchange, push_with_others_inside) {
  const auto outer = [](auto& one) { one.push(actor::disturbed); };
  if constexpr (TypeParam::many_producers) this->in_every_stage({"u", "uu", "uuu", "uo", "ou", "uc", "cu"}, 0, outer);
  this->in_every_stage({"o", "oo", "ooo"}, 0, outer);
  this->in_every_stage({"c", "co", "oc", "oooc"}, TypeParam::many_producers ? 0 : 1, outer);
}

TYPED_TEST(interleaved_exchange, evicting_push_with_others_inside) {
  if constexpr (TypeParam::evicts) {
    const auto outer = [](auto& one) { one.evict(actor::disturbed); };
    if constexpr (TypeParam::many_producers) this->in_every_stage({"u", "e", "ee", "eu", "eo", "ec", "uuue"}, 0, outer);
    this->in_every_stage({"o", "oo", "ooo"}, 0, outer);
    this->in_every_stage({"c", "co", "oc"}, TypeParam::many_producers ? 0 : 1, outer);
  }
}

TYPED_TEST(interleaved_exchange, pop_with_others_inside) {
  const auto outer = [](auto& one) { static_cast<void>(one.pop(actor::disturbed)); };
  if constexpr (TypeParam::many_consumers) this->in_every_stage({"o", "oo", "ooo", "ou", "uo", "oc", "co"}, 0, outer);
  if constexpr (TypeParam::evicts) this->in_every_stage({"e", "ee", "eee"}, 0, outer);
  this->in_every_stage({"u", "uu", "uuu", "c", "uc", "cu", "uuuc"}, 0, outer);
}

TYPED_TEST(interleaved_exchange, close_with_others_inside) {
  const auto outer = [](auto& one) { one.close(actor::disturbed); };
  if constexpr (TypeParam::evicts) this->in_every_stage({"e", "ee"}, 0, outer);
  this->in_every_stage({"u", "uuu", "o", "ooo", "uo", "ou", "c"}, 0, outer);
}

// A full ring only: what is evicted from any other was not in the way.
TYPED_TEST(interleaved_exchange, eviction_happens_only_when_full) {
  if constexpr (TypeParam::evicts && TypeParam::many_consumers) {
    for (int step = 0; step < 200; ++step) {
      stage<TypeParam> one(3, 1, 2);
      static_cast<void>(one.interleave(
          step, [&] { disturb(one, "o"); }, [&] { one.evict(actor::disturbed); }));
      ASSERT_FALSE(one.has_evicted()) << "never full, step " << step;
      one.conclude(0);
    }
  }
}

}  // namespace
}  // namespace tidegate::test
