#include "bench/harness/machine_card.hpp"

#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include "bench/harness/build_info.hpp"
#include "bench/harness/canary.hpp"
#include "bench/harness/clock.hpp"
#include "tidegate/base/config.hpp"

namespace tidegate::bench {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line.empty() ? "unknown" : line;
}

/// The value of the first line of /proc/cpuinfo that starts with `key`.
std::string cpu_info(std::string_view key) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string kernel() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

std::string rounded(double value, int digits = 0) {
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(digits);
  out << value;
  return out.str();
}

/// Which CPUs, and what the kernel believes lies between them.
std::string pinning(cpu_pair cpus) {
  std::string text = "CPU " + std::to_string(cpus.first) + " and CPU " + std::to_string(cpus.second);
  if (are_siblings(cpus.first, cpus.second)) text += " (hyper-threads of one core)";
  const std::string shared = cpu_fact(cpus.first, "cache/index3/shared_cpu_list");
  if (!shared.empty()) text += ", last-level cache of the first shared by " + shared;
  return text;
}

/// Where the threads of a team run.
std::string team_text(const std::vector<int>& cpus) {
  std::string text = "CPU";
  for (const int cpu : cpus) text += (cpu == cpus.front() ? " " : ", ") + std::to_string(cpu);
  return text + "; up to " + std::to_string(cpus.size()) + " threads have one each, more share them freely";
}

std::string distance_text(const plan& how) {
  const double round_trip_ns = read_canary(how.cpus);
  return rounded(round_trip_ns) + " ns one-line round trip at start (" +
         std::string(to_string(classify(round_trip_ns, how.limits))) + "; far above " +
         rounded(how.limits.far_above_ns) + " ns)";
}

std::string virtualized() { return cpu_info("flags").find(" hypervisor") == std::string::npos ? "no" : "yes"; }

std::string version() {
  return std::to_string(TIDEGATE_VERSION_MAJOR) + "." + std::to_string(TIDEGATE_VERSION_MINOR) + "." +
         std::to_string(TIDEGATE_VERSION_PATCH) + " (" + std::string(build_info::commit()) + ")";
}

}  // namespace

machine_card read_machine_card(const plan& how) {
  return {
      {"tidegate", version()},
      {"cpu", cpu_info("model name")},
      {"cpus", std::to_string(allowed_cpus().size()) + " allowed"},
      {"pinned", pinning(how.cpus)},
      {"team", team_text(how.team)},
      {"distance", distance_text(how)},
      {"virtualized", virtualized()},
      {"governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
      {"kernel", kernel()},
      {"clock", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource") + ", " +
                    rounded(clock_read_cost_ns(), 1) + " ns a read"},
      {"huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
      {"load", first_line("/proc/loadavg")},
      {"compiler", std::string(build_info::compiler())},
      {"flags", std::string(build_info::flags())},
  };
}

machine_card read_peer_versions(const std::vector<cell>& cells) {
  std::map<std::string, std::string> versions;
  for (const cell& one : cells) {
    for (const entry& rival : one.entries) {
      if (!rival.who.package.empty()) versions[rival.who.package] = build_info::package_version(rival.who.package);
    }
  }
  return {versions.begin(), versions.end()};
}

}  // namespace tidegate::bench
