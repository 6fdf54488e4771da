// lanes_world.hpp: a small world with a clock of its own: flows of arrivals, a queue of the library, a few servers.
//
// One thread; time passes from event to event, and the queue reads it through the seam. The arrivals are those of the
// design's model (Poisson, the same generator and seed), so that numbers may be held against it closely.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::simulation {

/// native_sync with a clock that somebody sets.
struct virtual_sync : native_sync {
  static deadline::time_point now() noexcept { return deadline::time_point(time); }
  static inline std::chrono::nanoseconds time{0};
};

/// The state of std::mt19937 that Python's random.seed(number) makes: init_by_array of the reference implementation of
/// Matsumoto & Nishimura with one word.
class one_word_seed {
 public:
  using result_type = std::uint32_t;
  explicit one_word_seed(std::uint32_t number) noexcept : number_(number) {}

  template <class Iterator>
  void generate(Iterator first, Iterator last) const {
    std::array<std::uint32_t, 624> state;
    state[0] = 19650218;
    for (std::uint32_t i = 1; i < 624; ++i) state[i] = 1812433253U * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
    std::uint32_t i = 1;
    const auto step = [&](std::uint32_t factor) { return state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * factor); };
    const auto go_on = [&] {
      if (++i == 624) {
        state[0] = state[623];
        i = 1;
      }
    };
    for (int k = 0; k < 624; ++k, go_on()) state[i] = step(1664525U) + number_;
    for (int k = 0; k < 623; ++k, go_on()) state[i] = step(1566083941U) - i;
    state[0] = 0x8000'0000U;
    for (std::size_t at = 0; first != last; ++first, ++at) *first = state[at];
  }

 private:
  std::uint32_t number_;
};

/// Numbers in [0, 1), as Python's random.random().
class python_random {
 public:
  explicit python_random(std::uint32_t seed) : engine_(made(seed)) {}
  double operator()() {
    const auto high = static_cast<std::uint32_t>(engine_()) >> 5;
    const auto low = static_cast<std::uint32_t>(engine_()) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

 private:
  [[nodiscard]] static std::mt19937 made(std::uint32_t seed) {
    one_word_seed words(seed);
    return std::mt19937(words);
  }
  std::mt19937 engine_;
};

/// So many a second of one flow.
struct flow {
  std::size_t name;
  double rate;
};

struct arrival {
  double at_s = 0;
  std::size_t flow = 0;
};

[[nodiscard]] inline std::vector<arrival> arrivals_of(const std::vector<flow>& flows, double end_s,
                                                      std::uint32_t seed = 3) {
  python_random random(seed);
  std::vector<arrival> all;
  for (const flow& each : flows) {
    for (double at = 0; (at -= std::log(1.0 - random()) / each.rate) < end_s;) all.push_back({at, each.name});
  }
  std::sort(all.begin(), all.end(), [](const arrival& one, const arrival& other) { return one.at_s < other.at_s; });
  return all;
}

/// What became of a flow, or of several together, after the first two seconds.
struct outcome {
  std::vector<double> sojourns_ms;
  std::size_t refused = 0;  // from the beginning
  double seconds = 0;

  [[nodiscard]] double served_per_s() const { return double(sojourns_ms.size()) / seconds; }
  [[nodiscard]] double sojourn_ms(double quantile) const {
    std::vector<double> sorted = sojourns_ms;
    if (sorted.empty()) return 0;
    std::sort(sorted.begin(), sorted.end());
    const auto rank = static_cast<std::size_t>(std::ceil(quantile * double(sorted.size())));
    return sorted[std::min(sorted.size(), std::max<std::size_t>(rank, 1)) - 1];
  }
  outcome& operator+=(const outcome& other) {
    sojourns_ms.insert(sojourns_ms.end(), other.sojourns_ms.begin(), other.sojourns_ms.end());
    refused += other.refused;
    seconds = other.seconds;
    return *this;
  }
};

/// An element: who, and when it came.
struct job {
  std::size_t flow = 0;
  deadline::time_point came;
};

/// `servers` serve `queue` for `service_s` an element. `push(job)` answers a push_status.
template <class Queue, class Push>
[[nodiscard]] std::map<std::size_t, outcome> run(Queue& queue, const Push& push, const std::vector<arrival>& arrivals,
                                                 double end_s, int servers = 4, double service_s = 0.002) {
  constexpr double begin_s = 2;
  const auto to_time = [](double seconds) { return std::chrono::nanoseconds(std::llround(seconds * 1e9)); };
  std::map<std::size_t, outcome> outcomes;
  struct completion {
    double at_s;
    std::uint64_t number;
    job what;
    bool operator>(const completion& other) const {
      return std::pair(at_s, number) > std::pair(other.at_s, other.number);
    }
  };
  std::priority_queue<completion, std::vector<completion>, std::greater<>> running;
  std::uint64_t started = 0;
  for (std::size_t next = 0; next < arrivals.size() || !running.empty();) {
    double now_s = 0;
    if (!running.empty() && (next == arrivals.size() || running.top().at_s <= arrivals[next].at_s)) {
      const completion done = running.top();
      running.pop();
      now_s = done.at_s;
      virtual_sync::time = to_time(now_s);
      const std::chrono::duration<double, std::milli> sojourn = virtual_sync::now() - done.what.came;
      if (now_s >= begin_s && now_s < end_s) outcomes[done.what.flow].sojourns_ms.push_back(sojourn.count());
    } else {
      const arrival& coming = arrivals[next++];
      now_s = coming.at_s;
      virtual_sync::time = to_time(now_s);
      if (!accepted(push(job{coming.flow, virtual_sync::now()}))) ++outcomes[coming.flow].refused;
    }
    job taken;
    while (running.size() < static_cast<std::size_t>(servers) && queue.try_pop(taken) == pop_status::ok)
      running.push({now_s + service_s, started++, taken});
  }
  for (auto& [name, each] : outcomes) each.seconds = end_s - begin_s;
  return outcomes;
}

}  // namespace tidegate::simulation
