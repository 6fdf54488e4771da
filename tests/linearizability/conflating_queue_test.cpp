// What real threads record of conflating_queue: the newest value of each key, in the order of first arrivals, and what
// was replaced is counted.
#include "tidegate/queue/conflating_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/conflating_runs.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/preempted_sync.hpp"

namespace tidegate::test {
namespace {

template <class Sync>
using recorded_queue = conflating_queue<std::uint64_t, std::uint64_t, conflating_options{.check_roles = false},
                                        std::hash<std::uint64_t>, std::equal_to<std::uint64_t>, Sync>;

template <class Sync>
class recorded_conflating : public watched {};
using conflating_syncs = testing::Types<native_sync, preempted_sync>;
TYPED_TEST_SUITE(recorded_conflating, conflating_syncs);

TYPED_TEST(recorded_conflating, is_linearizable) {
  using queue = recorded_queue<TypeParam>;
  std::size_t evicted = 0, full = 0, closed = 0;
  for (unsigned round = 0; 10 * round < stress_factor(); ++round) {
    for (const std::size_t capacity : {1U, 2U, 3U}) {
      short_conflating_runs<queue> runs(60, [&] { return std::make_unique<queue>(conflating_config{capacity}); });
      runs.record(7, capacity + 1, 100 * round + capacity);
      const std::string why = runs.check(capacity);
      ASSERT_TRUE(why.empty()) << why;
      evicted += runs.count(operation_kind::push, answer::evicted);
      full += runs.count(operation_kind::push, answer::refused);
      closed += runs.count(operation_kind::pop, answer::closed);
    }
  }
  EXPECT_GT(evicted, 0U) << "nothing was ever replaced: little was tested";
  EXPECT_GT(full, 0U) << "it was never full: little was tested";
  EXPECT_GT(closed, 0U) << "nobody was ever told: little was tested";
}

TYPED_TEST(recorded_conflating, balances_in_a_long_run) {
  for (const bool waits : {false, true}) {
    for (const std::size_t capacity : {1U, 2U, 7U}) {
      recorded_queue<TypeParam> queue(conflating_config{capacity});
      const conflating_log log = long_conflating_run(queue, capacity + 2, 200 * stress_factor(), waits);
      ASSERT_EQ(balance_of<long_run_values>(log), "") << "capacity " << capacity;
      const queue_stats stats = queue.stats();
      ASSERT_EQ(stats.pushed, stats.popped + stats.evicted) << "each accepted value is popped or counted as replaced";
    }
  }
}

enum class conflating_defect : std::uint8_t {
  none,
  keeps_the_old_value,
  puts_a_replaced_one_last,
  miscounts_replaced,
  says_ok_for_evicted,
  loses_one,
  says_full,
  says_empty,
  closes_early,
};

/// A locked conflating queue that makes its mistake at every third chance.
class wrong_conflating_queue {
 public:
  wrong_conflating_queue(std::size_t capacity, conflating_defect mistake) : capacity_(capacity), mistake_(mistake) {}

  push_status push(std::uint64_t key, std::uint64_t&& value) {
    return push_evict(key, std::move(value), [](std::uint64_t&&) noexcept {});
  }
  template <class Use>
  push_status push_evict(std::uint64_t key, std::uint64_t&& value, Use&& use) {
    yield_now_and_then();
    const std::lock_guard lock(mutex_);
    if (closed_) return push_status::closed;
    for (std::size_t i = 0; i < inside_.size(); ++i) {
      if (inside_[i].key == key) return replace(i, value, use);
    }
    if (inside_.size() == capacity_) return push_status::full;
    if (errs(conflating_defect::says_full)) return push_status::full;
    if (!errs(conflating_defect::loses_one)) inside_.push_back({key, value, 0});
    return push_status::ok;
  }
  pop_status try_pop(std::uint64_t& key, std::uint64_t& value) {
    yield_now_and_then();
    const std::lock_guard lock(mutex_);
    if (mistake_ == conflating_defect::closes_early && closed_) return pop_status::closed;
    if (inside_.empty()) return closed_ ? pop_status::closed : pop_status::empty;
    if (errs(conflating_defect::says_empty)) return pop_status::empty;
    key = inside_.front().key;
    value = inside_.front().value;
    replaced_ = inside_.front().replaced;
    if (replaced_ != 0 && errs(conflating_defect::miscounts_replaced)) --replaced_;
    inside_.erase(inside_.begin());
    return pop_status::ok;
  }
  pop_status pop(std::uint64_t& key, std::uint64_t& value) { return try_pop(key, value); }
  [[nodiscard]] std::uint64_t replaced() const noexcept { return replaced_; }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

