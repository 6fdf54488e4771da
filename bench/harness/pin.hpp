// pin.hpp: which two CPUs a benchmark runs on, and putting threads there.
//
// By default the first allowed CPU and the first other one that is not its hyper-threading sibling: two siblings share
// one first-level cache, and a queue between them measures something else.
#pragma once

#include <pthread.h>
#include <sched.h>

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

/// Moves the calling thread; false when the CPU is not allowed.
inline bool pin_self(int cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

}  // namespace tidegate::bench
