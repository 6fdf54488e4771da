#include "io/uring_lane.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "io/poll_until.hpp"

namespace tidegate::detail {

namespace {

constexpr std::uint64_t current_position = ~std::uint64_t{0};
constexpr std::chrono::milliseconds disarm_within{100};

}  // namespace

uring_lane::uring_lane(std::shared_ptr<uring_ring> ring, sink_target target, unsigned depth, tenancy how)
    : ring_(std::move(ring)),
      target_(std::move(target)),
      depth_(depth),
      tenancy_(how),
      own_bytes_(how == tenancy::alone ? ring_->max_bytes() : 0),
      seat_(ring_->join(*this)) {
  if (signal_number() != 0) ring_->expect_signal(signal_number());
}

uring_lane::~uring_lane() { leave_ring(); }

void uring_lane::leave_ring() noexcept {
  if (!ring_) return;
  if (signal_number() != 0) ring_->forget_signal(signal_number());
  ring_->leave(seat_);
  ring_.reset();
}

int uring_lane::signal_number() const noexcept {
  if (target_.kind == target_kind::socket) return 0;
  return target_.kind == target_kind::file ? SIGXFSZ : SIGPIPE;
}

bool uring_lane::rebind() noexcept {
  if (in_kernel() > 0) return false;
  return tenancy_ == tenancy::alone ? ring_->rebuild() : ring_->is_ours();
}

// --- starting requests

void uring_lane::submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  operations_[slot] = {stage::started, request::write, bytes, offset, 0, 0};
  stage_write(slot);
}

/// A plain send: through the ring it would have to be waited for, because the bytes are the caller's.
std::int64_t uring_lane::write_now(std::span<const std::byte> bytes, std::uint64_t) noexcept {
  return target_.kind == target_kind::socket ? send_some(target_.fd.get(), bytes) : -EAGAIN;
}

/// An entry for the slot, which ends when there is none.
io_uring_sqe* uring_lane::start(unsigned slot, request what) noexcept {
  operation& one = operations_[slot];
  one.what = what;
  io_uring_sqe* const entry = ring_->next_entry(seat_, word(what, slot));
  if (entry == nullptr) end(slot, ring_->broken() != 0 ? -ring_->broken() : -EAGAIN);
  if (entry != nullptr) one.entry = ring_->staged();
  return entry;
}

void uring_lane::stage_write(unsigned slot) noexcept {
  io_uring_sqe* const entry = start(slot, request::write);
  if (entry == nullptr) return;
  const operation& one = operations_[slot];
  const bool socket = target_.kind == target_kind::socket;
  entry->opcode = socket ? IORING_OP_SEND : IORING_OP_WRITE;
  entry->fd = target_.fd.get();
  entry->addr = reinterpret_cast<std::uint64_t>(one.bytes.data());
  entry->len = static_cast<std::uint32_t>(one.bytes.size());
  if (socket) {
    entry->msg_flags = MSG_NOSIGNAL | (target_.shows_progress ? 0 : MSG_WAITALL);
  } else {
    entry->off = target_.kind == target_kind::file ? one.offset : current_position;
  }
}

/// A descriptor in non-blocking mode answers EAGAIN instead of staying pending: wait for room, then write again.
void uring_lane::stage_poll(unsigned slot) noexcept {
  io_uring_sqe* const entry = start(slot, request::poll);
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = target_.fd.get();
  entry->poll32_events = POLLOUT;
}

/// The wake descriptor is watched by one multishot poll, never read; the kernel says when it has to be armed again.
void uring_lane::arm_wake() noexcept {
  if (armed_ || target_.wake_fd < 0) return;
  io_uring_sqe* const entry = ring_->next_entry(seat_, word(request::wake, 0));
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = target_.wake_fd;
  entry->poll32_events = POLLIN;
  if (ring_->has(uring_feature::multishot_poll)) entry->len = IORING_POLL_ADD_MULTI;
  armed_ = true;
}

