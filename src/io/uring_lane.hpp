// uring_lane.hpp: a lane on io_uring: SEND for sockets, WRITE for everything else. Alone on its ring, or one of many.
//
// Each request's word says what it is, and for which slot. Only the completion of the write itself ends a slot; what a
// cancel or a poll answers says nothing about buffers.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "io/lane.hpp"
#include "io/sink_target.hpp"
#include "io/uring_ring.hpp"

namespace tidegate::detail {

class uring_lane final : public write_lane, private ring_client {
 public:
  using tenancy = ring_tenancy;

  /// Takes a target that the ring does not object to.
  uring_lane(std::shared_ptr<uring_ring> ring, sink_target target, unsigned depth, tenancy how);
  ~uring_lane() override;

  [[nodiscard]] unsigned depth() const noexcept override { return depth_; }
  void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  [[nodiscard]] std::int64_t write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  std::size_t reap(std::span<completion> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  [[nodiscard]] bool wake_requested() noexcept override { return is_readable(target_.wake_fd); }
  void cancel() noexcept override;
  [[nodiscard]] int severed() const noexcept override { return in_kernel() > 0 ? ring_->broken() : 0; }
  void close(bool orderly, std::uint64_t end) noexcept override;
  [[nodiscard]] bool tells_unacked() const noexcept override { return target_.tells_unacked; }
  [[nodiscard]] std::int64_t unacked() noexcept override { return target_.unacked(); }
  void abandon() noexcept override;
  [[nodiscard]] std::size_t max_bytes() const noexcept override { return own_bytes_; }
  bool rebind() noexcept override;

 private:
  enum class request : std::uint8_t { write, poll, wake };
  enum class stage : std::uint8_t { free, started, ended };
  struct operation {
    stage where = stage::free;
    request what = request::write;  // the request that the ring holds for it: the write, or a poll before it
    std::span<const std::byte> bytes;
    std::uint64_t offset = 0;
    std::int64_t result = 0;
    std::uint64_t entry = 0;  // its number on the ring
  };

  [[nodiscard]] static std::uint32_t word(request what, unsigned slot) noexcept {
    return static_cast<std::uint32_t>(what) << 16 | slot;
  }
  void on_completion(std::uint32_t what, std::int32_t result, std::uint32_t flags) noexcept override;
  void on_rebuilt() noexcept override { armed_ = woken_ = false; }

  [[nodiscard]] io_uring_sqe* start(unsigned slot, request what) noexcept;
  void stage_write(unsigned slot) noexcept;
  void stage_poll(unsigned slot) noexcept;
  void arm_wake() noexcept;
  void disarm_wake() noexcept;
  void end(unsigned slot, std::int64_t result) noexcept;
  void end_unseen() noexcept;
  [[nodiscard]] unsigned in_kernel() const noexcept;
  [[nodiscard]] int signal_number() const noexcept;
  void leave_ring() noexcept;

  std::shared_ptr<uring_ring> ring_;  // none after close()
  sink_target target_;
  const unsigned depth_;
  const tenancy tenancy_;
  const std::size_t own_bytes_;
  unsigned seat_ = 0;
  bool armed_ = false;  // the poll on the wake descriptor
  bool woken_ = false;  // it fired since the last wait
  std::array<operation, max_depth> operations_{};
};

}  // namespace tidegate::detail
