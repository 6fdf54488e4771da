// Shedding by age: what stands is shed and what is a burst is not, and everything that is not served is handed back.
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/adaptive_lifo.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/packet_codel.hpp"
#include "tidegate/flow/stamped.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using clock = virtual_sync;
using job = stamped<std::unique_ptr<int>>;

job arrived(int id, nanoseconds ago = 0ns) { return {std::make_unique<int>(id), clock::now() - ago}; }

TEST(stamped, has_waited_since_its_arrival_and_never_less_than_nothing) {
  EXPECT_EQ(sojourn(arrived(1, 7ms), clock::now()), 7ms);
  EXPECT_EQ(sojourn(arrived(1, -7ms), clock::now()), 0ns);
  const stamped<int> ancient{1, deadline::time_point::min()};
  EXPECT_EQ(sojourn(ancient, deadline::time_point::max()), nanoseconds::max());
}

TEST(codel, sheds_nothing_before_a_whole_window_was_slow) {
  codel<clock> shedder;
  for (int i = 0; i < 99; ++i) {
    EXPECT_FALSE(shedder.sheds(50ms));
    clock::advance(1ms);
  }
  EXPECT_FALSE(shedder.overloaded_hint());
  clock::advance(1ms);
  EXPECT_TRUE(shedder.sheds(50ms));
  EXPECT_TRUE(shedder.overloaded_hint());
  EXPECT_EQ(shedder.shed_count(), 1U);
}

TEST(codel, sheds_only_what_waited_more_than_twice_the_target) {
  codel<clock> shedder;
  EXPECT_FALSE(shedder.sheds(50ms));
  clock::advance(100ms);
  EXPECT_TRUE(shedder.sheds(10ms + 1ns));
  EXPECT_FALSE(shedder.sheds(10ms));
  EXPECT_EQ(shedder.shed_count(), 1U);
}

TEST(codel, takes_one_short_wait_in_a_window_for_a_queue_that_drains) {
  codel<clock> shedder;
  for (int window = 0; window < 5; ++window) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_FALSE(shedder.sheds(i == 7 ? 5ms : 80ms)) << window;
      clock::advance(10ms);
    }
  }
}

TEST(codel, ends_the_overload_with_the_first_window_that_drained) {
  codel<clock> shedder;
  EXPECT_FALSE(shedder.sheds(50ms));
  clock::advance(100ms);
  EXPECT_TRUE(shedder.sheds(50ms));
  EXPECT_FALSE(shedder.sheds(1ms));
  clock::advance(100ms);
  EXPECT_FALSE(shedder.sheds(50ms));
  EXPECT_FALSE(shedder.overloaded_hint());
}

TEST(codel, that_nobody_asked_for_a_whole_window_is_not_overloaded) {
  codel<clock> shedder;
  EXPECT_FALSE(shedder.sheds(50ms));
  clock::advance(200ms);
  EXPECT_FALSE(shedder.sheds(50ms)) << "a silent window: the queue was not standing, or nobody served it";
}

TEST(codel, tells_how_near_it_is) {
  codel<clock> shedder;
  EXPECT_EQ(shedder.load_hint(), 0);
  EXPECT_FALSE(shedder.sheds(5ms));
  EXPECT_DOUBLE_EQ(shedder.load_hint(), 0.5);
  EXPECT_FALSE(shedder.sheds(2500us));
  EXPECT_DOUBLE_EQ(shedder.load_hint(), 0.25);
  EXPECT_FALSE(shedder.sheds(1h));
  EXPECT_DOUBLE_EQ(shedder.load_hint(), 0.25) << "the least";
}

TEST(codel, stands_long_waits_late_clocks_and_the_wrap_of_its_time) {
  codel<clock> shedder({.target = 1ns, .interval = 6400ns});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(shedder.sheds(nanoseconds::max()));
    clock::advance(64ns * ((std::int64_t{1} << 47) - 50 - i));
    EXPECT_FALSE(shedder.sheds(nanoseconds::max())) << "almost a whole turn later";
    clock::advance(200s);
    EXPECT_FALSE(shedder.sheds(nanoseconds::max()));
    EXPECT_FALSE(shedder.sheds(nanoseconds::max(), clock::now() - 50s)) << "an earlier clock turns no window";
    clock::advance(6400ns);
    EXPECT_TRUE(shedder.sheds(nanoseconds::max()));
    EXPECT_FALSE(shedder.sheds(-1ns));
    clock::advance(1h);
  }
}

