#include "bench/sink/stalled.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>
#include <utility>

#include "bench/harness/watchdog.hpp"
#include "bench/sink/child_process.hpp"
#include "bench/sink/target.hpp"
#include "report/still.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr auto sample_every = std::chrono::milliseconds(20);
constexpr unsigned watchdog_s = 120;
constexpr double mib = 1.0 / (1 << 20);

double resident_mib(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t whole = 0;
  std::uint64_t resident = 0;
  in >> whole >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) * mib;
}

std::vector<std::string> command_of(const stall_contender& one) {
  return one.command.empty() ? std::vector<std::string>{"/proc/self/exe", "--stall-child", one.name} : one.command;
}

/// Follows one child through the stall.
class observer {
 public:
  observer(const stall_contender& one, const stall_plan& plan, const std::filesystem::path& folder)
      : plan_(plan),
        peer_(transport::tcp, folder, todo_.record_bytes, check_depth::ends),
        child_(command_of(one)),
        result_{one.name, one.note} {}

  stall_series observe() {
    child_.write_line("stall " + peer_.address() + " " + std::to_string(todo_.record_bytes) + " " +
                      std::to_string(todo_.rate_per_s));
    while (peer_.bytes_hint() == 0) std::this_thread::sleep_for(sample_every);
    began_ns_ = now_ns();
    sample_for(plan_.before_s, true);
    sample_for(plan_.before_s + plan_.stall_s, false);
    sample_for(plan_.before_s + plan_.stall_s + plan_.after_s, true);
    child_.close_input();
    const record_checker& seen = peer_.finish();
    while (take_line(child_.read_line())) {
    }
    result_.accepted = latest_.accepted;
    result_.problem = seen.problem_after(latest_.accepted);
    return std::move(result_);
  }

 private:
  [[nodiscard]] double elapsed_s() const noexcept { return static_cast<double>(now_ns() - began_ns_) * 1e-9; }

  void sample_for(double until_s, bool reads) {
    peer_.set_reading(reads);
    while (elapsed_s() < until_s) {
      for (const std::string& line : child_.lines_so_far()) static_cast<void>(take_line(line));
      latest_.at_s = elapsed_s();
      latest_.memory_mib = resident_mib(child_.id());
      latest_.received = peer_.bytes_hint() / todo_.record_bytes;
      latest_.reads = reads;
      result_.points.push_back(latest_);
      std::this_thread::sleep_for(sample_every);
    }
  }

  /// False when the line is none.
  bool take_line(const std::string& line) {
    std::istringstream words(line);
    std::uint64_t queued_bytes = 0;
    if (!(words >> latest_.accepted >> queued_bytes)) return false;
    latest_.queued_mib = static_cast<double>(queued_bytes) * mib;
    return true;
  }

  const stall_plan& plan_;
  stall_job todo_;
  loopback_peer peer_;
  child_process child_;
  std::uint64_t began_ns_ = 0;
  stall_point latest_;
  stall_series result_;
};

report::series line_of(const stall_series& one, double stall_point::*value) {
  report::series line{.name = one.name, .ours = one.name.starts_with("tidegate")};
  for (const stall_point& point : one.points) line.points.push_back({point.at_s, point.*value / mib});
  return line;
}

}  // namespace

std::vector<stall_contender>& stall_contenders() {
  static std::vector<stall_contender> all;
  return all;
}

bool stall_clock::ended() const noexcept {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;  // no second line comes: it can only be the end
}

void stall_clock::tell(std::uint64_t accepted, std::uint64_t queued_bytes) {
  std::printf("%llu %llu\n", static_cast<unsigned long long>(accepted), static_cast<unsigned long long>(queued_bytes));
  std::fflush(stdout);
}

double stall_series::memory_before_mib() const noexcept {
  double before = 0;
  for (const stall_point& point : points) {
    if (!point.reads) break;
    before = point.memory_mib;
  }
  return before;
}

