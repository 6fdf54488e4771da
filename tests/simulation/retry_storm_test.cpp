// A storm of retries: 1,600 requests a second before a server that does 2,000, and four times less from the fifth to
// the seventh second. Clients wait for 100 ms and ask up to four times. What is measured is how many of the last ten of
// forty seconds are answered in time: nearly all, or none, for ever.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/arrivals.hpp"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/expiry.hpp"
#include "tidegate/flow/retry_budget.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

struct storm {
  std::size_t capacity = 1024;
  bool expires = false;
  unsigned retries = 3;
  double backoff_s = 0;  ///< full jitter over this, doubled with each retry
  bool budgeted = false;
};

class storm_run {
 public:
  explicit storm_run(const storm& how) : how_(how), queue_(how.capacity) {}

  void run() {
    add(0, happening::arrival, 0);
    while (!coming_.empty() && coming_.top().at_s <= ends_s) {
      const event now = coming_.top();
      coming_.pop();
      at(now.at_s);
      happen(now);
      serve();
    }
  }

  [[nodiscard]] double answered_per_second() const { return static_cast<double>(answered_late_) / measured_s; }
  [[nodiscard]] double attempts_per_second() const { return static_cast<double>(attempts_late_) / measured_s; }
  [[nodiscard]] std::size_t max_depth() const { return max_depth_; }

 private:
  static constexpr double ends_s = 40, measured_s = 10, patience_s = 0.1, service_s = 0.002;
  static constexpr std::size_t workers = 4;

  struct attempt {
    std::size_t request = 0;
    std::size_t number = 0;
    deadline until = deadline::never();
  };
  struct client {
    unsigned retried = 0;
    bool done = false;
  };
  enum class happening { arrival, retry, timeout, finish };
  struct event {
    double at_s;
    std::uint64_t order;
    happening what;
    std::size_t whom;
    bool operator>(const event& other) const { return at_s != other.at_s ? at_s > other.at_s : order > other.order; }
  };

  void add(double at_s, happening what, std::size_t whom) { coming_.push({at_s, ++order_, what, whom}); }
  void at(double now_s) {
    now_s_ = now_s;
    virtual_sync::instant = began_ + in_ns(now_s);
  }
  [[nodiscard]] bool is_late() const { return now_s_ > ends_s - measured_s; }

  void happen(const event& now) {
    if (now.what == happening::arrival) arrive();
    if (now.what == happening::retry) try_once(now.whom);
    if (now.what == happening::timeout && is_awaited_[now.whom]) {
      is_awaited_[now.whom] = false;
      fail(request_of_[now.whom]);
    }
    if (now.what == happening::finish) finish(now.whom);
  }
  void arrive() {
    clients_.emplace_back();
    budget_.attempt();
    try_once(clients_.size() - 1);
    add(now_s_ - std::log(1 - random_()) / 1600, happening::arrival, 0);
  }
  void try_once(std::size_t request) {
    attempts_late_ += is_late() ? 1 : 0;
    const attempt one{request, is_awaited_.size(), virtual_sync::now() + in_ns(patience_s)};
    if (queue_.try_push(one) != push_status::ok) return fail(request);
    is_awaited_.push_back(true);
    request_of_.push_back(request);
    max_depth_ = std::max(max_depth_, queue_.depth_hint());
    add(now_s_ + patience_s, happening::timeout, one.number);
  }
  void fail(std::size_t request) {
    client& who = clients_[request];
    if (who.done) return;
    if (who.retried < how_.retries && (!how_.budgeted || budget_.try_retry())) {
      const double reach_s = how_.backoff_s * static_cast<double>(1U << who.retried++);
      add(now_s_ + (how_.backoff_s > 0 ? reach_s * random_() : 0), happening::retry, request);
    } else {
      who.done = true;
    }
  }
  void finish(std::size_t number) {
    --running_;
    client& who = clients_[request_of_[number]];
    if (!is_awaited_[number] || who.done) return;
    who.done = true;
    is_awaited_[number] = false;
    answered_late_ += is_late() ? 1 : 0;
  }
  void serve() {
    const double slowness = now_s_ >= 5 && now_s_ < 7 ? 4 : 1;
    attempt taken;
    while (running_ < workers && next(taken)) {
      ++running_;
      add(now_s_ + service_s * slowness, happening::finish, taken.number);
    }
  }
  [[nodiscard]] bool next(attempt& taken) {
    return (how_.expires ? rule_.pop_live(queue_, taken) : queue_.try_pop(taken)) == pop_status::ok;
  }

  const storm how_;
  const deadline::time_point began_ = virtual_sync::now();
  spsc_ring<attempt, ring_options{}, virtual_sync> queue_;
  expiry<virtual_sync> rule_{{.service = {.first_guess = 3ms}}};
  retry_budget<virtual_sync> budget_;
  model_random random_{2};
  std::priority_queue<event, std::vector<event>, std::greater<>> coming_;
  std::vector<client> clients_;
  std::vector<bool> is_awaited_;         // by attempt
  std::vector<std::size_t> request_of_;  // by attempt
  std::uint64_t order_ = 0, answered_late_ = 0, attempts_late_ = 0;
  std::size_t running_ = 0, max_depth_ = 0;
  double now_s_ = 0;
};

/// What the model says of the last ten seconds.
void expect(const char* name, const storm& how, double answered, double attempts) {
  storm_run of(how);
  of.run();
  EXPECT_NEAR(of.answered_per_second(), answered, 0.05 * answered) << name;
  EXPECT_NEAR(of.attempts_per_second(), attempts, 0.05 * attempts) << name;
  std::printf("%-40s answered %6.1f/s, attempts %6.1f/s, depth %zu\n", name, of.answered_per_second(),
              of.attempts_per_second(), of.max_depth());
}

TEST(retry_storm, never_ends_behind_a_long_queue) { expect("queue of 1,024, retries at once", {}, 0, 6356); }

TEST(retry_storm, is_not_ended_by_backoff_and_jitter) {
  expect("queue of 1,024, full jitter", {.backoff_s = 0.1}, 0, 6457);
}

TEST(retry_storm, ends_without_retries) { expect("queue of 1,024, no retries", {.retries = 0}, 1588, 1588); }

TEST(retry_storm, is_ended_by_expiry) { expect("queue of 1,024, expiry", {.expires = true}, 1588, 1588); }

TEST(retry_storm, is_ended_by_a_queue_of_50_ms) { expect("queue of 100", {.capacity = 100}, 1588, 1588); }

TEST(retry_storm, is_ended_by_a_retry_budget) {
  expect("queue of 1,024, budget of a tenth", {.budgeted = true}, 1588, 1588);
  expect("queue of 100, budget, jitter", {.capacity = 100, .backoff_s = 0.1, .budgeted = true}, 1592, 1592);
}

}  // namespace
}  // namespace tidegate::test
