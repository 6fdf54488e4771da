// server.hpp: a server with a fixed number of workers behind a policy, as a discrete-event simulation. Only time is
// simulated: the policy is made of the library's own parts, which read the virtual clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <span>
#include <tuple>
#include <vector>

#include "tests/simulation/arrivals.hpp"
#include "tests/simulation/virtual_clock.hpp"

namespace tidegate::test {

/// What travels: when it came, and until when somebody waits for it.
struct request {
  deadline::time_point since{};
  deadline until = deadline::never();
};

struct server_config {
  unsigned workers = 4;
  nanoseconds service = std::chrono::milliseconds(2);
  nanoseconds slows_at = nanoseconds::max();              ///< from then on work takes twice as long
  nanoseconds patience = std::chrono::milliseconds(100);  ///< of the clients
  nanoseconds window_begins = std::chrono::seconds(7);    ///< what is measured completes in this window
  nanoseconds window_ends = std::chrono::seconds(12);
};

/// What came of a run.
struct account {
  std::uint64_t offered = 0;
  std::uint64_t completed = 0;
  std::size_t max_depth = 0;
  std::uint64_t useful_in_window = 0;
  std::vector<nanoseconds> latencies;  ///< sorted, of the window
  double window_s = 0;

  [[nodiscard]] double served_per_second() const { return static_cast<double>(latencies.size()) / window_s; }
  [[nodiscard]] double useful_per_second() const { return static_cast<double>(useful_in_window) / window_s; }
  /// In ms.
  [[nodiscard]] double percentile(double share) const {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(latencies.size())));
    return latencies.empty() ? 0 : static_cast<double>(latencies[std::max<std::size_t>(rank, 1) - 1].count()) / 1e6;
  }
};

/// Runs all arrivals through `policy`, until the last one has left. Policy: push(request), pop(request&) -> bool,
/// done(nanoseconds service, nanoseconds sojourn), depth().
template <class Policy>
account simulate(Policy& policy, std::span<const nanoseconds> arrivals, const server_config& config) {
  using completion = std::tuple<nanoseconds, nanoseconds, nanoseconds>;  // when it ends, when it came, service
  std::priority_queue<completion, std::vector<completion>, std::greater<>> running;
  const deadline::time_point began = virtual_sync::now();
  account of;
  of.window_s = std::chrono::duration<double>(config.window_ends - config.window_begins).count();
  const auto complete = [&](const completion& ended) {
    const auto [now, came, service] = ended;
    running.pop();
    ++of.completed;
    policy.done(service, now - came);
    if (now < config.window_begins || now >= config.window_ends) return;
    of.latencies.push_back(now - came);
    of.useful_in_window += now - came <= config.patience ? 1 : 0;
  };
  for (std::size_t next = 0; next < arrivals.size() || !running.empty();) {
    const bool completes =
        !running.empty() && (next == arrivals.size() || std::get<0>(running.top()) <= arrivals[next]);
    const nanoseconds now = completes ? std::get<0>(running.top()) : arrivals[next];
    virtual_sync::instant = began + now;
    if (completes) {
      complete(completion(running.top()));
    } else {
      ++next;
      ++of.offered;
      policy.push({began + now, deadline::after(began + now, config.patience)});
    }
    request taken;
    while (running.size() < config.workers && policy.pop(taken)) {
      const nanoseconds service = now < config.slows_at ? config.service : 2 * config.service;
      running.emplace(now + service, taken.since - began, service);
    }
    of.max_depth = std::max(of.max_depth, policy.depth());
  }
  std::sort(of.latencies.begin(), of.latencies.end());
  return of;
}

}  // namespace tidegate::test