double stall_series::memory_most_mib() const noexcept {
  double most = 0;
  for (const stall_point& point : points) most = std::max(most, point.memory_mib);
  return most;
}

double stall_series::queued_most_mib() const noexcept {
  double most = 0;
  for (const stall_point& point : points) most = std::max(most, point.queued_mib);
  return most;
}

std::vector<stall_series> run_stalls(const stall_plan& plan, const std::filesystem::path& parent) {
  std::vector<stall_contender> contenders = stall_contenders();
  std::sort(contenders.begin(), contenders.end(), [](const stall_contender& one, const stall_contender& other) {
    return std::pair(!one.name.starts_with("tidegate"), one.name) <
           std::pair(!other.name.starts_with("tidegate"), other.name);
  });
  std::vector<stall_series> all;
  for (const stall_contender& one : contenders) {
    const watchdog watch("stalled peer: " + one.name, watchdog_s);
    const scratch_folder folder(parent);
    all.push_back(observer(one, plan, folder.path()).observe());
  }
  return all;
}

int run_stall_child(const std::string& contender) {
  std::string command;
  stall_job todo;
  std::string line;
  std::getline(std::cin, line);
  std::istringstream words(line);
  if (!(words >> command >> todo.address >> todo.record_bytes >> todo.rate_per_s)) return 2;
  for (const stall_contender& one : stall_contenders()) {
    if (one.name != contender || !one.in_child) continue;
    one.in_child(todo);
    return 0;
  }
  return 2;
}

void print_stalls(std::FILE* out, const stall_plan& plan, const std::vector<stall_series>& all) {
  const stall_job todo;
  std::fprintf(out, "\nA peer that does not read for %.1f s: %llu records of %zu B a second are offered\n",
               plan.stall_s, static_cast<unsigned long long>(todo.rate_per_s), todo.record_bytes);
  std::fprintf(out, "  %-36s %14s %14s %14s %14s  %s\n", "", "RSS before", "RSS most", "growth", "queued most", "end");
  for (const stall_series& one : all) {
    const double before_mib = one.memory_before_mib();
    const double most_mib = one.memory_most_mib();
    std::fprintf(out, "  %-36s %10.1f MiB %10.1f MiB %10.1f MiB %10.1f MiB  %s\n", one.name.c_str(), before_mib,
                 most_mib, most_mib - before_mib, one.queued_most_mib(),
                 one.problem.empty() ? "all arrived" : one.problem.c_str());
  }
}

bool write_stalls_csv(const std::filesystem::path& path, const std::vector<stall_series>& all) {
  std::ofstream out(path);
  out << "contender,at_s,memory_mib,queued_mib,accepted,received,reads\n";
  for (const stall_series& one : all) {
    for (const stall_point& point : one.points) {
      out << '"' << one.name << "\"," << point.at_s << ',' << point.memory_mib << ',' << point.queued_mib << ','
          << point.accepted << ',' << point.received << ',' << (point.reads ? 1 : 0) << '\n';
    }
  }
  return static_cast<bool>(out.flush());
}

bool write_stalls_svg(const std::filesystem::path& path, const stall_plan& plan, const std::vector<stall_series>& all) {
  report::panel memory{.title = "Resident memory of the sender", .y = {.in = report::unit::bytes}};
  report::panel queued{.title = "Queued in user space", .y = {.in = report::unit::bytes}};
  for (const stall_series& one : all) {
    memory.lines.push_back(line_of(one, &stall_point::memory_mib));
    queued.lines.push_back(line_of(one, &stall_point::queued_mib));
  }
  report::line_chart chart{.title = "Memory while the peer does not read", .x = {.title = "time"}};
  chart.x.in = report::unit::seconds;
  chart.panels = {std::move(memory), std::move(queued)};
  chart.shaded.push_back({plan.before_s, plan.before_s + plan.stall_s, "peer does not read"});
  std::ofstream out(path);
  out << report::draw_still(chart);
  return static_cast<bool>(out.flush());
}

}  // namespace tidegate::bench::sink_bench