 private:
  struct entry {
    std::uint64_t key, value, replaced;
  };

  template <class Use>
  push_status replace(std::size_t at, std::uint64_t value, Use& use) {
    use(std::uint64_t{inside_[at].value});
    if (!errs(conflating_defect::keeps_the_old_value)) inside_[at].value = value;
    ++inside_[at].replaced;
    if (at + 1 < inside_.size() && errs(conflating_defect::puts_a_replaced_one_last)) {
      std::swap(inside_[at], inside_.back());
    }
    return errs(conflating_defect::says_ok_for_evicted) ? push_status::ok : push_status::evicted;
  }
  [[nodiscard]] bool errs(conflating_defect how) noexcept { return mistake_ == how && ++chances_ % 3 == 0; }

  std::size_t capacity_;
  conflating_defect mistake_;
  std::size_t chances_ = 0;
  std::uint64_t replaced_ = 0;  // the consumer's
  std::mutex mutex_;
  std::vector<entry> inside_;
  bool closed_ = false;
};

/// Why the runs of a queue with that mistake are none of a conflating queue; empty: they are.
[[nodiscard]] std::string search_finds(conflating_defect mistake, std::uint64_t seed) {
  short_conflating_runs<wrong_conflating_queue> runs(
      40, [&] { return std::make_unique<wrong_conflating_queue>(2, mistake); });
  runs.record(7, 3, seed);
  return runs.check(2);
}
[[nodiscard]] std::string balance_finds(conflating_defect mistake) {
  wrong_conflating_queue queue(3, mistake);
  return balance_of<long_run_values>(long_conflating_run(queue, 4, 500, false));
}

struct conflating_mistake_name {
  conflating_defect mistake;
  bool by_search;
  bool by_balance;
  const char* name;
};
void PrintTo(const conflating_mistake_name& one, std::ostream* out) { *out << one.name; }

const conflating_mistake_name conflating_mistakes[] = {
    {conflating_defect::keeps_the_old_value, true, true, "keeps_the_old_value"},
    {conflating_defect::puts_a_replaced_one_last, true, true, "puts_a_replaced_one_last"},
    {conflating_defect::miscounts_replaced, false, true, "miscounts_replaced"},
    {conflating_defect::says_ok_for_evicted, true, true, "says_ok_for_evicted"},
    {conflating_defect::loses_one, true, true, "loses_one"},
    {conflating_defect::says_full, true, false, "says_full"},
    {conflating_defect::says_empty, true, false, "says_empty"},
    {conflating_defect::closes_early, true, false, "closes_early"}};

class conflating_mistake : public testing::TestWithParam<conflating_mistake_name> {
 private:
  watchdog watchdog_;
};

// Most mistakes need a chance, and a run may give none.
TEST_P(conflating_mistake, is_found) {
  bool found_by_search = !GetParam().by_search;
  bool found_by_balance = !GetParam().by_balance;
  for (std::uint64_t seed = 0; seed < 100 && !(found_by_search && found_by_balance); ++seed) {
    found_by_search = found_by_search || !search_finds(GetParam().mistake, seed).empty();
    found_by_balance = found_by_balance || !balance_finds(GetParam().mistake).empty();
  }
  EXPECT_TRUE(found_by_search);
  EXPECT_TRUE(found_by_balance);
}

INSTANTIATE_TEST_SUITE_P(each, conflating_mistake, testing::ValuesIn(conflating_mistakes),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(no_conflating_mistake, is_found_in_a_correct_queue) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(search_finds(conflating_defect::none, seed), "");
    EXPECT_EQ(balance_finds(conflating_defect::none), "");
  }
}

}  // namespace
}  // namespace tidegate::test
