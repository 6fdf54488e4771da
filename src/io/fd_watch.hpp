// fd_watch.hpp: notices that a borrowed descriptor becomes readable: by a poll on the ring that stays armed, or as a
// place in the caller's poll set.
#pragma once

#include <memory>
#include <utility>

#include "io/uring_ring.hpp"

namespace tidegate::detail {

class fd_watch final : private ring_client {
 public:
  /// Without a ring: see needs_polling().
  fd_watch(std::shared_ptr<uring_ring> ring, int fd);
  fd_watch(const fd_watch&) = delete;
  fd_watch& operator=(const fd_watch&) = delete;
  ~fd_watch();

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// True when the ring cannot watch it: the caller polls, and says note_polled().
  [[nodiscard]] bool needs_polling() const noexcept { return !ring_ || ring_->broken() != 0 || unpollable_; }
  /// True when it fires for as long as the descriptor is readable, false when for every write to an eventfd.
  [[nodiscard]] bool is_level() const noexcept { return needs_polling() || !ring_->has(uring_feature::multishot_poll); }

  /// Before sleeping: sees to it that the poll is armed.
  void prepare() noexcept;
  /// A poll set found it readable.
  void note_polled() noexcept { fired_ = polled_ = true; }
  [[nodiscard]] bool take_fired() noexcept { return std::exchange(fired_, false); }
  /// True when what was just taken may fire for as long as the descriptor is readable: it has to be read.
  [[nodiscard]] bool is_to_be_read() noexcept { return std::exchange(polled_, false) || is_level(); }

 private:
  void on_completion(std::uint32_t what, std::int32_t result, std::uint32_t flags) noexcept override;
  void on_rebuilt() noexcept override { armed_ = false; }

  const std::shared_ptr<uring_ring> ring_;
  const int fd_;
  unsigned seat_ = 0;
  bool armed_ = false;
  bool fired_ = false;
  bool polled_ = false;
  bool unpollable_ = false;
};

}  // namespace tidegate::detail