TEST(codel, knows_a_wait_of_target_from_a_longer_one) {
  for (const nanoseconds target : {nanoseconds(1), nanoseconds(63), nanoseconds(5ms), nanoseconds(10s)}) {
    codel<clock> shedder({.target = target, .interval = 1min});
    for (const bool longer : {false, true}) {
      static_cast<void>(shedder.sheds(target + nanoseconds(longer ? 1 : 0)));
      clock::advance(1min);
      EXPECT_EQ(shedder.sheds(1h), longer) << target.count();
      clock::advance(1h);
    }
  }
}

TEST(codel, keeps_the_least_wait_whatever_its_size) {
  for (const std::int64_t targets : {0, 1, 2, 1022, 1023, 1024, 100'000}) {
    for (const nanoseconds beside : {-1ns, 0ns, 1ns}) {
      codel<clock> shedder;
      const nanoseconds wait = targets * 5ms + beside;
      static_cast<void>(shedder.sheds(wait));
      EXPECT_FALSE(shedder.overloaded_hint()) << "nothing spills into the verdict";
      static_cast<void>(shedder.sheds(1h));
      EXPECT_FALSE(shedder.overloaded_hint()) << "nothing spills into the verdict";
      clock::advance(100ms);
      EXPECT_EQ(shedder.sheds(1h), wait > 5ms) << wait.count();
    }
  }
  codel<clock> shedder;
  EXPECT_FALSE(shedder.sheds(0ns));
  EXPECT_EQ(shedder.load_hint(), 0);
}

TEST(codel, pops_past_what_it_sheds) {
  spsc_ring<job, ring_options{}, clock> ring(8);
  codel<clock> shedder;
  EXPECT_FALSE(shedder.sheds(50ms));
  clock::advance(100ms);
  for (const auto ago : {80ms, 60ms, 9ms, 70ms})
    EXPECT_EQ(ring.try_push(arrived(int(ago.count()), ago)), push_status::ok);
  job out;
  EXPECT_EQ(shedder.pop_fresh(ring, out), pop_status::ok);
  EXPECT_EQ(*out.value, 9);
  EXPECT_EQ(shedder.pop_fresh(ring, out), pop_status::empty);
  EXPECT_EQ(shedder.shed_count(), 3U);
}

TEST(codel, refuses_times_that_mean_nothing) {
  EXPECT_THROW(codel<clock>({.target = 0ns}), std::invalid_argument);
  EXPECT_THROW(codel<clock>({.target = -5ms}), std::invalid_argument);
  EXPECT_THROW(codel<clock>({.target = 6ms, .interval = 5ms}), std::invalid_argument);
  EXPECT_THROW(codel<clock>({.target = 1ns, .interval = 999ns}), std::invalid_argument);
  EXPECT_THROW(codel<clock>({.interval = 11min}), std::invalid_argument);
  EXPECT_THROW(packet_codel<clock>({.target = 0ns}), std::invalid_argument);
  EXPECT_NO_THROW(codel<clock>({.target = 1us, .interval = 1us}));
  EXPECT_NO_THROW(codel<clock>({.interval = 10min}));
}

TEST(packet_codel, drops_ever_more_often_while_the_queue_stands) {
  packet_codel<clock> law;
  std::vector<nanoseconds> drops;
  const auto began = clock::now();
  for (int ms = 0; ms < 1000; ++ms) {
    if (law.drops(20ms, 10)) drops.push_back(clock::now() - began);
    clock::advance(1ms);
  }
  ASSERT_GE(drops.size(), 4U);
  EXPECT_EQ(drops[0], 100ms) << "after a whole interval above target";
  EXPECT_EQ(drops[1], 200ms);
  EXPECT_EQ(drops[2], 271ms) << "100 ms / sqrt(2) later";
  EXPECT_EQ(drops[3], 329ms) << "100 ms / sqrt(3) later";
  EXPECT_EQ(law.drop_count(), drops.size());
}

TEST(packet_codel, spares_the_last_element_and_a_queue_that_became_short) {
  packet_codel<clock> law;
  EXPECT_FALSE(law.drops(20ms, 10));
  clock::advance(100ms);
  EXPECT_FALSE(law.drops(20ms, 0)) << "the last one";
  clock::advance(50ms);
  EXPECT_FALSE(law.drops(20ms, 10)) << "the time above target starts anew";
  clock::advance(100ms);
  EXPECT_TRUE(law.drops(20ms, 10));
  EXPECT_FALSE(law.drops(4ms, 10));
  EXPECT_FALSE(law.drops(20ms, 10));
}

TEST(packet_codel, starts_again_with_the_drops_of_its_last_time) {
  packet_codel<clock> law;
  const auto waits_for_drop = [&law] {
    nanoseconds waited{0};
    for (; !law.drops(5ms, 1); waited += 1ms) clock::advance(1ms);  // a wait of exactly the target is too long
    return waited;
  };
  EXPECT_EQ(waits_for_drop(), 100ms);
  for (int i = 1; i < 5; ++i) EXPECT_GT(waits_for_drop(), 0ms);
  EXPECT_FALSE(law.drops(5ms - 1ns, 1));
  EXPECT_EQ(waits_for_drop(), 100ms) << "an interval above target comes first, always";
  EXPECT_EQ(waits_for_drop(), 50ms) << "100 ms / sqrt(4): as if after 4 drops";
}

TEST(packet_codel, goes_on_near_its_last_rate_when_it_has_just_stopped) {
  packet_codel<clock> law;
  for (int ms = 0; ms < 1000; ++ms) {
    static_cast<void>(law.drops(20ms, 10));
    clock::advance(1ms);
  }
  static_cast<void>(law.drops(1ms, 10));
  std::uint64_t before = law.drop_count();
  for (int ms = 0; ms < 200; ++ms) {
    static_cast<void>(law.drops(20ms, 10));
    clock::advance(1ms);
  }
  EXPECT_GE(law.drop_count() - before, 4U) << "anew it would be two";
  static_cast<void>(law.drops(1ms, 10));
  clock::advance(10s);
  before = law.drop_count();
  for (int ms = 0; ms < 199; ++ms) {
    static_cast<void>(law.drops(20ms, 10));
    clock::advance(1ms);
  }
  EXPECT_EQ(law.drop_count() - before, 1U) << "long ago is forgotten";
}

/// What a consumer that pops everything there is sees.
struct lifo_lab {
  spsc_ring<job, ring_options{}, clock> ring{64};
  adaptive_lifo<job, clock> lifo;
  std::vector<int> timed_out, evicted;

  explicit lifo_lab(std::size_t capacity = 8) : lifo({.capacity = capacity}) {}
  void push(int id) { EXPECT_EQ(ring.try_push(arrived(id)), push_status::ok); }
  /// The number that is served; -1: empty, -2: closed.
  int pop() {
    job out;
    const auto lost = [this](job&& gone, lifo_loss why) noexcept {
      (why == lifo_loss::evicted ? evicted : timed_out).push_back(*gone.value);
    };
    const pop_status status = lifo.pop(ring, out, lost);
    return status == pop_status::ok ? *out.value : status == pop_status::closed ? -2 : -1;
  }
};

TEST(adaptive_lifo, is_a_queue_while_it_is_short) {
  lifo_lab lab;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 3; ++i) lab.push(i);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(lab.pop(), i);
    EXPECT_EQ(lab.pop(), -1);
    clock::advance(30ms);
  }
  EXPECT_TRUE(lab.timed_out.empty() && lab.evicted.empty());
}

