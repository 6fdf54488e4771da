#include "io/log/uring_log_files.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/signal_guard.hpp"
#include "io/sink_target.hpp"

namespace tidegate::detail {

namespace {

constexpr unsigned ring_entries = 16;  // four writes, a sync, two polls and what cancels them
constexpr unsigned common = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED |
                            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG;
constexpr unsigned flag_sets[] = {common | IORING_SETUP_DEFER_TASKRUN, common | IORING_SETUP_COOP_TASKRUN,
                                  IORING_SETUP_CLAMP};
constexpr std::chrono::milliseconds retry_enter_after{1};

/// Refusals of the call rather than of io_uring: another try later may work.
bool may_pass(int error_number) noexcept {
  return error_number == EINTR || error_number == EAGAIN || error_number == EBUSY || error_number == ENOMEM;
}

bool knows_operations(io_uring& ring) noexcept {
  io_uring_probe* const probe = ::io_uring_get_probe_ring(&ring);
  if (probe == nullptr) return false;
  bool all = (ring.features & IORING_FEAT_EXT_ARG) != 0;
  for (const int code : {IORING_OP_WRITE, IORING_OP_FSYNC, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL}) {
    all = all && ::io_uring_opcode_supported(probe, code) != 0;
  }
  ::io_uring_free_probe(probe);
  return all;
}

/// 0, or the errno value that says why not. The first set of flags that the kernel knows is taken.
int make_ring(io_uring& ring, bool& enabled) noexcept {
  int refusal = EINVAL;
  for (const unsigned flags : flag_sets) {
    io_uring_params params{};
    params.flags = flags;
    refusal = -::io_uring_queue_init_params(ring_entries, &ring, &params);
    enabled = (flags & IORING_SETUP_R_DISABLED) == 0;
    if (refusal != EINVAL) break;
  }
  if (refusal != 0 || knows_operations(ring)) return refusal;
  ::io_uring_queue_exit(&ring);
  return EOPNOTSUPP;
}

}  // namespace

// --- making and dropping the ring

std::unique_ptr<uring_log_files> uring_log_files::make(log_folders& folders, int wake_fd, bool inlined,
                                                       std::string& why) {
  io_uring ring;
  bool enabled = false;
  if (const int refusal = make_ring(ring, enabled)) {
    why = std::string("io_uring_setup: ") + ::strerrorname_np(refusal);
    return nullptr;
  }
  try {
    return std::make_unique<uring_log_files>(std::move(folders), wake_fd, inlined, ring, enabled);
  } catch (...) {
    ::io_uring_queue_exit(&ring);
    throw;
  }
}

uring_log_files::uring_log_files(log_folders folders, int wake_fd, bool inlined, const io_uring& ring, bool enabled)
    : posix_log_files(std::move(folders), wake_fd), inlined_(inlined), ring_(ring), enabled_(enabled) {}

uring_log_files::~uring_log_files() {
  if (exists_) ::io_uring_queue_exit(&ring_);
}

bool uring_log_files::rebind() noexcept {
  if (in_kernel() > 0) return false;
  if (!exists_ || !enabled_) return true;  // gone, or not bound yet
  ::io_uring_queue_exit(&ring_);
  worker_armed_ = wake_armed_ = false;
  broken_ = make_ring(ring_, enabled_);
  exists_ = broken_ == 0;
  return true;  // without a ring it goes on as posix_log_files
}

void uring_log_files::shut() noexcept {
  if (exists_) {
    cancel_polls();
    ::io_uring_queue_exit(&ring_);
  }
  exists_ = false;
  posix_log_files::shut();
}

/// Takes the polls back, so that nothing of ours keeps their files open.
void uring_log_files::cancel_polls() noexcept {
  if (!enabled_ || broken_ != 0) return;
  for (const request what : {request::worker, request::wake}) {
    io_uring_sqe* const entry = next_entry(request::cancel, 0);
    if (entry == nullptr) return;
    entry->opcode = IORING_OP_POLL_REMOVE;
    entry->fd = -1;
    entry->addr = static_cast<std::uint64_t>(what) << 32;
  }
  const deadline until = deadline::after(now(), std::chrono::milliseconds{100});
  while ((worker_armed_ || wake_armed_) && broken_ == 0 && !until.reached(now())) {
    __kernel_timespec span{0, 10'000'000};
    io_uring_cqe* first = nullptr;
    enter([&] { return ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &span, nullptr); });
  }
}

/// Binds the ring to the calling thread at its first request.
bool uring_log_files::ready() noexcept {
  if (!exists_ || broken_ != 0 || enabled_) return exists_ && broken_ == 0;
  // liburing 2.3 declares io_uring_enable_rings(), but its shared library does not export it
  const int result =
      ::io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (result < 0) broken_ = -result;
  enabled_ = broken_ == 0;
  return enabled_;
}

// --- starting requests

io_uring_sqe* uring_log_files::next_entry(request what, unsigned slot) noexcept {
  io_uring_sqe* const entry = ::io_uring_get_sqe(&ring_);
  if (entry == nullptr) return nullptr;
  std::memset(entry, 0, sizeof *entry);
  entry->user_data = static_cast<std::uint64_t>(what) << 32 | slot;
  return entry;
}

