// The explorer's memory model against C++20: for each small program, exactly the outcomes that the standard allows.
// At the end the known gaps: outcomes that the standard allows and the explorer does not produce, pinned.
#include <gtest/gtest.h>

#include <atomic>

#include "tests/model/litmus.hpp"

namespace tidegate::model {
namespace {

using std::memory_order;
constexpr auto rlx = std::memory_order_relaxed;
constexpr auto acq = std::memory_order_acquire;
constexpr auto rel = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto sc = std::memory_order_seq_cst;

void fence(memory_order how) {
  execution& run = execution::here();
  run.step();
  run.store().fence(run.thread(), how);
}

enum class between : std::uint8_t { nothing, fence_sc, fence_acq_rel, light, heavy };

template <between What>
void put_between() {
  if constexpr (What == between::fence_sc) fence(sc);
  if constexpr (What == between::fence_acq_rel) fence(acq_rel);
  if constexpr (What == between::light) model_sync::light_fence();
  if constexpr (What == between::heavy) static_cast<void>(model_sync::heavy_fence());
}

// Store buffering: each thread stores to its own word and reads the other's.

template <memory_order Store, memory_order Load, between Mine = between::nothing, between Yours = Mine>
struct store_buffering {
  static constexpr unsigned threads = 2;
  word x{0}, y{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, Store);
      put_between<Mine>();
      r[0] = y.load(Load);
    } else {
      y.store(1, Store);
      put_between<Yours>();
      r[1] = x.load(Load);
    }
  }
};
const outcomes all_of_two{"00", "01", "10", "11"};
const outcomes not_both_old{"01", "10", "11"};

TEST(litmus, store_buffering_relaxed) { EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx>>()), all_of_two); }
TEST(litmus, store_buffering_release_acquire) { EXPECT_EQ((outcomes_of<store_buffering<rel, acq>>()), all_of_two); }
TEST(litmus, store_buffering_seq_cst) { EXPECT_EQ((outcomes_of<store_buffering<sc, sc>>()), not_both_old); }
TEST(litmus, store_buffering_one_access_weaker) {
  EXPECT_EQ((outcomes_of<store_buffering<sc, acq>>()), all_of_two);
  EXPECT_EQ((outcomes_of<store_buffering<rel, sc>>()), all_of_two);
}
TEST(litmus, store_buffering_with_seq_cst_fences) {
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::fence_sc>>()), not_both_old);
}
TEST(litmus, store_buffering_with_one_fence_only) {
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::fence_sc, between::nothing>>()), all_of_two);
}
TEST(litmus, store_buffering_with_weaker_fences) {
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::fence_acq_rel>>()), all_of_two);
}
TEST(litmus, store_buffering_with_an_asymmetric_pair) {
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::light, between::heavy>>()), not_both_old);
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::heavy, between::light>>()), not_both_old);
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::heavy, between::heavy>>()), not_both_old);
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::heavy, between::fence_sc>>()), not_both_old);
}
TEST(litmus, light_fences_alone_order_nothing) {
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::light, between::light>>()), all_of_two);
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::light, between::fence_sc>>()), all_of_two);
}
TEST(litmus, a_heavy_fence_alone_orders_nothing) {
  EXPECT_EQ((outcomes_of<store_buffering<rlx, rlx, between::heavy, between::nothing>>()), all_of_two);
}

/// One side orders by a fence, the other by seq_cst accesses.
struct store_buffering_mixed {
  static constexpr unsigned threads = 2;
  word x{0}, y{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, rlx);
      fence(sc);
      r[0] = y.load(rlx);
    } else {
      y.store(1, sc);
      r[1] = x.load(sc);
    }
  }
};
TEST(litmus, a_seq_cst_fence_is_ordered_with_seq_cst_accesses) {
  EXPECT_EQ(outcomes_of<store_buffering_mixed>(), not_both_old);
}

/// Both sides change the same word in between: one of the changes comes first.
struct store_buffering_by_rmw {
  static constexpr unsigned threads = 2;
  word x{0}, y{0}, middle{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    (index == 0 ? x : y).store(1, rlx);
    middle.fetch_add(1, acq_rel);
    r[index] = (index == 0 ? y : x).load(rlx);
  }
};
TEST(litmus, store_buffering_by_read_modify_writes_of_one_word) {
  EXPECT_EQ(outcomes_of<store_buffering_by_rmw>(), not_both_old);
}

/// A seq_cst load of a word that only its own thread writes has its place among the others, too.
struct own_word_read_late {
  static constexpr unsigned threads = 2;
  word x{0}, y{0};
  std::array<int, 3> r{};
  void thread(unsigned index) {
    if (index == 0) {
      y.store(1, sc);
      r[0] = x.load(sc);
    } else {
      x.store(1, rlx);
      r[1] = y.load(sc);
      r[2] = x.load(sc);
    }
  }
};
TEST(litmus, a_seq_cst_load_of_an_own_word_is_ordered) {
  EXPECT_EQ(outcomes_of<own_word_read_late>(), (outcomes{"001", "011", "101", "111"}));
}

