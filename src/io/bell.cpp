#include "io/bell.hpp"

#include <cerrno>
#include <system_error>

#include "io/group_core.hpp"
#include "io/uring_words.hpp"

namespace tidegate::detail {

namespace {

constexpr deadline::duration unlimited = deadline::duration::max();
constexpr std::chrono::milliseconds slice{1};  // where the kernel may not tell
constexpr std::chrono::milliseconds cancel_within{100};

int fd_of(event_count<native_sync>& where) {
  const int fd = where.bell().fd();
  if (fd < 0) throw std::system_error(-fd, std::generic_category(), "doorbell: no descriptor can be had");
  return fd;
}

/// The half of the word that a futex is.
std::uint64_t address_of(const native_sync::atomic<std::uint64_t>& word) noexcept {
  return reinterpret_cast<std::uint64_t>(&word) + (std::endian::native == std::endian::big ? 4 : 0);
}

}  // namespace

bell::bell(std::shared_ptr<group_core> group, doorbell_kind kind) : group_(std::move(group)), kind_(kind) {
  group_->add(*this);
}
bell::~bell() { group_->remove(*this); }

// --- on an event count

source_bell::source_bell(std::shared_ptr<group_core> group, doorbell_kind kind, const wait_source<native_sync>* source)
    : bell(std::move(group), kind),
      by_hand_(source == nullptr ? std::make_unique<hand_source>() : nullptr),
      source_(source == nullptr ? by_hand_->source() : *source) {}

bool source_bell::arm() noexcept {
  forget_ring();
  listen();
  fenced_ = event_count<native_sync>::fence_before_look();
  armed_ = !source_.ready();
  if (!armed_) ignore();
  return armed_;
}

void source_bell::note_rung() noexcept {
  armed_ = false;
  if (by_hand_) static_cast<void>(by_hand_->take());
}

bool source_bell::is_overdue() noexcept {
  if (!armed_ || !source_.ready()) return false;
  armed_ = false;
  ignore();
  return true;
}

void source_bell::ring() noexcept {
  if (!by_hand_) abort_with("a doorbell that a queue rings was rung by hand");
  by_hand_->ring();
}

// --- by eventfd

fd_bell::fd_bell(std::shared_ptr<group_core> group, const wait_source<native_sync>* source)
    : source_bell(std::move(group), doorbell_kind::event_fd, source),
      watch_(std::make_unique<fd_watch>(this->group().ring(), fd_of(where()))) {}

void fd_bell::listen() noexcept { where().hang_bell(); }

bool fd_bell::take_rung() noexcept {
  if (!watch_->take_fired()) return false;
  if (watch_->is_to_be_read()) where().bell().hush();
  note_rung();
  return true;
}

deadline::duration fd_bell::longest_sleep(deadline::duration) const noexcept {
  return is_armed() && !is_fenced() ? slice : unlimited;
}

// --- by futex operation

futex_bell::futex_bell(std::shared_ptr<group_core> group, const wait_source<native_sync>* source)
    : source_bell(std::move(group), doorbell_kind::futex, source),
      ring_(this->group().ring()),
      seat_(ring_->join(*this)) {}

futex_bell::~futex_bell() {
  if (std::exchange(enlisted_, false) && !where().delist(epoch_)) pass_on();
  if (pending_ && ring_->is_ours()) {
    ring_->cancel(seat_, operation_);
    const deadline until = deadline::after(native_sync::now(), cancel_within);
    while (pending_ && ring_->broken() == 0 && !until.reached(native_sync::now())) ring_->wait(until);
  }
  ring_->leave(seat_);
}

void futex_bell::listen() noexcept {
  if (enlisted_) static_cast<void>(where().delist(epoch_));
  const std::uint32_t epoch = where().enlist();
  enlisted_ = true;
  if (pending_ && epoch == epoch_) return;  // the operation of before still sleeps, at the same epoch
  if (std::exchange(pending_, false)) ring_->cancel(seat_, operation_);
  operation_ = (operation_ + 1) & 0x7fff'ffff;
  epoch_ = epoch;
}

void futex_bell::ignore() noexcept {
  if (std::exchange(enlisted_, false)) static_cast<void>(where().delist(epoch_));
}

void futex_bell::prepare() noexcept {
  if (is_armed() && !pending_ && !rung_ && usable_) stage();
}

void futex_bell::stage() noexcept {
  io_uring_sqe* const entry = ring_->next_entry(seat_, operation_);
  pending_ = entry != nullptr;
  if (!pending_) return;
  entry->opcode = uring_word::op_futex_wait;
  entry->fd = uring_word::futex_word_private;
  entry->addr = address_of(where().word());
  entry->off = epoch_;
  entry->addr3 = uring_word::futex_any;
}

void futex_bell::on_completion(std::uint32_t what, std::int32_t result, std::uint32_t) noexcept {
  if (what != operation_) return;
  pending_ = false;
  ignore();  // as a rule it was claimed, and is off the count
  usable_ = usable_ && (result >= 0 || result == -EAGAIN || result == -EINTR || result == -ECANCELED);
  rung_ = true;
  note_rung();
}

void futex_bell::on_rebuilt() noexcept { pending_ = false; }

deadline::duration futex_bell::longest_sleep(deadline::duration heartbeat) const noexcept {
  if (!is_armed()) return unlimited;
  return is_fenced() && pending_ ? heartbeat : slice;
}

// --- by message

int send_ring_message(int ring_fd, std::uint64_t tag) noexcept {
  io_uring_sqe message{};
  message.opcode = IORING_OP_MSG_RING;
  message.fd = ring_fd;
  message.off = tag;
  return ::io_uring_register(uring_word::no_ring, uring_word::register_send_msg_ring, &message, 1);
}

message_bell::message_bell(std::shared_ptr<group_core> group)
    : bell(std::move(group), doorbell_kind::ring_message),
      ring_(this->group().ring()),
      seat_(ring_->join(*this)),
      tag_(ring_->tag(seat_, 0)) {}

message_bell::~message_bell() { ring_->leave(seat_); }

bool message_bell::arm() noexcept {
  rung_ = false;
  static_cast<void>(ring_->ready());  // a ring that is not enabled takes no messages
  armed_ = word_.park();
  return armed_;
}

bool message_bell::take_rung() noexcept {
  if (!std::exchange(rung_, false)) return false;
  armed_ = false;
  static_cast<void>(word_.take());
  return true;
}

bool message_bell::is_overdue() noexcept {
  if (!armed_ || word_.park()) return false;
  armed_ = false;
  return true;
}

deadline::duration message_bell::longest_sleep(deadline::duration heartbeat) const noexcept {
  if (!armed_) return unlimited;
  return ring_->broken() == 0 ? heartbeat : slice;
}

void message_bell::ring() noexcept {
  if (word_.ring()) static_cast<void>(send_ring_message(ring_->fd(), tag_));
}

}  // namespace tidegate::detail