void uring_log_files::write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  if (inlined_ || !ready()) return posix_log_files::write(slot, bytes, offset);
  io_uring_sqe* const entry = next_entry(request::work, slot);
  if (entry == nullptr) return end(log_work::write, slot, -EAGAIN);
  entry->opcode = IORING_OP_WRITE;
  entry->fd = active_.fd.get();
  entry->addr = reinterpret_cast<std::uint64_t>(bytes.data());
  entry->len = static_cast<std::uint32_t>(bytes.size());
  entry->off = offset;
  stages_[slot] = stage::staged;
}

void uring_log_files::sync() noexcept {
  io_uring_sqe* const entry = ready() ? next_entry(request::work, sync_slot) : nullptr;
  if (entry == nullptr) return posix_log_files::sync();
  entry->opcode = IORING_OP_FSYNC;
  entry->fd = active_.fd.get();
  entry->fsync_flags = IORING_FSYNC_DATASYNC;
  stages_[sync_slot] = stage::staged;
}

void uring_log_files::arm(request what, int fd, bool& armed) noexcept {
  if (armed || fd < 0) return;
  io_uring_sqe* const entry = next_entry(what, 0);
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = fd;
  entry->poll32_events = POLLIN;
  armed = true;
}

// --- entering the kernel

/// Every system call on the ring that may run completions comes through here.
template <class Enter>
void uring_log_files::enter(Enter call) noexcept {
  signal_guard guard(SIGXFSZ);
  const int result = call();
  guard.take_back();  // always: a write that fails may raise the signal one call before its completion
  if (result < 0 && result != -ETIME && !may_pass(-result)) broken_ = -result;
  const bool handed_over = broken_ == 0 && ::io_uring_sq_ready(&ring_) == 0;
  for (unsigned slot = 0; slot < stages_.size(); ++slot) {
    if (stages_[slot] != stage::staged) continue;
    if (broken_ != 0) {
      finish(slot, -EAGAIN);  // the kernel has never seen it
    } else if (handed_over) {
      stages_[slot] = stage::in_kernel;
    }
  }
  take_completions();
}

std::size_t uring_log_files::reap(std::span<log_done> out) noexcept {
  if (exists_ && broken_ == 0 && enabled_) {
    const bool staged = ::io_uring_sq_ready(&ring_) > 0;
    const bool tasks =
        ::io_uring_cq_has_overflow(&ring_) || (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0;
    if (staged) {
      enter([&] { return ::io_uring_submit_and_get_events(&ring_); });
    } else if (tasks) {
      enter([&] { return ::io_uring_get_events(&ring_); });
    } else {
      take_completions();
    }
  }
  return posix_log_files::reap(out);
}

void uring_log_files::wait(deadline until, wake_rule wake) noexcept {
  if (has_ends()) return;
  const bool own = std::any_of(stages_.begin(), stages_.end(), [](stage one) { return one != stage::free; });
  if (!own || !ready()) return posix_log_files::wait(until, wake);
  if (worker_busy()) arm(request::worker, worker_.descriptor(), worker_armed_);
  if (wake == wake_rule::heed) arm(request::wake, wake_fd_, wake_armed_);
  auto left = time_left(until, now());
  const bool staged = std::find(stages_.begin(), stages_.end(), stage::staged) != stages_.end();
  if (staged) left = std::min<std::chrono::nanoseconds>(left, retry_enter_after);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  __kernel_timespec span{whole.count(), (left - whole).count()};
  io_uring_cqe* first = nullptr;
  enter([&] { return ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &span, nullptr); });
}

// --- completions

void uring_log_files::take_completions() noexcept {
  io_uring_cqe* entry = nullptr;
  unsigned head = 0;
  unsigned count = 0;
  io_uring_for_each_cqe(&ring_, head, entry) {
    take(*entry);
    ++count;
  }
  ::io_uring_cq_advance(&ring_, count);
}

void uring_log_files::take(const io_uring_cqe& entry) noexcept {
  switch (static_cast<request>(entry.user_data >> 32)) {
    case request::work: return finish(static_cast<unsigned>(entry.user_data & 0xffffffffu), entry.res);
    case request::worker: worker_armed_ = false; return;
    case request::wake:
      wake_armed_ = false;
      if (entry.res < 0 && entry.res != -ECANCELED) wake_fd_ = -1;  // cannot be polled: do not try for ever
      return;
    case request::cancel: return;
  }
}

void uring_log_files::finish(unsigned slot, std::int64_t result) noexcept {
  stages_[slot] = stage::free;
  if (slot == sync_slot) {
    if (result == -EAGAIN && broken_ != 0) return posix_log_files::sync();
    return end(log_work::sync, 0, result);
  }
  end(log_work::write, slot, result);
}

unsigned uring_log_files::in_kernel() const noexcept {
  return static_cast<unsigned>(std::count(stages_.begin(), stages_.end(), stage::in_kernel));
}

}  // namespace tidegate::detail