// Message passing: data, then a flag.

template <memory_order Store, memory_order Load, between Mine = between::nothing, between Yours = Mine>
struct message_passing {
  static constexpr unsigned threads = 2;
  word data{0}, flag{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    if (index == 0) {
      data.store(1, rlx);
      put_between<Mine>();
      flag.store(1, Store);
    } else {
      r[0] = flag.load(Load);
      put_between<Yours>();
      r[1] = data.load(rlx);
    }
  }
};
const outcomes no_flag_without_data{"00", "01", "11"};

TEST(litmus, message_passing_relaxed) { EXPECT_EQ((outcomes_of<message_passing<rlx, rlx>>()), all_of_two); }
TEST(litmus, message_passing_half_ordered) {
  EXPECT_EQ((outcomes_of<message_passing<rel, rlx>>()), all_of_two);
  EXPECT_EQ((outcomes_of<message_passing<rlx, acq>>()), all_of_two);
}
TEST(litmus, message_passing_release_acquire) {
  EXPECT_EQ((outcomes_of<message_passing<rel, acq>>()), no_flag_without_data);
}
TEST(litmus, message_passing_by_fences) {
  EXPECT_EQ((outcomes_of<message_passing<rlx, rlx, between::fence_acq_rel>>()), no_flag_without_data);
  EXPECT_EQ((outcomes_of<message_passing<rlx, acq, between::fence_acq_rel, between::nothing>>()), no_flag_without_data);
  EXPECT_EQ((outcomes_of<message_passing<rel, rlx, between::nothing, between::fence_acq_rel>>()), no_flag_without_data);
}

template <memory_order Store, memory_order Load>
struct message_in_plain_memory {
  static constexpr unsigned threads = 2;
  model_variable<int> data{0};
  word flag{0};
  std::array<int, 1> r{};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      flag.store(1, Store);
    } else if (flag.load(Load) == 1) {
      r[0] = data.get();
    }
  }
};
TEST(litmus, plain_memory_is_raced_for_without_release_and_acquire) {
  const outcomes race{"failed: race: read beside a write of another thread"};
  EXPECT_EQ((outcomes_of<message_in_plain_memory<rel, acq>>()), (outcomes{"0", "1"}));
  EXPECT_EQ((outcomes_of<message_in_plain_memory<rlx, acq>>()), race);
  EXPECT_EQ((outcomes_of<message_in_plain_memory<rel, rlx>>()), race);
}

// Coherence: one word is never seen to go back.

struct read_read {
  static constexpr unsigned threads = 2;
  word x{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, rlx);
    } else {
      r[0] = x.load(rlx);
      r[1] = x.load(rlx);
    }
  }
};
TEST(litmus, two_reads_agree_with_the_modification_order) {
  EXPECT_EQ(outcomes_of<read_read>(), (outcomes{"00", "01", "11"}));
}

/// What one thread has read, another one that heard from it must not unread.
struct read_hands_on {
  static constexpr unsigned threads = 3;
  word x{0}, flag{0};
  std::array<int, 3> r{};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, rlx);
    } else if (index == 1) {
      r[0] = x.load(rlx);
      flag.store(1, rel);
    } else {
      r[1] = flag.load(acq);
      r[2] = x.load(rlx);
    }
  }
};
TEST(litmus, reads_are_coherent_across_threads) {
  const outcomes seen = outcomes_of<read_hands_on>();
  EXPECT_FALSE(seen.contains("110"));
  EXPECT_EQ(seen.size(), 7U) << "everything else";
}

// Independent reads of independent writes.

template <memory_order Load, memory_order Store>
struct independent_reads {
  static constexpr unsigned threads = 4;
  word x{0}, y{0};
  std::array<int, 4> r{};
  void thread(unsigned index) {
    switch (index) {
      case 0: x.store(1, Store); break;
      case 1: y.store(1, Store); break;
      case 2:
        r[0] = x.load(Load);
        r[1] = y.load(Load);
        break;
      default:
        r[2] = y.load(Load);
        r[3] = x.load(Load);
        break;
    }
  }
};
TEST(litmus, independent_reads_may_disagree_with_acquire) {
  EXPECT_EQ((outcomes_of<independent_reads<acq, rel>>().size()), 16U);
}
TEST(litmus, independent_reads_agree_with_seq_cst) {
  const outcomes seen = outcomes_of<independent_reads<sc, sc>>();
  EXPECT_FALSE(seen.contains("1010"));
  EXPECT_EQ(seen.size(), 15U) << "everything else";
}