TEST(adaptive_lifo, serves_the_newest_first_once_it_stands) {
  lifo_lab lab;
  for (int i = 0; i < 4; ++i) lab.push(i);
  EXPECT_EQ(lab.pop(), 0);
  clock::advance(100ms);
  lab.push(4);
  EXPECT_EQ(lab.pop(), 1) << "exactly the patience is not too long";
  clock::advance(1ns);
  lab.push(5);
  EXPECT_EQ(lab.pop(), 5) << "the newest; the oldest have waited for too long";
  EXPECT_EQ(lab.timed_out, (std::vector{2, 3}));
  EXPECT_EQ(lab.pop(), 4);
  EXPECT_EQ(lab.pop(), -1);
}

TEST(adaptive_lifo, lets_what_arrives_wait_for_little_while_it_stands) {
  lifo_lab lab;
  lab.push(0);
  EXPECT_EQ(lab.pop(), 0);
  lab.push(1);
  clock::advance(60ms);
  lab.push(2);
  clock::advance(41ms);
  lab.push(3);
  lab.push(4);
  EXPECT_EQ(lab.pop(), 4) << "1 has timed out, and the queue stands for 101 ms";
  clock::advance(5ms);
  EXPECT_EQ(lab.pop(), 3) << "5 ms are just allowed";
  lab.push(5);
  clock::advance(5ms + 1ns);
  EXPECT_EQ(lab.pop(), 2) << "5 is behind 2, which came in calm times; it stays until its turn";
  EXPECT_EQ(lab.pop(), -1);
  EXPECT_EQ(lab.timed_out, (std::vector{1, 5}));
  EXPECT_EQ(lab.lifo.timed_out_count(), 2U);
}

