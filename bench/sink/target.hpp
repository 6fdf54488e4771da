// target.hpp: the other end of a run: a thread that reads and checks a socket, or the check of the file that was left.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "bench/sink/job.hpp"
#include "bench/sink/record.hpp"

namespace tidegate::bench::sink_bench {

/// A folder of its own below `parent`, removed with everything in it at the end.
class scratch_folder {
 public:
  explicit scratch_folder(const std::filesystem::path& parent);
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// Listens, accepts one connection, reads to its end and checks. A gate can hold it up.
class loopback_peer {
 public:
  /// `via` is tcp or unix_socket; `folder` is where the socket of the latter lies.
  loopback_peer(transport via, const std::filesystem::path& folder, std::size_t record_bytes, check_depth depth);
  ~loopback_peer();
  loopback_peer(const loopback_peer&) = delete;
  loopback_peer& operator=(const loopback_peer&) = delete;

  [[nodiscard]] const std::string& address() const noexcept { return address_; }

  /// While closed nothing is read. Open at first.
  void set_reading(bool reads) noexcept;
  /// Bytes read so far.
  [[nodiscard]] std::uint64_t bytes_hint() const noexcept;

  /// Waits for the end of the connection. The checker then has seen everything.
  const record_checker& finish();
  /// When the last bytes came; after finish().
  [[nodiscard]] std::uint64_t last_bytes_ns() const noexcept { return last_bytes_ns_; }

 private:
  void serve();
  void wait_until_reading() noexcept;

  unique_fd listener_;
  std::string address_;
  record_checker checker_;
  std::atomic<bool> reads_{true};
  std::atomic<std::uint64_t> bytes_{0};
  std::uint64_t last_bytes_ns_ = 0;
  std::thread thread_;
};

/// Empty when the file holds exactly these records, else what is wrong.
[[nodiscard]] std::string problem_of_file(const std::string& path, std::size_t record_bytes, std::uint64_t records,
                                          check_depth depth);

}  // namespace tidegate::bench::sink_bench
