// pin.hpp: which CPUs a benchmark runs on, and putting threads there.
//
// A pair is by default the first allowed CPU and the first other one that is not its hyper-threading sibling: two
// siblings share one first-level cache, and a queue between them measures something else. A team begins with the pair.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::bench {

struct cpu_pair {
  int first = 0;
  int second = 1;
};

/// The CPUs this process may run on, ascending.
[[nodiscard]] inline std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

/// One line of the kernel's description of a CPU, or nothing.
[[nodiscard]] inline std::string cpu_fact(int cpu, const std::string& file) {
  std::ifstream in("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/" + file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// True when both run on the execution units of one physical core.
[[nodiscard]] inline bool are_siblings(int one, int other) {
  const std::string siblings = cpu_fact(one, "topology/thread_siblings_list");
  return !siblings.empty() && siblings == cpu_fact(other, "topology/thread_siblings_list");
}

/// The pair to use when none was asked for; nothing when fewer than two CPUs are allowed.
[[nodiscard]] inline std::optional<cpu_pair> choose_cpus() {
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.size() < 2) return std::nullopt;
  for (std::size_t i = 1; i < cpus.size(); ++i) {
    if (!are_siblings(cpus[0], cpus[i])) return cpu_pair{cpus[0], cpus[i]};
  }
  return cpu_pair{cpus[0], cpus[1]};
}

/// The CPUs of a team: the pair, then one of every other core, then what is left.
[[nodiscard]] inline std::vector<int> choose_team(cpu_pair pair) {
  std::vector<int> team{pair.first, pair.second};
  std::vector<int> siblings;
  for (const int cpu : allowed_cpus()) {
    if (cpu == pair.first || cpu == pair.second) continue;
    const bool shares = std::any_of(team.begin(), team.end(), [&](int other) { return are_siblings(cpu, other); });
    (shares ? siblings : team).push_back(cpu);
  }
  team.insert(team.end(), siblings.begin(), siblings.end());
  return team;
}

/// Lets the calling thread run on these CPUs only; false when that is not allowed.
inline bool confine_self(const std::vector<int>& cpus) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<unsigned>(cpu), &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

/// Moves the calling thread; false when the CPU is not allowed.
inline bool pin_self(int cpu) { return confine_self({cpu}); }

/// Places the calling thread, one of a team of `threads`: on a CPU of its own while there are enough, else on any of
/// the team's, as the scheduler likes.
inline bool take_place(const std::vector<int>& cpus, unsigned thread, unsigned threads) {
  return threads <= cpus.size() ? pin_self(cpus[thread]) : confine_self(cpus);
}

}  // namespace tidegate::bench
