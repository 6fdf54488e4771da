// uring_log_files.hpp: a log's files on io_uring: syncs, and writes unless they are inline, wait in the kernel.
//
// Slow work (making segments) stays with the thread of posix_log_files, whose descriptor the ring polls. Should
// io_uring be taken away later, by a seccomp filter, what is not in the kernel yet goes the way of posix_log_files.
// The ring is enabled by the first thread that submits, as in uring_lane.
#pragma once

#include <liburing.h>

#include <array>
#include <memory>
#include <string>

#include "io/log/posix_log_files.hpp"

namespace tidegate::detail {

class uring_log_files final : public posix_log_files {
 public:
  /// Moves `folders` in only when it succeeds; otherwise nullptr, and `why` says what refused.
  static std::unique_ptr<uring_log_files> make(log_folders& folders, int wake_fd, bool inlined, std::string& why);
  uring_log_files(log_folders folders, int wake_fd, bool inlined, const io_uring& ring, bool enabled);
  ~uring_log_files() override;

  [[nodiscard]] unsigned depth() const noexcept override { return inlined_ ? 1 : most_writes; }
  void write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  void sync() noexcept override;
  std::size_t reap(std::span<log_done> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  [[nodiscard]] int severed() const noexcept override { return in_kernel() > 0 ? broken_ : 0; }
  void shut() noexcept override;
  bool rebind() noexcept override;

 private:
  static constexpr unsigned sync_slot = most_writes;
  enum class request : std::uint8_t { work, worker, wake, cancel };
  enum class stage : std::uint8_t { free, staged, in_kernel };

  [[nodiscard]] bool ready() noexcept;
  [[nodiscard]] io_uring_sqe* next_entry(request what, unsigned slot) noexcept;
  void arm(request what, int fd, bool& armed) noexcept;
  template <class Enter>
  void enter(Enter call) noexcept;
  void take_completions() noexcept;
  void take(const io_uring_cqe& entry) noexcept;
  void finish(unsigned slot, std::int64_t result) noexcept;
  void cancel_polls() noexcept;
  [[nodiscard]] unsigned in_kernel() const noexcept;

  const bool inlined_;
  io_uring ring_;
  bool exists_ = true;
  bool enabled_;
  bool worker_armed_ = false;
  bool wake_armed_ = false;
  int broken_ = 0;  // errno of an io_uring_enter that will never work again
  std::array<stage, most_writes + 1> stages_{};
};

}  // namespace tidegate::detail
