// How many at once, and how often: a limit that finds its own value, rate limits, and clients that know when to stop.
#include <chrono>
#include <cstdio>
#include <string>

#include "tidegate/flow/client_throttle.hpp"
#include "tidegate/flow/keyed_rate_limiter.hpp"
#include "tidegate/flow/limits/adaptive_limit.hpp"
#include "tidegate/flow/limits/aimd.hpp"
#include "tidegate/flow/limits/gradient2.hpp"
#include "tidegate/flow/limits/limit_sample.hpp"
#include "tidegate/flow/limits/vegas.hpp"
#include "tidegate/flow/random.hpp"
#include "tidegate/flow/rate_limit.hpp"
#include "tidegate/flow/rate_limiter.hpp"
#include "tidegate/flow/retry_budget.hpp"

using namespace std::chrono_literals;

/// Whatever can be told how many may run at once.
struct my_limiter {
  std::size_t total = 20;
  void set_total(std::size_t to) { total = to; }
};

int main() {
  my_limiter permits;
  tidegate::adaptive_limit limit(tidegate::gradient2_limit({.range = {.first = 20, .least = 4, .most = 500}}),
                                 {.window = 1ns, .least_samples = 10});
  for (int i = 0; i < 10; ++i) limit.record(2ms, permits.total);  // by whoever finishes work
  limit.update(permits);  // by one thread, now and then; it begins under load, and looks how fast half of it is
  tidegate::vegas_limit vegas;
  tidegate::aimd_limit aimd;
  const tidegate::limit_sample slow{.rtt = 9s, .in_flight = 20, .dropped = true};
  bool good = permits.total == 10 && vegas.update(slow) == 18 && aimd.update(slow) == 18;

  tidegate::rate_limiter<> global({.permits = 1000, .period = 1s, .burst = 10});
  tidegate::keyed_rate_limiter<std::string> by_tenant(
      {.limit = {.permits = 1, .period = 1h, .burst = 2}, .slots = 1024});
  good = good && global.try_acquire(3) && by_tenant.try_acquire("blue") && by_tenant.try_acquire("blue");
  const tidegate::rate_answer told = by_tenant.try_acquire("blue");
  good = good && told.status == tidegate::rate_status::limited && by_tenant.try_acquire("green");

  tidegate::client_throttle<> throttle;
  tidegate::shared_random<> random;
  good = good && throttle.admits(random);
  throttle.accepted();
  tidegate::retry_budget<> budget({.share = 0.1});
  budget.attempt();
  good = good && budget.try_retry();
  std::printf("limit %zu, blue comes back in %lld min\n", permits.total,
              static_cast<long long>(std::chrono::ceil<std::chrono::minutes>(told.wait).count()));
  return good ? 0 : 1;
}
