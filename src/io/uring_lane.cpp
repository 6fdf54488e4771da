#include "io/uring_lane.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "io/signal_guard.hpp"

namespace tidegate::detail {

namespace {

constexpr unsigned ring_entries = 32;  // depth writes, as many polls and cancels, one wake poll
constexpr unsigned deferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                              IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
constexpr unsigned cooperative = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
constexpr unsigned plain = IORING_SETUP_CLAMP;
constexpr std::uint64_t current_position = ~std::uint64_t{0};
constexpr std::chrono::milliseconds retry_enter_after{1};

std::string explain(int error_number) {
  std::string text = std::string("io_uring_setup: ") + ::strerrorname_np(error_number);
  switch (error_number) {
    case EPERM: return text + " (a seccomp filter, or the sysctl kernel.io_uring_disabled)";
    case ENOSYS: return text + " (a kernel or a seccomp filter without io_uring)";
    case ENOMEM: return text + " (locked-memory limit)";
    case EMFILE:
    case ENFILE: return text + " (no file descriptors left)";
    default: return text;
  }
}

/// Refusals of the request itself rather than of io_uring: another try later may work.
bool may_pass(int error_number) noexcept {
  return error_number == EINTR || error_number == EAGAIN || error_number == EBUSY || error_number == ENOMEM;
}

}  // namespace

// --- making and dropping the ring

std::unique_ptr<uring_lane> uring_lane::make(sink_target& target, unsigned depth, std::string& why,
                                             std::error_code& error) {
  std::unique_ptr<uring_lane> made(new uring_lane);
  made->depth_ = depth;
  made->target_.kind = target.kind;
  if (const int refusal = made->set_up(); refusal != 0) {
    why = refusal == EOPNOTSUPP ? "io_uring lacks what this sink needs (timed waits; deferred completions for pipes)"
                                : explain(refusal);
    error = {refusal, std::system_category()};
    return nullptr;
  }
  made->target_ = std::move(target);
  why = made->target_.kind == target_kind::socket ? "io_uring SEND" : "io_uring WRITE";
  why += (made->flags_ & IORING_SETUP_DEFER_TASKRUN) != 0  ? ", deferred completions"
         : (made->flags_ & IORING_SETUP_COOP_TASKRUN) != 0 ? ", cooperative completions"
                                                           : "";
  return made;
}

/// 0, or the errno value that says why not. The first set of flags that the kernel knows is taken.
int uring_lane::set_up() noexcept {
  int refusal = EINVAL;
  for (const unsigned flags : {deferred, cooperative, plain}) {
    refusal = try_flags(flags);
    if (refusal != EINVAL) break;
  }
  if (refusal != 0) return refusal;
  exists_ = true;
  const bool stream_write = target_.kind != target_kind::socket && target_.kind != target_kind::file;
  const bool signals_escape = stream_write && (flags_ & IORING_SETUP_DEFER_TASKRUN) == 0;
  if ((ring_.features & IORING_FEAT_EXT_ARG) != 0 && !signals_escape && knows_operations()) return 0;
  tear_down();
  return EOPNOTSUPP;
}

int uring_lane::try_flags(unsigned flags) noexcept {
  io_uring_params params{};
  params.flags = flags;
  const int result = ::io_uring_queue_init_params(ring_entries, &ring_, &params);
  if (result < 0) return -result;
  flags_ = flags;
  enabled_ = (flags & IORING_SETUP_R_DISABLED) == 0;
  (void)::io_uring_ring_dontfork(&ring_);  // a child must not even see it
  return 0;
}

bool uring_lane::knows_operations() noexcept {
  io_uring_probe* const probe = ::io_uring_get_probe_ring(&ring_);
  if (probe == nullptr) return false;
  bool all = true;
  for (const int code : {IORING_OP_SEND, IORING_OP_WRITE, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL}) {
    all = all && ::io_uring_opcode_supported(probe, code) != 0;
  }
  ::io_uring_free_probe(probe);
  return all;
}

void uring_lane::tear_down() noexcept {
  if (exists_) ::io_uring_queue_exit(&ring_);
  exists_ = enabled_ = armed_ = woken_ = false;
}

uring_lane::~uring_lane() { tear_down(); }

bool uring_lane::rebind() noexcept {
  if (in_kernel() > 0) return false;
  if (!enabled_ && exists_) return true;  // not bound yet
  tear_down();
  broken_ = set_up();
  return broken_ == 0;
}

// --- starting requests

void uring_lane::submit(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  operations_[slot] = {stage::staged, request::write, bytes, offset, 0};
  if (!ready()) return end(slot, -broken_);
  stage_write(slot);
}

/// A plain send: through the ring it would have to be waited for, because the bytes are the caller's.
std::int64_t uring_lane::write_now(std::span<const std::byte> bytes, std::uint64_t) noexcept {
  return target_.kind == target_kind::socket ? send_some(target_.fd.get(), bytes) : -EAGAIN;
}

/// Binds the ring to the calling thread at its first request.
bool uring_lane::ready() noexcept {
  if (broken_ != 0 || enabled_) return broken_ == 0;
  // liburing 2.3 declares io_uring_enable_rings(), but its shared library does not export it
  const int result =
      ::io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (result < 0) broken_ = -result;
  enabled_ = broken_ == 0;
  return enabled_;
}

io_uring_sqe* uring_lane::next_entry(request what, unsigned slot) noexcept {
  io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
  if (entry == nullptr) return nullptr;
  std::memset(entry, 0, sizeof *entry);
  entry->user_data = static_cast<std::uint64_t>(what) << 32 | slot;
  return entry;
}

void uring_lane::stage_write(unsigned slot) noexcept {
  operation& one = operations_[slot];
  one.where = stage::staged;
  one.what = request::write;
  io_uring_sqe* const entry = next_entry(request::write, slot);
  if (entry == nullptr) return end(slot, -EAGAIN);
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
  operation& one = operations_[slot];
  one.where = stage::staged;
  one.what = request::poll;
  io_uring_sqe* const entry = next_entry(request::poll, slot);
  if (entry == nullptr) return end(slot, -EAGAIN);
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = target_.fd.get();
  entry->poll32_events = POLLOUT;
}

/// The wake descriptor is watched by one multishot poll, never read; the kernel says when it has to be armed again.
void uring_lane::arm_wake() noexcept {
  if (armed_ || target_.wake_fd < 0 || !ready()) return;
  io_uring_sqe* const entry = next_entry(request::wake, 0);
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = target_.wake_fd;
  entry->poll32_events = POLLIN;
  entry->len = IORING_POLL_ADD_MULTI;
  armed_ = true;
}

// --- entering the kernel

/// Every system call on the ring that may run completions comes through here.
template <class Enter>
void uring_lane::enter(Enter call) noexcept {
  std::optional<signal_guard> guard;
  if (target_.kind != target_kind::socket) guard.emplace(target_.kind == target_kind::file ? SIGXFSZ : SIGPIPE);
  after_enter(call());
  if (guard) guard->take_back();  // always: a write that fails may raise the signal one call before its completion
  take_completions();
}

void uring_lane::after_enter(int result) noexcept {
  if (result < 0 && result != -ETIME && !may_pass(-result)) broken_ = -result;
  const bool handed_over = broken_ == 0 && ::io_uring_sq_ready(&ring_) == 0;
  for (unsigned slot = 0; slot < depth_; ++slot) {
    operation& one = operations_[slot];
    if (one.where != stage::staged) continue;
    if (broken_ != 0) {
      end(slot, -broken_);  // the kernel has never seen it
    } else if (handed_over) {
      one.where = stage::in_kernel;
    }
  }
}

std::size_t uring_lane::reap(std::span<completion> out) noexcept {
  if (broken_ == 0 && enabled_) {
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
  if (ended || (std::exchange(woken_, false) && wake == wake_rule::heed) || !ready()) return;
  auto left = time_left(until, now());
  if (::io_uring_sq_ready(&ring_) > 0) left = std::min<std::chrono::nanoseconds>(left, retry_enter_after);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  __kernel_timespec span{whole.count(), (left - whole).count()};
  io_uring_cqe* first = nullptr;
  enter([&] { return ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &span, nullptr); });
}

// --- completions

void uring_lane::take_completions() noexcept {
  io_uring_cqe* entry = nullptr;
  unsigned head = 0;
  unsigned count = 0;
  io_uring_for_each_cqe(&ring_, head, entry) {
    take(*entry);
    ++count;
  }
  ::io_uring_cq_advance(&ring_, count);
}

void uring_lane::take(const io_uring_cqe& entry) noexcept {
  const auto what = static_cast<request>(entry.user_data >> 32);
  const auto slot = static_cast<unsigned>(entry.user_data & 0xffffffffu);
  switch (what) {
    case request::write:
      if (entry.res == -EAGAIN) return stage_poll(slot);
      return end(slot, entry.res);
    case request::poll:
      if (entry.res < 0) return end(slot, entry.res);
      return stage_write(slot);
    case request::wake:
      woken_ = true;
      if (entry.res < 0 && entry.res != -ECANCELED) target_.wake_fd = -1;  // cannot be polled: do not try for ever
      armed_ = armed_ && (entry.flags & IORING_CQE_F_MORE) != 0;
      return;
    case request::cancel: return;  // the target's own completion counts
  }
}

void uring_lane::end(unsigned slot, std::int64_t result) noexcept {
  operations_[slot].where = stage::ended;
  operations_[slot].result = result;
}

unsigned uring_lane::in_kernel() const noexcept {
  return static_cast<unsigned>(std::count_if(operations_.begin(), operations_.end(),
                                             [](const operation& one) { return one.where == stage::in_kernel; }));
}

// --- ending

void uring_lane::cancel() noexcept {
  if (target_.kind == target_kind::socket) (void)::shutdown(target_.fd.get(), SHUT_RDWR);
  if (!ready()) return;
  for (unsigned slot = 0; slot < depth_; ++slot) {
    const operation& one = operations_[slot];
    if (one.where != stage::staged && one.where != stage::in_kernel) continue;
    io_uring_sqe* const entry = next_entry(request::cancel, slot);
    if (entry == nullptr) return;
    entry->opcode = IORING_OP_ASYNC_CANCEL;
    entry->fd = -1;
    entry->addr = static_cast<std::uint64_t>(one.what) << 32 | slot;
  }
}

void uring_lane::close(bool orderly, std::uint64_t end) noexcept {
  disarm_wake();
  tear_down();
  target_.close(orderly, end);
}

/// The child's mapping of the ring is gone already (see try_flags), and something else may lie there.
void uring_lane::abandon() noexcept {
  if (exists_) (void)::close(ring_.ring_fd);
  exists_ = enabled_ = armed_ = woken_ = false;
  operations_ = {};
  target_.fd.reset();
}

/// Takes the multishot poll back, so that nothing of ours keeps the wake descriptor's file open.
void uring_lane::disarm_wake() noexcept {
  if (!armed_ || !ready()) return;
  io_uring_sqe* const entry = next_entry(request::cancel, 0);
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_POLL_REMOVE;
  entry->fd = -1;
  entry->addr = static_cast<std::uint64_t>(request::wake) << 32;
  const deadline until = deadline::after(now(), std::chrono::milliseconds{100});
  while (armed_ && broken_ == 0 && !until.reached(now())) wait(until, wake_rule::ignore);
}

}  // namespace tidegate::detail
