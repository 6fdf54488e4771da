#include "io/uring_ring.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "io/feature_names.hpp"
#include "io/signal_guard.hpp"
#include "io/uring_words.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

namespace {

constexpr unsigned common = IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                            IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
constexpr unsigned ladder[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | common,
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | common,
    IORING_SETUP_COOP_TASKRUN | common,
    IORING_SETUP_CLAMP,
};
constexpr struct {
  unsigned flag;
  uring_feature feature;
} optional_flags[] = {
    {IORING_SETUP_SINGLE_ISSUER, uring_feature::single_issuer},
    {IORING_SETUP_DEFER_TASKRUN, uring_feature::defer_taskrun},
    {IORING_SETUP_COOP_TASKRUN, uring_feature::coop_taskrun},
    {IORING_SETUP_SUBMIT_ALL, uring_feature::submit_all},
    {IORING_SETUP_CQSIZE, uring_feature::cq_size},
    {IORING_SETUP_CLAMP, uring_feature::clamp},
};
constexpr std::chrono::milliseconds retry_enter_after{1};
constexpr const char* escaping = "a signal that a WRITE raises would escape without deferred completions";

std::string explain(int error_number) {
  std::string text = std::string("io_uring_setup: ") + ::strerrorname_np(error_number);
  switch (error_number) {
    case EPERM: return text + " (a seccomp filter, or the sysctl kernel.io_uring_disabled)";
    case ENOSYS: return text + " (a kernel or a seccomp filter without io_uring)";
    case ENOMEM: return text + " (locked-memory limit)";
    case EMFILE:
    case ENFILE: return text + " (no file descriptors left)";
    case EINVAL: return text + " (no set of flags is known)";
    case EOPNOTSUPP: return "io_uring lacks what every sink needs: timed waits, poll, cancel";
    default: return text;
  }
}

}  // namespace

bool may_pass(int error_number) noexcept {
  return error_number == EINTR || error_number == EAGAIN || error_number == EBUSY || error_number == ENOMEM;
}

// --- making and dropping the ring

std::shared_ptr<uring_ring> uring_ring::make(const ring_options& options, std::string& why, std::error_code& error) {
  std::shared_ptr<uring_ring> made(new uring_ring(options));
  const int refusal = made->set_up();
  if (refusal == 0) return made;
  why = explain(refusal);
  if (!options.without.none()) why += "; without " + names_of(options.without);
  error = {refusal, std::system_category()};
  return nullptr;
}

/// 0, or the errno value that says why not. The first set of flags that the kernel knows is taken.
int uring_ring::set_up() noexcept {
  int refusal = EINVAL;
  for (const unsigned flags : ladder) {
    refusal = try_flags(flags);
    if (refusal != EINVAL) break;
  }
  if (refusal != 0) return refusal;
  exists_ = true;
  if (probe()) return 0;
  tear_down();
  return EOPNOTSUPP;
}

int uring_ring::try_flags(unsigned flags) noexcept {
  for (const auto& [flag, feature] : optional_flags) {
    if ((flags & flag) != 0 && options_.without.contains(feature)) return EINVAL;
  }
  io_uring_params params{};
  params.flags = flags;
  params.cq_entries =
      std::max(options_.completions == 0 ? 2 * options_.submissions : options_.completions, options_.submissions);
  const int result = ::io_uring_queue_init_params(options_.submissions, &ring_, &params);
  if (result < 0) return -result;
  flags_ = flags;
  enabled_ = (flags & IORING_SETUP_R_DISABLED) == 0;
  (void)::io_uring_ring_dontfork(&ring_);  // a child must not even see it
  return 0;
}

/// Notes what is missing; false when there is no going without it.
bool uring_ring::probe() noexcept {
  io_uring_probe* const found = ::io_uring_get_probe_ring(&ring_);
  if (found == nullptr) return false;
  const auto knows = [&](int operation) { return ::io_uring_opcode_supported(found, operation) != 0; };
  if (!knows(IORING_OP_SEND)) give_up(uring_feature::send);
  if (!knows(IORING_OP_WRITE)) give_up(uring_feature::write);
  if (!knows(uring_word::op_futex_wait)) give_up(uring_feature::futex_wait);
  if ((ring_.features & IORING_FEAT_EXT_ARG) == 0) give_up(uring_feature::timed_wait);
  const bool usable = knows(IORING_OP_POLL_ADD) && knows(IORING_OP_ASYNC_CANCEL) && has(uring_feature::timed_wait);
  ::io_uring_free_probe(found);
  return usable;
}

