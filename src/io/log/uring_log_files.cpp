#include "io/log/uring_log_files.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace tidegate::detail {

namespace {

constexpr std::chrono::milliseconds disarm_within{100};

}  // namespace

uring_log_files::uring_log_files(std::shared_ptr<uring_ring> ring, ring_tenancy how, log_folders folders, int wake_fd,
                                 bool inlined)
    : posix_log_files(std::move(folders), wake_fd),
      ring_(std::move(ring)),
      tenancy_(how),
      own_bytes_(how == ring_tenancy::alone ? ring_->max_bytes() : 0),
      inlined_(inlined),
      seat_(ring_->join(*this)) {
  ring_->expect_signal(SIGXFSZ);
}

uring_log_files::~uring_log_files() { leave_ring(); }

void uring_log_files::leave_ring() noexcept {
  if (!ring_) return;
  ring_->forget_signal(SIGXFSZ);
  ring_->leave(seat_);
  ring_.reset();
}

/// Without a ring it goes on as posix_log_files.
bool uring_log_files::rebind() noexcept {
  if (in_kernel()) return false;
  if (tenancy_ == ring_tenancy::shared) return ring_->broken() != 0 || ring_->is_ours();
  (void)ring_->rebuild();
  return true;
}

void uring_log_files::shut() noexcept {
  disarm();
  leave_ring();
  posix_log_files::shut();
}

/// The child's mapping of the ring is gone already.
void uring_log_files::disown() noexcept {
  if (ring_) ring_->abandon();
  entries_ = {};
  worker_armed_ = wake_armed_ = false;
  posix_log_files::disown();
}

// --- starting requests

io_uring_sqe* uring_log_files::start(unsigned slot) noexcept {
  io_uring_sqe* const entry = ring_->next_entry(seat_, word(request::work, slot));
  if (entry != nullptr) entries_[slot] = ring_->staged();
  return entry;
}

void uring_log_files::write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  if (inlined_ || !ring_->ready()) return posix_log_files::write(slot, bytes, offset);
  io_uring_sqe* const entry = start(slot);
  if (entry == nullptr) return end(log_work::write, slot, -EAGAIN);
  entry->opcode = IORING_OP_WRITE;
  entry->fd = active_.fd.get();
  entry->addr = reinterpret_cast<std::uint64_t>(bytes.data());
  entry->len = static_cast<std::uint32_t>(bytes.size());
  entry->off = offset;
}

void uring_log_files::sync() noexcept {
  io_uring_sqe* const entry = start(sync_slot);
  if (entry == nullptr) return posix_log_files::sync();
  entry->opcode = IORING_OP_FSYNC;
  entry->fd = active_.fd.get();
  entry->fsync_flags = IORING_FSYNC_DATASYNC;
}

// --- polls

void uring_log_files::arm(request what, int fd, bool& armed) noexcept {
  if (armed || fd < 0) return;
  io_uring_sqe* const entry = ring_->next_entry(seat_, word(what, 0));
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = fd;
  entry->poll32_events = POLLIN;
  armed = true;
}

/// Takes the polls back, so that nothing of ours keeps their files open.
void uring_log_files::disarm() noexcept {
  if (!ring_ || !ring_->is_ours()) return;
  if (worker_armed_) ring_->cancel(seat_, word(request::worker, 0));
  if (wake_armed_) ring_->cancel(seat_, word(request::wake, 0));
  const deadline until = deadline::after(now(), disarm_within);
  while ((worker_armed_ || wake_armed_) && ring_->broken() == 0 && !until.reached(now())) ring_->wait(until);
}

// --- what has ended

std::size_t uring_log_files::reap(std::span<log_done> out) noexcept {
  (void)ring_->collect();
  if (ring_->broken() != 0) finish_unseen();
  return posix_log_files::reap(out);
}

void uring_log_files::wait(deadline until, wake_rule wake) noexcept {
  if (has_ends()) return;
  const bool own = std::any_of(entries_.begin(), entries_.end(), [](std::uint64_t entry) { return entry != 0; });
  if (!own || !ring_->ready()) return posix_log_files::wait(until, wake);
  const std::uint64_t delivered = ring_->delivered();
  prepare_wait();
  if (wake == wake_rule::heed) arm(request::wake, wake_fd_, wake_armed_);
  if (ring_->delivered() == delivered) ring_->wait(until);
}

void uring_log_files::prepare_wait() noexcept {
  if (ring_ && worker_busy()) arm(request::worker, worker_.descriptor(), worker_armed_);
}

pollfd uring_log_files::wants() const noexcept {
  return worker_armed_ && ring_->broken() == 0 ? pollfd{-1, 0, 0} : posix_log_files::wants();
}

void uring_log_files::on_completion(std::uint32_t what, std::int32_t result, std::uint32_t) noexcept {
  switch (static_cast<request>(what >> 16)) {
    case request::work: return finish(what & 0xffff, result);
    case request::worker: worker_armed_ = false; break;
    case request::wake: wake_armed_ = false; break;
  }
  if (result < 0 && may_pass(-result)) return ring_->rest();
  const bool hopeless = result < 0 && result != -ECANCELED && static_cast<request>(what >> 16) == request::wake;
  if (hopeless) wake_fd_ = -1;  // cannot be polled: do not try for ever
}

void uring_log_files::finish(unsigned slot, std::int64_t result) noexcept {
  entries_[slot] = 0;
  if (slot == sync_slot) return end(log_work::sync, 0, result);
  end(log_work::write, slot, result);
}

/// What the kernel has never seen of a ring that is broken.
void uring_log_files::finish_unseen() noexcept {
  for (unsigned slot = 0; slot < entries_.size(); ++slot) {
    if (entries_[slot] == 0 || ring_->handed_over(entries_[slot])) continue;
    if (slot != sync_slot) {
      finish(slot, -EAGAIN);
    } else {
      entries_[slot] = 0;
      posix_log_files::sync();
    }
  }
}

bool uring_log_files::in_kernel() const noexcept {
  return ring_ && std::any_of(entries_.begin(), entries_.end(),
                              [&](std::uint64_t entry) { return entry != 0 && ring_->handed_over(entry); });
}

}  // namespace tidegate::detail
