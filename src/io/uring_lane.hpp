// uring_lane.hpp: a lane on io_uring: SEND for sockets, WRITE for everything else. One ring per sink, no SQPOLL.
//
// The ring is made disabled and enabled by the first thread that submits, which is then its only issuer. Completions
// run in that thread, inside our own calls (DEFER_TASKRUN), so that a SIGPIPE raised by a WRITE cannot reach the
// process. Requests carry a tag: what they are, and for which slot. Only the completion of the write itself ends a
// slot; what a cancel or a poll answers says nothing about buffers.
#pragma once

#include <liburing.h>

#include <array>
#include <memory>
#include <string>

#include "io/lane.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

class uring_lane final : public lane {
 public:
  /// Moves `target` in only when it succeeds; otherwise nullptr, and `why` and `error` say what refused.
  static std::unique_ptr<uring_lane> make(sink_target& target, unsigned depth, std::string& why,
                                          std::error_code& error);
  ~uring_lane() override;

  [[nodiscard]] unsigned depth() const noexcept override { return depth_; }
  void submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  [[nodiscard]] std::int64_t write_now(std::span<const std::byte> bytes, std::uint64_t offset) noexcept override;
  std::size_t reap(std::span<completion> out) noexcept override;
  void wait(deadline until, wake_rule wake) noexcept override;
  [[nodiscard]] bool wake_requested() noexcept override { return is_readable(target_.wake_fd); }
  void cancel() noexcept override;
  [[nodiscard]] int severed() const noexcept override { return in_kernel() > 0 ? broken_ : 0; }
  void close(bool orderly, std::uint64_t end) noexcept override;
  [[nodiscard]] bool tells_unacked() const noexcept override { return target_.tells_unacked; }
  [[nodiscard]] std::int64_t unacked() noexcept override { return target_.unacked(); }
  void abandon() noexcept override;
  bool rebind() noexcept override;

 private:
  enum class request : std::uint8_t { write, poll, cancel, wake };
  enum class stage : std::uint8_t { free, staged, in_kernel, ended };
  struct operation {
    stage where = stage::free;
    request what = request::write;  // the request that the kernel holds for it: the write, or a poll before it
    std::span<const std::byte> bytes;
    std::uint64_t offset = 0;
    std::int64_t result = 0;
  };

  uring_lane() = default;
  [[nodiscard]] int set_up() noexcept;
  [[nodiscard]] int try_flags(unsigned flags) noexcept;
  [[nodiscard]] bool knows_operations() noexcept;
  void tear_down() noexcept;

  [[nodiscard]] bool ready() noexcept;
  [[nodiscard]] io_uring_sqe* next_entry(request what, unsigned slot) noexcept;
  void stage_write(unsigned slot) noexcept;
  void stage_poll(unsigned slot) noexcept;
  void arm_wake() noexcept;
  template <class Enter>
  void enter(Enter call) noexcept;
  void after_enter(int result) noexcept;
  void take_completions() noexcept;
  void take(const io_uring_cqe& entry) noexcept;
  void end(unsigned slot, std::int64_t result) noexcept;
  [[nodiscard]] unsigned in_kernel() const noexcept;
  void disarm_wake() noexcept;

  sink_target target_;
  unsigned depth_ = 1;
  io_uring ring_{};
  unsigned flags_ = 0;
  bool exists_ = false;   // ring_ is set up
  bool enabled_ = false;  // by the owner thread
  bool armed_ = false;    // the multishot poll on the wake descriptor
  bool woken_ = false;    // it fired since the last wait
  int broken_ = 0;        // errno of an io_uring_enter that will never work again
  std::array<operation, max_depth> operations_{};
};

}  // namespace tidegate::detail
