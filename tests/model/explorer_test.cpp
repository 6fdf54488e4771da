// The explorer itself: it finds what is wrong, goes through exactly what its bounds say, and repeats what it has found.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <set>
#include <string>

#include "tests/model/explorer/engine.hpp"
#include "tests/model/explorer/explore.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::model {
namespace {

using namespace std::chrono_literals;
using futex_word = model_atomic<std::uint64_t>;
using flag = model_atomic<int>;

/// What all clients here have in common.
template <unsigned Threads>
struct plain_client {
  static constexpr unsigned threads = Threads;
  void before() {}
  void after() {}
};

template <class Client>
[[nodiscard]] report explored(bounds limits = {2, 1, 1}) {
  exploration how;
  how.limits = limits;
  how.deepen = false;
  how.least_executions = 1;
  return explore(client_of<Client>("client"), how);
}

// How much is explored.

struct two_stores_each : plain_client<2> {
  flag x{0}, y{0};
  void thread(unsigned) {
    x.store(1, order::relaxed);
    y.store(1, order::relaxed);
  }
};
TEST(explorer, goes_through_every_interleaving_once) {
  EXPECT_EQ(explored<two_stores_each>({0, 0, 0}).executions, 2U) << "who goes first";
  EXPECT_EQ(explored<two_stores_each>({9, 0, 0}).executions, 6U) << "4 over 2";
  EXPECT_TRUE(explored<two_stores_each>({9, 0, 0}).exhausted);
}

struct reads_after_three_stores : plain_client<2> {
  static inline std::set<int> seen;
  flag x{0};
  int read = 0;
  void thread(unsigned index) {
    if (index == 1) {
      read = x.load(order::relaxed);
    } else {
      for (int value = 1; value <= 3; ++value) x.store(value, order::relaxed);
    }
  }
  void after() { seen.insert(read); }
};
TEST(explorer, counts_stale_reads_against_their_bound) {
  reads_after_three_stores::seen.clear();
  EXPECT_EQ(explored<reads_after_three_stores>({0, 0, 0}).executions, 2U);
  EXPECT_EQ(reads_after_three_stores::seen, (std::set<int>{0, 3}));
  reads_after_three_stores::seen.clear();
  EXPECT_EQ(explored<reads_after_three_stores>({0, 1, 0}).executions, 5U)
      << "1 when it goes first, 4 values afterwards";
  EXPECT_EQ(reads_after_three_stores::seen, (std::set<int>{0, 1, 2, 3}));
}

/// Only in some executions does thread 1 write where thread 0 has its own variable.
struct second_writer_comes_late : plain_client<2> {
  static inline std::set<std::string> seen;
  flag own{0}, x{0};
  std::array<int, 2> read{};
  void thread(unsigned index) {
    if (index == 0) {
      own.store(1, order::relaxed);
      x.store(1, order::relaxed);
      read[0] = own.load(order::relaxed);
    } else if (x.load(order::relaxed) == 1) {
      own.store(2, order::relaxed);
    }
  }
  void after() { seen.insert(std::to_string(read[0])); }
};
TEST(explorer, asks_before_loads_of_a_location_with_a_second_writer) {
  second_writer_comes_late::seen.clear();
  EXPECT_TRUE(explored<second_writer_comes_late>({9, 0, 0}).exhausted);
  EXPECT_EQ(second_writer_comes_late::seen, (std::set<std::string>{"1", "2"}));
}

struct chooses : plain_client<1> {
  static inline std::set<unsigned> seen;
  void thread(unsigned) { seen.insert(10 * explorer::choose(3) + explorer::choose(2)); }
};
TEST(explorer, tries_every_choice_of_a_client) {
  chooses::seen.clear();
  EXPECT_EQ(explored<chooses>().executions, 6U);
  EXPECT_EQ(chooses::seen, (std::set<unsigned>{0, 1, 10, 11, 20, 21}));
}

// Futexes and time.

/// Sleeps while the word is 0; the other thread raises and wakes, in the right or the wrong order.
template <bool WakesTooEarly>
struct sleeps_and_is_woken : plain_client<2> {
  static constexpr std::array probes{"slept", "did not sleep"};
  futex_word word{0};
  void thread(unsigned index) {
    if (index == 0) {
      while (word.load(order::relaxed) == 0) {
        const auto outcome = model_sync::futex_wait(word, 0, deadline::never());
        explorer::reached(outcome == futex_outcome::woken ? "slept" : "did not sleep");
      }
      return;
    }
    if (WakesTooEarly) static_cast<void>(model_sync::futex_wake(word, 1));
    word.store(1, order::relaxed);
    if (!WakesTooEarly) static_cast<void>(model_sync::futex_wake(word, 1));
  }
};
TEST(explorer, compares_and_sleeps_in_one_step) {
  const report found = explored<sleeps_and_is_woken<false>>();
  EXPECT_FALSE(found.failed) << found.text();
  EXPECT_TRUE(found.exhausted);
}
TEST(explorer, finds_a_lost_wake) {
  const report found = explored<sleeps_and_is_woken<true>>();
  EXPECT_EQ(found.failure, "deadlock: T0 sleeps for ever");
}

struct sleeps_until : plain_client<2> {
  static inline std::set<futex_outcome> seen;
  futex_word word{0};
  void thread(unsigned index) {
    if (index == 1) return word.store(0, order::relaxed);
    const deadline until(model_sync::now() + 3ms);
    const futex_outcome outcome = model_sync::futex_wait(word, 0, until);
    seen.insert(outcome);
    const bool is_over = until.reached(model_sync::now());
    explorer::check(is_over || outcome != futex_outcome::timed_out, "a timeout is not early");
  }
};
TEST(explorer, lets_time_pass_when_all_sleep) {
  sleeps_until::seen.clear();
  EXPECT_FALSE(explored<sleeps_until>({2, 1, 0}).failed);
  EXPECT_EQ(sleeps_until::seen, (std::set<futex_outcome>{futex_outcome::timed_out}));
}
TEST(explorer, wakes_sleepers_for_no_reason_at_the_cost_of_a_surprise) {
  sleeps_until::seen.clear();
  EXPECT_FALSE(explored<sleeps_until>({2, 1, 1}).failed);
  EXPECT_EQ(sleeps_until::seen,
            (std::set<futex_outcome>{futex_outcome::woken, futex_outcome::timed_out, futex_outcome::interrupted}));
}

struct two_sleepers_one_wake : plain_client<3> {
  static inline std::set<unsigned> first;
  futex_word word{0};
  int woken = 0;
  void thread(unsigned index) {
    if (index == 2) {
      while (model_sync::futex_wake(word, 1) == 0) explorer::pause();
      while (model_sync::futex_wake(word, 1) == 0) explorer::pause();
      return;
    }
    static_cast<void>(model_sync::futex_wait(word, 0, deadline::never()));
    if (woken++ == 0) first.insert(index);
  }
};
TEST(explorer, wakes_sleepers_in_any_order) {
  two_sleepers_one_wake::first.clear();
  EXPECT_FALSE(explored<two_sleepers_one_wake>({1, 0, 0}).failed);
  EXPECT_EQ(two_sleepers_one_wake::first, (std::set<unsigned>{0, 1}));
}

/// A wake teaches the sleeper nothing.
struct message_before_wake : plain_client<2> {
  static inline std::set<int> seen;
  futex_word word{0};
  flag data{0};
  int read = 0;
  void thread(unsigned index) {
    if (index == 1) {
      data.store(1, order::relaxed);
      while (model_sync::futex_wake(word, 1) == 0) explorer::pause();
      return;
    }
    static_cast<void>(model_sync::futex_wait(word, 0, deadline::never()));
    read = data.load(order::relaxed);
  }
  void after() { seen.insert(read); }
};
TEST(explorer, futexes_order_nothing_but_their_own_word) {
  message_before_wake::seen.clear();
  EXPECT_FALSE(explored<message_before_wake>({2, 1, 0}).failed);
  EXPECT_EQ(message_before_wake::seen, (std::set<int>{0, 1}));
}

// Spinning.

struct spins_for_a_flag : plain_client<2> {
  flag up{0};
  void thread(unsigned index) {
    if (index == 1) return up.store(1, order::release);
    while (up.load(order::acquire) == 0) explorer::pause();
  }
};
TEST(explorer, lets_others_go_on_while_one_spins) {
  for (const bounds& limits : {bounds{0, 0, 0}, bounds{2, 1, 0}, bounds{4, 3, 0}}) {
    const report found = explored<spins_for_a_flag>(limits);
    EXPECT_FALSE(found.failed) << found.text();
    EXPECT_TRUE(found.exhausted);
  }
}
struct spins_for_nothing : plain_client<2> {
  flag up{0};
  void thread(unsigned index) {
    if (index == 1) return;
    while (up.load(order::acquire) == 0) explorer::pause();
  }
};
TEST(explorer, finds_a_livelock) { EXPECT_EQ(explored<spins_for_nothing>().failure, "livelock: T0 spins for ever"); }

struct spins_until_it_is_late : plain_client<1> {
  void thread(unsigned) {
    const deadline until(model_sync::now() + 5ms);
    while (!until.reached(model_sync::now())) explorer::pause();
  }
};
TEST(explorer, lets_time_pass_for_those_who_spin) { EXPECT_FALSE(explored<spins_until_it_is_late>().failed); }

struct sleeps_often : plain_client<1> {
  futex_word word{0};
  void thread(unsigned) {
    for (int i = 0; i < 150; ++i) static_cast<void>(model_sync::futex_wait(word, 0, model_sync::now() + 1ms));
  }
};
TEST(explorer, never_takes_deadlines_for_a_standstill) { EXPECT_EQ(explored<sleeps_often>({0, 0, 0}).failure, ""); }

/// Whoever holds the lock sleeps; whoever wants it changes nothing by trying.
struct sleeps_with_a_lock : plain_client<2> {
  flag locked{0};
  futex_word word{0};
  void thread(unsigned index) {
    while (locked.exchange(1, order::acquire) != 0) explorer::pause();
    if (index == 0) static_cast<void>(model_sync::futex_wait(word, 0, model_sync::now() + 1ms));
    locked.store(0, order::release);
  }
};
TEST(explorer, takes_no_store_of_the_same_value_for_news) {
  EXPECT_EQ(explored<sleeps_with_a_lock>({0, 0, 0}).failure, "");
  EXPECT_EQ(explored<sleeps_with_a_lock>({2, 1, 0}).failure, "");
}

struct hogs : plain_client<1> {
  flag x{0};
  void thread(unsigned) {
    while (x.load(order::relaxed) == 0) x.store(0, order::relaxed);
  }
};
TEST(explorer, ends_a_loop_that_never_pauses) { EXPECT_EQ(explored<hogs>().failure, "livelock: more than 4000 steps"); }

// Cells.

enum class misuse : std::uint8_t { none, of_nothing, twice, leak, destroyed_twice };

template <misuse What>
struct uses_a_cell : plain_client<1> {
  model_cell<int> cell;
  void thread(unsigned) {
    if (What != misuse::of_nothing) cell.construct(1);
    if (What == misuse::twice) cell.construct(2);
    explorer::check(cell.get() == 1, "the element is there");
    if (What != misuse::leak) cell.destroy();
    if (What == misuse::destroyed_twice) cell.destroy();
  }
};
TEST(explorer, knows_whether_an_element_lives) {
  EXPECT_EQ(explored<uses_a_cell<misuse::none>>().failure, "");
  EXPECT_EQ(explored<uses_a_cell<misuse::of_nothing>>().failure, "use: no element is there");
  EXPECT_EQ(explored<uses_a_cell<misuse::twice>>().failure, "construct: an element is already there");
  EXPECT_EQ(explored<uses_a_cell<misuse::leak>>().failure, "leak: an element is left in its slot");
  EXPECT_EQ(explored<uses_a_cell<misuse::destroyed_twice>>().failure, "destroy: no element is there");
}

struct two_write : plain_client<2> {
  model_variable<int> data{0};
  void thread(unsigned index) { data.set(static_cast<int>(index)); }
};
TEST(explorer, finds_two_writes_at_once) {
  EXPECT_EQ(explored<two_write>().failure, "race: write beside a write of another thread");
}
struct one_reads_one_writes : plain_client<2> {
  model_variable<int> data{0};
  void thread(unsigned index) {
    if (index == 0) return data.set(1);
    static_cast<void>(data.get());
  }
};
TEST(explorer, finds_a_read_beside_a_write) { EXPECT_TRUE(explored<one_reads_one_writes>().failed); }
struct both_read : plain_client<2> {
  model_variable<int> data{0};
  void thread(unsigned) { static_cast<void>(data.get()); }
};
TEST(explorer, lets_two_read) { EXPECT_FALSE(explored<both_read>().failed); }

// Reports.

struct reaches : plain_client<2> {
  static constexpr std::array probes{"common", "impossible"};
  void thread(unsigned) { explorer::reached("common"); }
};
TEST(explorer, fails_when_a_probe_is_never_reached) {
  EXPECT_EQ(explored<reaches>().failure, "never reached: impossible");
}

struct alone : plain_client<1> {
  void thread(unsigned) {}
};
TEST(explorer, fails_when_too_little_was_explored) {
  exploration how;
  EXPECT_EQ(explore(client_of<alone>("alone"), how).failure, "vacuous: only 1 executions");
}

struct remembers : plain_client<2> {
  static inline int executions = 0;
  flag x{0};
  void thread(unsigned) {
    if (executions++ % 2 == 0) static_cast<void>(explorer::choose(3));
    if (executions % 3 == 0) x.store(1, order::relaxed);
    x.store(2, order::relaxed);
  }
};
TEST(explorer, fails_when_a_client_depends_on_something_outside) {
  EXPECT_EQ(explored<remembers>().failure, "the client does not do the same when it is run again");
}

/// Wrong only when both threads read before either writes.
struct lost_update : plain_client<2> {
  flag x{0};
  void thread(unsigned) {
    const int old = x.load(order::relaxed);
    x.store(old + 1, order::relaxed);
  }
  void after() { explorer::check(x.load(order::relaxed) == 2, "no update is lost"); }
};
TEST(explorer, replays_a_failure_from_its_tape) {
  const report found = explored<lost_update>();
  EXPECT_EQ(found.failure, "no update is lost");
  const report again = replay(client_of<lost_update>("client"), found.tape);
  EXPECT_EQ(again.failure, found.failure);
  EXPECT_EQ(again.trace, found.trace);
  EXPECT_NE(found.trace.find("explorer_test.cpp"), std::string::npos) << found.trace;
  EXPECT_FALSE(replay(client_of<lost_update>("client"), "2,1,1/03:").failed) << "the usual execution is right";
}
TEST(explorer, finds_it_at_random_and_replays_that) {
  for (const search_mode mode : {search_mode::random, search_mode::pct}) {
    exploration how;
    how.mode = mode;
    how.most_executions = 2'000;
    const report found = explore(client_of<lost_update>("client"), how);
    EXPECT_EQ(found.failure, "no update is lost");
    EXPECT_EQ(replay(client_of<lost_update>("client"), found.tape).failure, found.failure) << found.tape;
  }
}
/// Wrong when thread 0 goes first; thread 1 takes no step.
struct first_is_wrong : plain_client<2> {
  bool second_was_there = false;
  void thread(unsigned index) {
    if (index == 1) second_was_there = true;
    explorer::check(second_was_there, "thread 1 goes first");
  }
};
TEST(explorer, draws_who_goes_first) {
  exploration how;
  how.mode = search_mode::pct;
  how.most_executions = 100;
  EXPECT_EQ(explore(client_of<first_is_wrong>("client"), how).failure, "thread 1 goes first");
}

struct too_many_ways : plain_client<1> {
  void thread(unsigned) { static_cast<void>(explorer::choose(37)); }
};
TEST(explorer, says_when_a_tape_has_no_digit_for_a_choice) {
  EXPECT_EQ(explored<too_many_ways>().failure, "more than 36 ways are open at one point");
}

/// Both threads are within a handler of their own exception when they change places.
struct both_throw : plain_client<2> {
  flag x{0};
  void thread(unsigned index) {
    try {
      throw static_cast<int>(index);
    } catch (int) {
      x.store(1, order::relaxed);
      x.store(2, order::relaxed);
      try {
        throw;
      } catch (int mine) {
        explorer::check(mine == static_cast<int>(index), "a thread rethrows its own exception");
      }
    }
  }
};
TEST(explorer, keeps_the_exceptions_of_threads_apart) { EXPECT_EQ(explored<both_throw>({4, 0, 0}).failure, ""); }

TEST(explorer, refuses_what_is_not_a_tape) {
  for (const char* tape : {"", "2,1/:0", "2,1,1/", "2,1,1:0", "2,1,1/:!", "x,1,1/:0", "2,1,1,T0/:0", "2,1,1,T@1/:0",
                           "fre/:0", "free/0:0", "free/xx:0"}) {
    EXPECT_EQ(replay(client_of<lost_update>("client"), tape).failure.substr(0, 11), "not a tape:") << tape;
  }
}

// Threads that are stopped for ever.

struct lock_protects : plain_client<2> {
  static constexpr unsigned may_freeze = 0b11;
  flag locked{0};
  void thread(unsigned) {
    int free = 0;
    while (!locked.compare_exchange_strong(free, 1, order::acquire, order::relaxed)) {
      free = 0;
      explorer::pause();
    }
    locked.store(0, order::release);
  }
};
TEST(explorer, shows_that_a_stopped_thread_blocks_others_behind_a_lock) {
  exploration how;
  how.limits = {1, 0, 0};
  EXPECT_FALSE(explore(client_of<lock_protects>("lock"), how).failed) << "nobody is stopped";
  const report found = explore_frozen(client_of<lock_protects>("lock"), how);
  EXPECT_EQ(found.failure, "livelock: T0 is frozen; T1 spins for ever");
  EXPECT_EQ(replay(client_of<lock_protects>("lock"), found.tape).failure, found.failure);
}

struct counts_without_a_lock : plain_client<2> {
  static constexpr unsigned may_freeze = 0b01;
  flag x{0};
  void thread(unsigned index) {
    x.fetch_add(1, order::relaxed);
    x.fetch_add(1, order::relaxed);
    if (index == 1) explorer::measure("steps of the other", explorer::steps());
  }
};
TEST(explorer, stops_a_thread_at_each_of_its_steps) {
  exploration how;
  how.limits = {0, 0, 0};
  const report found = explore_frozen(client_of<counts_without_a_lock>("counts"), how);
  EXPECT_FALSE(found.failed) << found.text();
  EXPECT_EQ(found.frozen, 4U) << "before each of two steps, with either thread first";
  EXPECT_EQ(found.probes.count("steps of the other"), 2U);
}

}  // namespace
}  // namespace tidegate::model
