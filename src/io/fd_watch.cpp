#include "io/fd_watch.hpp"

#include <poll.h>

#include <cerrno>
#include <chrono>

#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

namespace {

constexpr std::uint32_t poll_word = 0;
constexpr std::chrono::milliseconds disarm_within{100};

}  // namespace

fd_watch::fd_watch(std::shared_ptr<uring_ring> ring, int fd) : ring_(std::move(ring)), fd_(fd) {
  if (ring_) seat_ = ring_->join(*this);
}

/// Takes the poll back, so that nothing of ours keeps the file open.
fd_watch::~fd_watch() {
  if (!ring_) return;
  if (armed_ && ring_->is_ours()) {
    ring_->cancel(seat_, poll_word);
    const deadline until = deadline::after(native_sync::now(), disarm_within);
    while (armed_ && ring_->broken() == 0 && !until.reached(native_sync::now())) ring_->wait(until);
  }
  ring_->leave(seat_);
}

void fd_watch::prepare() noexcept {
  if (armed_ || needs_polling()) return;
  io_uring_sqe* const entry = ring_->next_entry(seat_, poll_word);
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = fd_;
  entry->poll32_events = POLLIN;
  if (ring_->has(uring_feature::multishot_poll)) entry->len = IORING_POLL_ADD_MULTI;
  armed_ = true;
}

void fd_watch::on_completion(std::uint32_t, std::int32_t result, std::uint32_t flags) noexcept {
  armed_ = armed_ && (flags & IORING_CQE_F_MORE) != 0;
  if (result < 0 && may_pass(-result)) return ring_->rest();
  fired_ = true;
  if (result == -EINVAL && ring_->has(uring_feature::multishot_poll)) {
    ring_->give_up(uring_feature::multishot_poll);
  } else if (result < 0 && result != -ECANCELED) {
    unpollable_ = true;
  }
}

}  // namespace tidegate::detail