// Release sequences.

enum class second_store : std::uint8_t { rmw_of_another_thread, plain_store_of_the_same_thread };

template <second_store Second>
struct release_sequence {
  static constexpr unsigned threads = 3;
  model_variable<int> data{0};
  word flag{0};
  std::array<int, 1> r{};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      flag.store(1, rel);
      if constexpr (Second == second_store::plain_store_of_the_same_thread) flag.store(2, rlx);
    } else if (index == 1) {
      if constexpr (Second == second_store::rmw_of_another_thread) {
        int one = 1;
        static_cast<void>(flag.compare_exchange_strong(one, 2, rlx, rlx));
      }
    } else if (flag.load(acq) == 2) {
      r[0] = data.get();
    }
  }
};
TEST(litmus, a_read_modify_write_continues_a_release_sequence) {
  EXPECT_EQ((outcomes_of<release_sequence<second_store::rmw_of_another_thread>>()), (outcomes{"0", "1"}));
}
TEST(litmus, a_plain_store_ends_a_release_sequence) {
  EXPECT_EQ((outcomes_of<release_sequence<second_store::plain_store_of_the_same_thread>>()),
            (outcomes{"failed: race: read beside a write of another thread"}));
}

// Read-modify-writes are atomic and read the newest value.

struct increments {
  static constexpr unsigned threads = 3;
  word x{0};
  std::array<int, 3> r{};
  void thread(unsigned index) { r[index] = x.fetch_add(1, rlx); }
};
TEST(litmus, read_modify_writes_are_totally_ordered) {
  EXPECT_EQ(outcomes_of<increments>(), (outcomes{"012", "021", "102", "120", "201", "210"}));
}

struct exchange_fails {
  static constexpr unsigned threads = 2;
  word x{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    if (index == 0) return x.store(1, rlx);
    int expected = 1;
    r[0] = x.compare_exchange_strong(expected, 2, rlx, rlx) ? 1 : 0;
    r[1] = expected;
  }
};
TEST(litmus, an_exchange_fails_on_an_old_value_too) {
  EXPECT_EQ(outcomes_of<exchange_fails>(), (outcomes{"00", "11"}));
}

struct weak_exchange {
  static constexpr unsigned threads = 1;
  word x{0};
  std::array<int, 1> r{};
  void thread(unsigned) {
    int expected = 0;
    r[0] = x.compare_exchange_weak(expected, 1, rlx, rlx) ? 1 : 0;
  }
};
TEST(litmus, a_weak_exchange_may_fail_for_no_reason) {
  EXPECT_EQ(outcomes_of<weak_exchange>(1), (outcomes{"0", "1"}));
  EXPECT_EQ(outcomes_of<weak_exchange>(0), (outcomes{"1"}));
}

// Known gaps: allowed by C++20, never produced. Whoever closes one sees these tests fail and changes docs/proof.md.

struct load_buffering {
  static constexpr unsigned threads = 2;
  word x{0}, y{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    r[index] = (index == 0 ? x : y).load(rlx);
    (index == 0 ? y : x).store(1, rlx);
  }
};
TEST(litmus_gap, load_buffering_is_not_produced) {
  EXPECT_EQ(outcomes_of<load_buffering>(), (outcomes{"00", "01", "10"}));
}

/// Two threads store to two words in opposite order; the set-up thread reads the last value of each.
struct two_writes_each {
  static constexpr unsigned threads = 2;
  word x{0}, y{0};
  std::array<int, 2> r{};
  void thread(unsigned index) {
    (index == 0 ? x : y).store(1, rlx);
    (index == 0 ? y : x).store(2, rlx);
  }
  void end() { r = {x.load(rlx), y.load(rlx)}; }
};
TEST(litmus_gap, modification_order_is_the_order_of_execution) {
  EXPECT_EQ(outcomes_of<two_writes_each>(), (outcomes{"12", "21", "22"})) << "C++20 allows 11";
}

/// Z6.U of Lahav et al., "Repairing sequential consistency in C/C++11", PLDI 2017.
struct seq_cst_against_coherence {
  static constexpr unsigned threads = 3;
  word x{0}, y{0};
  std::array<int, 3> r{};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, sc);
      y.store(1, rel);
    } else if (index == 1) {
      r[0] = y.fetch_add(1, sc);
      r[1] = y.load(rlx);
    } else {
      y.store(3, sc);
      r[2] = x.load(sc);
    }
  }
};
TEST(litmus_gap, the_order_of_seq_cst_operations_is_the_order_of_execution) {
  const outcomes seen = outcomes_of<seq_cst_against_coherence>();
  EXPECT_TRUE(seen.contains("131"));
  EXPECT_FALSE(seen.contains("130")) << "C++20 allows it";
}

}  // namespace
}  // namespace tidegate::model
