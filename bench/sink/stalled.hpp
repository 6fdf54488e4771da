// stalled.hpp: a peer stops reading for a while. What happens to the memory of whoever sends to it?
//
// Each contender is a process of its own that offers records at one rate. Its resident memory, and what it says is
// queued in its user space, are sampled from before the stall until after it. At the end everything that was accepted
// must have arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness/clock.hpp"

namespace tidegate::bench::sink_bench {

struct stall_plan {
  double before_s = 1;
  double stall_s = 5;
  double after_s = 2;
};

/// What the process of a contender is told.
struct stall_job {
  std::string address = {};  ///< a TCP port
  std::size_t record_bytes = 256;
  std::uint64_t rate_per_s = 200'000;
};

struct stall_contender {
  std::string name;
  std::string note = {};
  std::function<void(const stall_job&)> in_child = {};  ///< one of ours to run in a process of its own; or
  std::vector<std::string> command = {};                ///< a program that is told by a line
};

/// All that enlisted themselves.
std::vector<stall_contender>& stall_contenders();

struct enlisted_staller {
  explicit enlisted_staller(stall_contender one) { stall_contenders().push_back(std::move(one)); }
};

/// In the child: what is due by now, whether it shall end, and reports to the parent.
class stall_clock {
 public:
  explicit stall_clock(const stall_job& todo) : rate_per_s_(static_cast<double>(todo.rate_per_s)) {}

  [[nodiscard]] std::uint64_t due() const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(now_ns() - began_ns_) * 1e-9 * rate_per_s_);
  }
  /// True once the parent has closed our standard input.
  [[nodiscard]] bool ended() const noexcept;
  static void tell(std::uint64_t accepted, std::uint64_t queued_bytes);

 private:
  double rate_per_s_;
  std::uint64_t began_ns_ = now_ns();
};

struct stall_point {
  double at_s = 0;  ///< since the connection was made
  double memory_mib = 0;
  double queued_mib = 0;
  std::uint64_t accepted = 0;
  std::uint64_t received = 0;
  bool reads = true;
};

struct stall_series {
  std::string name;
  std::string note;
  std::vector<stall_point> points = {};
  std::uint64_t accepted = 0;
  std::string problem = {};  ///< empty when all that was accepted arrived

  [[nodiscard]] double memory_before_mib() const noexcept;
  [[nodiscard]] double memory_most_mib() const noexcept;
  [[nodiscard]] double queued_most_mib() const noexcept;
};

/// Ours first.
[[nodiscard]] std::vector<stall_series> run_stalls(const stall_plan& plan, const std::filesystem::path& parent);

/// The life of a child: reads its line and runs the contender. Exit status.
int run_stall_child(const std::string& contender);

void print_stalls(std::FILE* out, const stall_plan& plan, const std::vector<stall_series>& all);
/// False when the file cannot be written.
[[nodiscard]] bool write_stalls_csv(const std::filesystem::path& path, const std::vector<stall_series>& all);
[[nodiscard]] bool write_stalls_svg(const std::filesystem::path& path, const stall_plan& plan,
                                    const std::vector<stall_series>& all);

}  // namespace tidegate::bench::sink_bench