TEST(adaptive_lifo, is_patient_up_to_the_very_edge) {
  lifo_lab lab;
  lab.push(0);
  EXPECT_EQ(lab.pop(), 0);
  lab.push(1);
  clock::advance(100ms);
  lab.push(2);  // exactly the patience after the stack was empty
  EXPECT_EQ(lab.pop(), 1);
  clock::advance(100ms);
  EXPECT_EQ(lab.pop(), 2) << "it came in calm times, and may wait as long";
}

TEST(adaptive_lifo, is_calm_again_once_it_was_empty) {
  lifo_lab lab;
  lab.push(0);
  lab.push(1);
  EXPECT_EQ(lab.pop(), 0);
  clock::advance(101ms);
  EXPECT_EQ(lab.pop(), -1);
  for (int i = 2; i < 5; ++i) lab.push(i);
  clock::advance(90ms);
  for (int i = 2; i < 5; ++i) EXPECT_EQ(lab.pop(), i) << "with the long patience, in order";
}

TEST(adaptive_lifo, hands_back_the_oldest_when_it_is_full) {
  lifo_lab lab(2);
  for (int i = 0; i < 5; ++i) lab.push(i);
  EXPECT_EQ(lab.pop(), 0) << "no more than its capacity is taken from the ring at once";
  EXPECT_EQ(lab.pop(), 2) << "1, 2, 3: the oldest had to go";
  EXPECT_EQ(lab.pop(), 3);
  EXPECT_EQ(lab.pop(), 4);
  EXPECT_EQ(lab.pop(), -1);
  EXPECT_EQ(lab.evicted, std::vector{1});
  EXPECT_EQ(lab.lifo.evicted_count(), 1U);
}

TEST(adaptive_lifo, of_a_closed_ring_gives_everything_before_it_ends) {
  lifo_lab lab(2);
  lab.push(0);
  lab.push(1);
  lab.ring.close();
  EXPECT_EQ(lab.pop(), 0);
  EXPECT_EQ(lab.pop(), 1);
  EXPECT_EQ(lab.pop(), -2);
}

TEST(adaptive_lifo, loses_nothing_whatever_happens) {
  lifo_lab lab(7);
  unsigned random = 1;
  int pushed = 0, served = 0, inside = 0;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 1664525 + 1013904223;
    if (random % 3 == 0) clock::advance(nanoseconds(random >> 8));
    for (unsigned i = 0; i < random % 5 && lab.ring.credits_hint() > 0; ++i) lab.push(pushed++);
    if (random % 7 < 3 && lab.pop() >= 0) ++served;
    inside = static_cast<int>(lab.lifo.held() + lab.ring.depth_hint());
    ASSERT_EQ(pushed, served + static_cast<int>(lab.timed_out.size() + lab.evicted.size()) + inside);
    ASSERT_LE(lab.lifo.held(), lab.lifo.capacity());
  }
  EXPECT_GT(served, 1000);
  EXPECT_GT(lab.timed_out.size(), 100U);
  EXPECT_GT(lab.evicted.size(), 100U);
}

TEST(adaptive_lifo, destroys_what_is_left_in_it) {
  const auto watched = std::make_shared<int>(1);
  using element = stamped<std::shared_ptr<int>>;
  {
    adaptive_lifo<element, clock> lifo({.capacity = 4});
    const auto ignored = [](element&&, lifo_loss) noexcept {};
    for (int i = 0; i < 6; ++i) lifo.put(element{watched, clock::now()}, ignored);
    EXPECT_EQ(watched.use_count(), 5) << "what was handed back is gone";
    element out;
    EXPECT_TRUE(lifo.take(out, ignored));
    EXPECT_EQ(watched.use_count(), 5) << "moved out, not copied";
  }
  EXPECT_EQ(watched.use_count(), 1);
}

TEST(adaptive_lifo, refuses_numbers_that_mean_nothing) {
  EXPECT_THROW((adaptive_lifo<job, clock>({.capacity = 0})), std::invalid_argument);
  EXPECT_THROW((adaptive_lifo<job, clock>({.capacity = 1, .rush = 0ns})), std::invalid_argument);
  EXPECT_THROW((adaptive_lifo<job, clock>({.capacity = 1, .patience = 1ms, .rush = 2ms})), std::invalid_argument);
  EXPECT_NO_THROW((adaptive_lifo<job, clock>({.capacity = 1, .patience = 2ms, .rush = 2ms})));
}

}  // namespace
}  // namespace tidegate::test
