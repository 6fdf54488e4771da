// uring_log_files.hpp: a log's files on io_uring: syncs, and writes unless they are inline, wait in the kernel.
//
// Slow work (making segments) stays with the thread of posix_log_files, whose descriptor the ring polls. Should
// io_uring be taken away later, by a seccomp filter, what is not in the kernel yet goes the way of posix_log_files.
// Each request's word says what it is, and for which slot; polls fire once and are armed before each sleep.
#pragma once

#include <array>
#include <memory>

#include "io/log/posix_log_files.hpp"
#include "io/uring_ring.hpp"

namespace tidegate::detail {

class uring_log_files final : public posix_log_files, private ring_client {
 public:
  /// FSYNC is older than anything that a ring is probed for; `inlined`: the ring need not have WRITE. Throws as
  /// posix_log_files.
  uring_log_files(std::shared_ptr<uring_ring> ring, ring_tenancy how, log_folders folders, int wake_fd, bool inlined);
  ~uring_log_files() override;

  [[nodiscard]] unsigned depth() const noexcept override { return inlined_ ? 1 : most_writes; }
  void write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  void sync() noexcept override;
  std::size_t reap(std::span<log_done> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  void prepare_wait() noexcept override;
  [[nodiscard]] pollfd wants() const noexcept override;
  [[nodiscard]] int severed() const noexcept override { return in_kernel() ? ring_->broken() : 0; }
  void shut() noexcept override;
  void disown() noexcept override;
  [[nodiscard]] std::size_t max_bytes() const noexcept override { return own_bytes_; }
  bool rebind() noexcept override;

 private:
  static constexpr unsigned sync_slot = most_writes;
  enum class request : std::uint8_t { work, worker, wake };

  [[nodiscard]] static std::uint32_t word(request what, unsigned slot) noexcept {
    return static_cast<std::uint32_t>(what) << 16 | slot;
  }
  void on_completion(std::uint32_t what, std::int32_t result, std::uint32_t flags) noexcept override;
  void on_rebuilt() noexcept override { worker_armed_ = wake_armed_ = false; }

  [[nodiscard]] io_uring_sqe* start(unsigned slot) noexcept;
  void finish(unsigned slot, std::int64_t result) noexcept;
  void finish_unseen() noexcept;
  void arm(request what, int fd, bool& armed) noexcept;
  void disarm() noexcept;
  [[nodiscard]] bool in_kernel() const noexcept;
  void leave_ring() noexcept;

  std::shared_ptr<uring_ring> ring_;  // none after shut()
  const ring_tenancy tenancy_;
  const std::size_t own_bytes_;
  const bool inlined_;
  unsigned seat_;
  bool worker_armed_ = false;
  bool wake_armed_ = false;
  std::array<std::uint64_t, most_writes + 1> entries_{};  // by slot, the request's number on the ring; 0: none
};

}  // namespace tidegate::detail