void uring_ring::tear_down() noexcept {
  if (process_.foreign()) return abandon();
  if (exists_) ::io_uring_queue_exit(&ring_);
  exists_ = enabled_ = false;
  issuer_ = 0;
  alarm_.reset();
}

uring_ring::~uring_ring() { tear_down(); }

void uring_ring::abandon() noexcept {
  if (exists_) (void)::close(ring_.ring_fd);
  exists_ = enabled_ = false;
}

bool uring_ring::rebuild() noexcept {
  if (enabled_ || !exists_) {
    tear_down();
    staged_ = 0;
    refused_ = false;
    broken_ = set_up();
  }
  for (place& one : places_) {
    ++one.generation;
    if (one.client != nullptr) one.client->on_rebuilt();
  }
  return broken_ == 0;
}

bool uring_ring::is_ours() const noexcept {
  return !process_.foreign() && (issuer_ == 0 || issuer_ == native_sync::thread_token());
}

const char* uring_ring::objection_to(target_kind kind) const noexcept {
  if (kind == target_kind::socket) return has(uring_feature::send) ? "" : "io_uring has no SEND here";
  if (!has(uring_feature::write)) return "io_uring has no WRITE here";
  return kind == target_kind::file || (flags_ & IORING_SETUP_DEFER_TASKRUN) != 0 ? "" : escaping;
}

std::string uring_ring::describe() const {
  std::string text = (flags_ & IORING_SETUP_DEFER_TASKRUN) != 0  ? "deferred completions"
                     : (flags_ & IORING_SETUP_COOP_TASKRUN) != 0 ? "cooperative completions"
                                                                 : "plain completions";
  if (!options_.without.none()) text += "; without " + names_of(options_.without);
  return text;
}

// --- clients

unsigned uring_ring::join(ring_client& client) {
  const auto free = std::find_if(places_.begin(), places_.end(), [](const place& one) { return !one.client; });
  const auto seat = static_cast<unsigned>(free - places_.begin());
  if (free == places_.end()) {
    places_.push_back({&client, 0});
  } else {
    free->client = &client;
  }
  return seat;
}

void uring_ring::leave(unsigned seat) noexcept {
  places_[seat].client = nullptr;
  ++places_[seat].generation;
}

void uring_ring::expect_signal(int signal_number) noexcept { ++(signal_number == SIGPIPE ? pipes_ : files_); }
void uring_ring::forget_signal(int signal_number) noexcept { --(signal_number == SIGPIPE ? pipes_ : files_); }

std::uint64_t uring_ring::tag(unsigned seat, std::uint32_t what) const noexcept {
  return std::uint64_t{seat} << 48 | std::uint64_t{places_[seat].generation} << 32 | what;
}

// --- requests

bool uring_ring::ready() noexcept {
  if (broken_ != 0 || process_.foreign()) return false;
  if (issuer_ != 0) return true;
  if (!enabled_) {
    // liburing 2.3 declares io_uring_enable_rings(), but its shared library does not export it
    const int result =
        ::io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    if (result < 0) broken_ = -result;
    enabled_ = broken_ == 0;
  }
  if (enabled_) issuer_ = native_sync::thread_token();
  return enabled_;
}

io_uring_sqe* uring_ring::next_entry(unsigned seat, std::uint32_t what) noexcept {
  if (!ready()) return nullptr;
  io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
  if (entry == nullptr) {
    enter([&] { return ::io_uring_submit_and_get_events(&ring_); });
    entry = broken_ == 0 ? ::io_uring_get_sqe(&ring_) : nullptr;
  }
  if (entry == nullptr) return nullptr;
  ++staged_;
  std::memset(entry, 0, sizeof *entry);
  entry->user_data = tag(seat, what);
  return entry;
}

void uring_ring::cancel(unsigned seat, std::uint32_t what) noexcept {
  io_uring_sqe* const entry = next_entry(seat, dropped);
  if (entry == nullptr) return;
  entry->opcode = IORING_OP_ASYNC_CANCEL;
  entry->fd = -1;
  entry->addr = tag(seat, what);
}

// --- entering the kernel

