// job.hpp: what one run of a sender must do, where the bytes go, and what a sender is.
//
// A sender is one way to bring records from a producer to a descriptor. It opens the target itself, makes the records
// itself, and returns when every byte is with the kernel (or durable) and the target is closed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/harness/cell.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::bench::sink_bench {

enum class transport : std::uint8_t {
  tcp,          ///< loopback; the address is a port
  unix_socket,  ///< the address is a path
  file,         ///< into the page cache; the address is the path of a file that does not exist yet
  durable,      ///< synced; the address is the path of an empty directory
};

[[nodiscard]] constexpr std::string_view to_string(transport via) noexcept {
  constexpr std::string_view names[] = {"tcp", "unix", "file", "durable"};
  return names[static_cast<std::size_t>(via)];
}

struct job {
  transport via = transport::tcp;
  std::string address = {};
  std::size_t record_bytes = 64;
  std::uint64_t records = 0;
  std::chrono::microseconds pause{0};  ///< before each record, which then carries the time of its making
  /// A sender may call this once its target is open: time and CPU time count from here, otherwise from its start.
  std::function<void()> opened = [] {};
};

/// A connected socket, or the file created for writing; for `durable` the file "log" in the directory. Throws
/// std::system_error.
[[nodiscard]] unique_fd open_target(const job& todo);

struct sender {
  entrant who;
  std::vector<transport> goes_to;
  bool paces = true;  ///< can make one record at a time, for latency
  /// Does the job. Answers the CPU time that other processes spent on it, in ns. Throws wrong_result or
  /// std::system_error.
  std::function<std::uint64_t(const job&)> send = {};
  /// For what did not leave a plain file: empty when the records are there, else what is wrong.
  std::function<std::string(const job&)> verify = {};

  [[nodiscard]] bool reaches(transport via) const noexcept {
    return std::find(goes_to.begin(), goes_to.end(), via) != goes_to.end();
  }
};

/// All that enlisted themselves, in no particular order.
inline std::vector<sender>& senders() {
  static std::vector<sender> all;
  return all;
}

/// Enlists before main().
struct enlisted_sender {
  explicit enlisted_sender(sender one) { senders().push_back(std::move(one)); }
};

/// Calls `use` with the record size as a constant: use.template operator()<64>().
template <class Use>
decltype(auto) with_record_bytes(std::size_t bytes, Use&& use) {
  if (bytes == 64) return use.template operator()<64>();
  if (bytes == 256) return use.template operator()<256>();
  throw wrong_result("records of " + std::to_string(bytes) + " bytes are not compiled in");
}

}  // namespace tidegate::bench::sink_bench
