// Several outcomes are ready when a waiter looks: stop requested, then closed, then the element or credit, then the
// timeout. All combinations, on a scripted machine where everything happens during one sleep.
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/unit/scripted_sync.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

/// What happens while the waiter sleeps.
struct events {
  bool stop, close, ready, timeout;

  explicit events(unsigned bits) noexcept
      : stop((bits & 1) != 0), close((bits & 2) != 0), ready((bits & 4) != 0), timeout((bits & 8) != 0) {}
  static constexpr unsigned combinations = 16;
};

template <wait_kind Kind>
class sleeper {
 public:
  using queue_type = spsc_queue<move_only, queue_options{.wait = Kind}, scripted_sync>;

  sleeper() : queue({.capacity = 1, .budget = {.spins = 1, .yields = 1}}) {}

  /// Runs `wait(until, stop)`; in its first sleep the events happen, `make_ready` for the element or credit. What does
  /// not end the wait is followed by more sleep, and by the deadline.
  template <class MakeReady, class Wait>
  auto run(const events& happening, MakeReady&& make_ready, Wait&& wait) {
    const auto until = machine_.now + 1h;
    machine_.sleep = [&](const scripted_sync::word_type&, std::uint32_t, deadline) {
      if (machine_.sleeps > 1 || happening.timeout) machine_.now = until;
      if (machine_.sleeps > 1) return futex_outcome::timed_out;
      if (happening.ready) make_ready();
      if (happening.close) queue.close();
      if (happening.stop) source.request_stop();
      return futex_outcome::interrupted;
    };
    return wait(until, source.get_token());
  }

 private:
  scripted_sync::machine machine_;  // first: the queue asks it

 public:
  queue_type queue;
  std::stop_source source;
};

template <wait_kind Kind>
void check_pop(unsigned bits) {
  const events happening(bits);
  sleeper<Kind> one;
  move_only out(7);
  const pop_status status = one.run(
      happening, [&] { EXPECT_EQ(one.queue.try_push(move_only(5)), push_status::ok); },
      [&](auto until, const auto& stop) { return one.queue.pop_until(out, until, stop); });
  const pop_status expected = happening.stop    ? pop_status::cancelled
                              : happening.ready ? pop_status::ok  // accepted before the close, so delivered
                              : happening.close ? pop_status::closed
                                                : pop_status::timed_out;
  EXPECT_EQ(status, expected) << "events " << bits << ": " << to_string(status);
  EXPECT_EQ(out.id(), status == pop_status::ok ? 5U : 7U);
  EXPECT_EQ(one.queue.depth_hint(), happening.ready && status != pop_status::ok ? 1U : 0U) << "events " << bits;
}

template <wait_kind Kind>
void check_push(unsigned bits) {
  const events happening(bits);
  sleeper<Kind> one;
  ASSERT_EQ(one.queue.try_push(move_only(1)), push_status::ok);
  move_only value(7);
  move_only out(0);
  const push_status status = one.run(
      happening, [&] { EXPECT_EQ(one.queue.try_pop(out), pop_status::ok); },
      [&](auto until, const auto& stop) { return one.queue.push_until(std::move(value), until, stop); });
  const push_status expected = happening.stop    ? push_status::cancelled
                               : happening.close ? push_status::closed
                               : happening.ready ? push_status::ok
                                                 : push_status::timed_out;
  EXPECT_EQ(status, expected) << "events " << bits << ": " << to_string(status);
  EXPECT_EQ(value.id(), status == push_status::ok ? not_an_id : 7U);
}

TEST(precedence, of_what_a_sleeping_consumer_finds) {
  for (unsigned bits = 0; bits < events::combinations; ++bits) {
    check_pop<wait_kind::park>(bits);
    check_pop<wait_kind::spin_park>(bits);
  }
}

TEST(precedence, of_what_a_sleeping_producer_finds) {
  for (unsigned bits = 0; bits < events::combinations; ++bits) {
    check_push<wait_kind::park>(bits);
    check_push<wait_kind::spin_park>(bits);
  }
}

// A wait that is interrupted again and again keeps its deadline.
TEST(precedence, of_spurious_wakes_is_none) {
  scripted_sync::machine machine;
  spsc_queue<move_only, queue_options{.wait = wait_kind::park}, scripted_sync> queue({.capacity = 1});
  const auto until = machine.now + 10s;
  machine.sleep = [&](const scripted_sync::word_type&, std::uint32_t, deadline limit) {
    EXPECT_EQ(limit.when(), until);
    machine.now += 3s;
    return futex_outcome::interrupted;
  };
  move_only out(7);
  EXPECT_EQ(queue.pop_until(out, until), pop_status::timed_out);
  EXPECT_EQ(machine.sleeps, 4U);
  EXPECT_GE(machine.now, until);
}

}  // namespace
}  // namespace tidegate::test