/// Every system call on the ring that may run completions comes through here.
template <class Call>
std::size_t uring_ring::enter(Call call) noexcept {
  std::optional<signal_guard> pipe_guard;
  std::optional<signal_guard> file_guard;
  if (pipes_ > 0) pipe_guard.emplace(SIGPIPE);
  if (files_ > 0) file_guard.emplace(SIGXFSZ);
  ++entries_;
  const int result = call();
  if (result < 0 && result != -ETIME && !may_pass(-result)) broken_ = -result;
  refused_ = ::io_uring_sq_ready(&ring_) > 0;
  // always: a write that fails may raise the signal one call before its completion
  if (file_guard) file_guard->take_back();
  if (pipe_guard) pipe_guard->take_back();
  return deliver();
}

std::size_t uring_ring::collect() noexcept {
  if (!exists_ || !enabled_ || process_.foreign()) return 0;
  if (held_ || broken_ != 0) return deliver();
  const bool staged = ::io_uring_sq_ready(&ring_) > 0;
  const bool tasks = (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0;
  std::size_t count = 0;
  if (staged) {
    count = enter([&] { return ::io_uring_submit_and_get_events(&ring_); });
  } else if (tasks) {
    count = enter([&] { return ::io_uring_get_events(&ring_); });
  } else {
    count = deliver();
  }
  while (broken_ == 0 && ::io_uring_cq_has_overflow(&ring_)) {
    ++overflows_;
    const std::size_t more = enter([&] { return ::io_uring_get_events(&ring_); });
    if (more == 0) break;
    count += more;
  }
  return count;
}

void uring_ring::wait(deadline until) noexcept {
  if (!ready()) return;
  auto left = time_left(until, native_sync::now());
  if (refused_) left = std::min<std::chrono::nanoseconds>(left, retry_enter_after);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  __kernel_timespec span{whole.count(), (left - whole).count()};
  io_uring_cqe* first = nullptr;
  if (std::exchange(refused_, false)) {  // submitting again at once would be refused again at once
    enter([&] { return ::io_uring_wait_cqes(&ring_, &first, 1, &span, nullptr); });
    refused_ = false;
  } else {
    enter([&] { return ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &span, nullptr); });
  }
}

int uring_ring::alarm() noexcept {
  if (alarm_ || !ready()) return alarm_.get();
  unique_fd made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (made && ::io_uring_register_eventfd(&ring_, made.get()) == 0) alarm_ = std::move(made);
  return alarm_.get();
}

void uring_ring::hush_alarm() noexcept {
  eventfd_t rings = 0;
  (void)::eventfd_read(alarm_.get(), &rings);
}

std::size_t uring_ring::max_bytes() const noexcept {
  if (!exists_) return sizeof(*this);
  const std::size_t rings = std::max(ring_.sq.ring_sz, ring_.cq.ring_sz);  // one mapping holds both
  return sizeof(*this) + places_.capacity() * sizeof(place) + rings + ring_.sq.ring_entries * sizeof(io_uring_sqe);
}

// --- completions

/// One by one, and each is taken off the ring before it is delivered: a client may enter the kernel in there.
std::size_t uring_ring::deliver() noexcept {
  std::size_t count = 0;
  for (; ::io_uring_cq_ready(&ring_) > 0; ++count) {
    unsigned head = 0;
    io_uring_cqe* entry = nullptr;
    std::uint64_t tag = 0;
    std::int32_t result = 0;
    std::uint32_t flags = 0;
    io_uring_for_each_cqe(&ring_, head, entry) {
      tag = entry->user_data;
      result = entry->res;
      flags = entry->flags;
      break;
    }
    ::io_uring_cq_advance(&ring_, 1);
    ++delivered_;
    deliver_one(tag, result, flags);
  }
  return count;
}

void uring_ring::deliver_one(std::uint64_t tag, std::int32_t result, std::uint32_t flags) noexcept {
  const auto what = static_cast<std::uint32_t>(tag);
  const auto seat = static_cast<std::size_t>(tag >> 48);
  if (what == dropped || seat >= places_.size()) return;
  const place& one = places_[seat];
  if (one.client != nullptr && one.generation == static_cast<std::uint16_t>(tag >> 32)) {
    one.client->on_completion(what, result, flags);
  }
}

}  // namespace tidegate::detail
