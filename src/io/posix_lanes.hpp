// posix_lanes.hpp: lanes without io_uring: streams by non-blocking writes and poll(2), files by pwrite(2) inline.
#pragma once

#include "io/lane.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

/// One write in flight. "In flight" here means: tried, and the descriptor would have blocked.
class posix_stream_lane final : public write_lane {
 public:
  explicit posix_stream_lane(sink_target target) noexcept;

  [[nodiscard]] unsigned depth() const noexcept override { return 1; }
  void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  [[nodiscard]] std::int64_t write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  std::size_t reap(std::span<completion> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  [[nodiscard]] pollfd wants() const noexcept override { return {busy_ ? target_.fd.get() : -1, POLLOUT, 0}; }
  [[nodiscard]] bool wake_requested() noexcept override { return is_readable(target_.wake_fd); }
  void cancel() noexcept override { cancelled_ = true; }
  void close(bool orderly, std::uint64_t end) noexcept override { target_.close(orderly, end); }
  [[nodiscard]] bool tells_unacked() const noexcept override { return target_.tells_unacked; }
  [[nodiscard]] std::int64_t unacked() noexcept override { return target_.unacked(); }
  void abandon() noexcept override { target_.fd.reset(); }

 private:
  void own_description() noexcept;

  sink_target target_;
  bool blocking_ = false;  // the descriptor may block: poll first, and write little at a time to a pipe
  bool busy_ = false;
  bool cancelled_ = false;
  std::span<const std::byte> bytes_;
};

/// One write at a time, done inside submit().
class posix_file_lane final : public write_lane {
 public:
  explicit posix_file_lane(sink_target target) noexcept : target_(std::move(target)) {}

  [[nodiscard]] unsigned depth() const noexcept override { return 1; }
  void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  [[nodiscard]] std::int64_t write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  std::size_t reap(std::span<completion> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  [[nodiscard]] bool wake_requested() noexcept override { return is_readable(target_.wake_fd); }
  void cancel() noexcept override {}
  void close(bool orderly, std::uint64_t end) noexcept override { target_.close(orderly, end); }
  void abandon() noexcept override { target_.fd.reset(); }

 private:
  sink_target target_;
  bool ended_ = false;
  std::int64_t result_ = 0;
};

}  // namespace tidegate::detail