// --- what has ended

std::size_t uring_lane::reap(std::span<completion> out) noexcept {
  (void)ring_->collect();
  if (ring_->broken() != 0) end_unseen();
  std::size_t count = 0;
  for (unsigned slot = 0; slot < depth_; ++slot) {
    if (operations_[slot].where != stage::ended) continue;
    operations_[slot].where = stage::free;
    out[count++] = {slot, operations_[slot].result};
  }
  return count;
}

void uring_lane::wait(deadline until, wake_rule wake) noexcept {
  if (wake == wake_rule::heed) arm_wake();
  const bool ended = std::any_of(operations_.begin(), operations_.end(),
                                 [](const operation& one) { return one.where == stage::ended; });
  if (ended || (std::exchange(woken_, false) && wake == wake_rule::heed)) return;
  if (ring_->broken() == 0) return ring_->wait(until);
  pollfd wake_fd{wake == wake_rule::heed ? target_.wake_fd : -1, POLLIN, 0};
  if (in_kernel() == 0) poll_until({&wake_fd, 1}, until);
}

void uring_lane::on_completion(std::uint32_t what, std::int32_t result, std::uint32_t flags) noexcept {
  const unsigned slot = what & 0xffff;
  switch (static_cast<request>(what >> 16)) {
    case request::write: return result == -EAGAIN ? stage_poll(slot) : end(slot, result);
    case request::poll: return result < 0 ? end(slot, result) : stage_write(slot);
    case request::wake: break;
  }
  armed_ = armed_ && (flags & IORING_CQE_F_MORE) != 0;
  if (result < 0 && may_pass(-result)) return ring_->rest();
  woken_ = true;
  if (result == -EINVAL && ring_->has(uring_feature::multishot_poll))
    return ring_->give_up(uring_feature::multishot_poll);
  if (result < 0 && result != -ECANCELED) target_.wake_fd = -1;  // cannot be polled: do not try for ever
}

void uring_lane::end(unsigned slot, std::int64_t result) noexcept {
  operations_[slot].where = stage::ended;
  operations_[slot].result = result;
}

/// What the kernel has never seen of a ring that is broken.
void uring_lane::end_unseen() noexcept {
  for (unsigned slot = 0; slot < depth_; ++slot) {
    const operation& one = operations_[slot];
    if (one.where == stage::started && !ring_->handed_over(one.entry)) end(slot, -ring_->broken());
  }
}

unsigned uring_lane::in_kernel() const noexcept {
  return static_cast<unsigned>(std::count_if(operations_.begin(), operations_.end(), [&](const operation& one) {
    return one.where == stage::started && ring_->handed_over(one.entry);
  }));
}

// --- ending

void uring_lane::cancel() noexcept {
  if (target_.kind == target_kind::socket) (void)::shutdown(target_.fd.get(), SHUT_RDWR);
  for (unsigned slot = 0; slot < depth_; ++slot) {
    const operation& one = operations_[slot];
    if (one.where == stage::started) ring_->cancel(seat_, word(one.what, slot));
  }
}

void uring_lane::close(bool orderly, std::uint64_t end) noexcept {
  disarm_wake();
  leave_ring();
  target_.close(orderly, end);
}

/// The child's mapping of the ring is gone already, and something else may lie there.
void uring_lane::abandon() noexcept {
  if (ring_) ring_->abandon();
  operations_ = {};
  armed_ = woken_ = false;
  target_.fd.reset();
}

/// Takes the poll back, so that nothing of ours keeps the wake descriptor's file open.
void uring_lane::disarm_wake() noexcept {
  if (!armed_) return;
  ring_->cancel(seat_, word(request::wake, 0));
  const deadline until = deadline::after(now(), disarm_within);
  while (armed_ && ring_->broken() == 0 && !until.reached(now())) ring_->wait(until);
}

}  // namespace tidegate::detail
