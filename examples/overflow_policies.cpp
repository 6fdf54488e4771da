// A full queue, five ways: the oldest leaves, every third stands for three, another queue takes over, a list holds what
// has no room and keeps the order, and only so many may wait. Each account balances.
#include <cstdint>
#include <deque>

#include "tidegate/flow/conservation.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/offering_calls.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/spill_calls.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace {

constexpr tidegate::queue_options options(tidegate::overflow_kind policy) { return {.overflow = policy}; }
using tidegate::overflow_kind, tidegate::push_status;

struct quote {
  int price = 0;
  std::uint64_t stands_for = 1;
};

bool drops_the_oldest() {
  tidegate::mpsc_queue<int, options(overflow_kind::drop_oldest)> newest({.capacity = 2});
  int lost = 0;
  for (int i = 1; i <= 5; ++i) static_cast<void>(newest.offer(int{i}, [&](int&& oldest) noexcept { lost += oldest; }));
  return lost == 1 + 2 + 3 && tidegate::account_of(newest.stats()).balances();
}

bool samples() {
  tidegate::spsc_queue<quote, options(overflow_kind::sample)> thinned({.capacity = 4, .sample = {.every = 3}});
  const auto note = [](quote& kept, std::uint64_t weight) noexcept { kept.stands_for = weight; };
  for (int i = 1; i <= 8; ++i) static_cast<void>(thinned.offer(quote{i}, note));
  std::uint64_t weights = 0;
  for (quote out; thinned.try_pop(out) == tidegate::pop_status::ok;) weights += out.stands_for;
  return weights == 8 && thinned.stats().sampled_out == 4;
}

bool redirects() {
  tidegate::spsc_queue<int, options(overflow_kind::redirect)> fast({.capacity = 1});
  tidegate::spsc_queue<int, options(overflow_kind::reject)> slow({.capacity = 1});
  const bool answers = fast.offer(1, slow) == push_status::ok && fast.offer(2, slow) == push_status::ok &&
                       fast.offer(3, slow) == push_status::full;
  return answers && fast.stats().redirected == 2 && slow.stats().rejected == 1;
}

/// For one thread, as here; with more it needs a lock.
class list {
 public:
  bool spill(int&& value) noexcept { return held_.push_back(value), true; }
  [[nodiscard]] bool is_spilling() const noexcept { return !held_.empty(); }
  bool unspill(int& out) noexcept { return out = held_.front(), held_.pop_front(), true; }

 private:
  std::deque<int> held_;
};

bool spills() {
  tidegate::spsc_queue<int, options(overflow_kind::spill)> orders({.capacity = 2});
  list behind;
  for (int i = 1; i <= 5; ++i) static_cast<void>(orders.offer(int{i}, behind));
  int expected = 0;
  int out = 0;
  while (orders.try_pop_spilled(out, behind) == tidegate::pop_status::ok && out == expected + 1) expected = out;
  return expected == 5;
}

bool turns_away() {
  tidegate::spsc_queue<int, tidegate::queue_options{.limits_waiters = true}> gate({.capacity = 1, .max_waiters = 0});
  tidegate::conservation told;
  for (int i = 1; i <= 3; ++i) told.count(gate.push(int{i}));
  return told.accepted == 1 && told.rejected == 2 && gate.stats().turned_away == 2;
}

}  // namespace

int main() { return drops_the_oldest() && samples() && redirects() && spills() && turns_away() ? 0 : 1; }
