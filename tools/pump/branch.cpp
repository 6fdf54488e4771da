#include "pump/branch.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tidegate::pump {
namespace {

int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

/// What counts as delivered: for a log what is settled.
std::uint64_t done(const sink_marks& marks) noexcept { return marks.written; }
std::uint64_t done(const log_marks& marks) noexcept { return marks.settled; }

wait_status settle_in(sink& to, deadline until) noexcept { return to.wait_progress(until); }
wait_status settle_in(log_sink& to, deadline until) noexcept {
  return to.config().sync == sync_policy::none() ? to.wait_progress(until) : to.sync(until);
}

log_report about(const log_sink& from) {
  log_report of;
  of.engine = from.config().engine;
  of.recovered_records = from.recovered().records;
  of.cut_bytes = from.recovered().cut_bytes();
  return of;
}

}  // namespace

branch::branch(output&& to, std::size_t added_each, std::optional<std::chrono::nanoseconds> evict_stuck)
    : socket_(std::move(to.socket)), added_each_(added_each), evict_stuck_(evict_stuck), grouped_(to.grouped) {
  if (to.log) {
    report_.backend = to.log->backend();
    report_.log = about(*to.log);
    to_ = std::move(to.log);
  } else {
    report_.backend = to.to->backend();
    to_ = std::move(to.to);
  }
  report_.sink = std::move(to.text);
  report_.name = std::move(to.name);
  board_ = std::visit([](const auto& out) { return std::make_unique<posting>(*out); }, to_);
}

bool branch::writable() const noexcept {
  return drops() || std::visit([](const auto& to) { return to->writable(); }, to_);
}

bool branch::drops() const noexcept {
  const auto* const log = std::get_if<log_pointer>(&to_);
  return log != nullptr && (*log)->config().on_disk_full == disk_full_policy::drop_new && (*log)->suspended();
}

bool branch::in_flight() const noexcept {
  return lives_ && std::visit([](const auto& to) { return to->position().records.in_flight() > 0; }, to_);
}

std::error_code branch::error() const noexcept {
  return std::visit([](const auto& to) { return to->error(); }, to_);
}

bool branch::suspended() const noexcept { return lives_ && is_log() && std::get<log_pointer>(to_)->suspended(); }

tally branch::delivered() const noexcept {
  if (!lives_) return report_.delivered;
  return std::visit(
      [this](const auto& to) {
        const auto at = to->position();
        const std::uint64_t records = done(at.records);
        return tally{records, done(at.bytes) - std::min(done(at.bytes), records * added_each_)};
      },
      to_);
}

std::size_t branch::max_bytes() const noexcept {
  return sizeof(posting) + std::visit([](const auto& to) { return to->max_bytes(); }, to_);
}

tally branch::of(const run_of_records& run) const noexcept {
  return {run.lengths.size(), run.bytes.size() - run.lengths.size() * added_each_};
}

bool branch::put(const run_of_records& run) noexcept {
  const sink_status answer =
      lives_ ? std::visit([&run](const auto& to) { return to->write_run(run.bytes, run.lengths); }, to_)
             : sink_status::closing;
  switch (answer) {
    case sink_status::ok:
    case sink_status::pause: return true;
    case sink_status::full: return false;
    case sink_status::dropped: report_.dropped += of(run); return true;
    case sink_status::too_big:
    case sink_status::closing:
    case sink_status::failed: break;
  }
  miss(run);
  return true;
}

void branch::miss(const run_of_records& run) noexcept { report_.undelivered += of(run); }

void branch::pump() noexcept {
  if (lives_) std::visit([](const auto& to) { to->pump(); }, to_);
}

wait_status branch::wait(deadline until) noexcept {
  return std::visit([until](const auto& to) { return to->wait_progress(until); }, to_);
}

wait_status branch::drain(deadline until) noexcept {
  return std::visit([until](const auto& to) { return to->drain(until); }, to_);
}

wait_status branch::settle(deadline until) noexcept {
  return std::visit([until](const auto& to) { return settle_in(*to, until); }, to_);
}

bool branch::confirmed() noexcept {
  int left = 0;
  if (!socket_ || ::ioctl(socket_.get(), SIOCOUTQ, &left) != 0) return true;  // not a socket that knows
  const int error = socket_error(socket_.get());
  const auto now = clock::now();
  const auto unconfirmed = static_cast<std::uint64_t>(left);
  if (std::exchange(unconfirmed_, unconfirmed) != unconfirmed) confirmed_at_ = now;
  report_.unacknowledged_bytes = error != 0 ? std::max<std::uint64_t>(unconfirmed, 1) : unconfirmed;
  if (error != 0) {
    fail({error, std::generic_category()});
  } else if (left > 0 && evict_stuck_ && now - confirmed_at_ >= *evict_stuck_) {
    fail(sink_errc::evicted);
  }
  return left == 0 && error == 0;
}

void branch::fail(std::error_code error) noexcept {
  close(deadline::never());  // everything is written
  report_.error = error;
  report_.end = error == sink_errc::evicted ? branch_end::evicted : branch_end::failed;
}

/// The sink died or the time is over: of what the kernel took, this much the peer never confirmed.
void branch::note_unconfirmed() noexcept {
  int left = 0;
  if (!socket_ || ::ioctl(socket_.get(), SIOCOUTQ, &left) != 0 || left <= 0) return;
  // a unix socket counts the kernel's bookkeeping along
  const std::uint64_t written = std::visit([](const auto& to) { return done(to->position().bytes); }, to_);
  report_.unacknowledged_bytes = std::min(static_cast<std::uint64_t>(left), written);
}

void branch::post() noexcept {
  if (lives_) std::visit([this](const auto& to) { board_->post(*to); }, to_);
}

void branch::close(deadline until) noexcept {
  if (!lives_) return;
  if (in_flight() || error()) note_unconfirmed();
  const auto count = [this](const undelivered_record& left) {
    report_.undelivered.add(1, left.written_bytes + left.bytes.size() - added_each_);
    report_.cut_bytes += left.written_bytes;
  };
  std::visit(
      [&](const auto& to) {
        take_over(to->close(until, count));
        note_stats(to->stats());
      },
      to_);
  if (report_.log) {
    const log_sink& log = *std::get<log_pointer>(to_);
    report_.log->durable_records = log.position().records.durable;
    report_.log->durable_seq = log.durable_seq();
    report_.backend = log.backend();
  }
  post();
  lives_ = false;
}

void branch::take_over(const close_report& from) noexcept {
  const std::uint64_t records = from.position.records.written;
  report_.added_bytes = records * added_each_;
  report_.delivered = {records, from.position.bytes.written - report_.cut_bytes - report_.added_bytes};
  if (!from.error) return;
  report_.end = from.error == sink_errc::cut_short ? branch_end::cut_short
                : from.error == sink_errc::evicted ? branch_end::evicted
                                                   : branch_end::failed;
  if (report_.end != branch_end::cut_short) report_.error = from.error;
}

void branch::note_stats(const sink_stats& from) noexcept {
  report_.batches = from.batches;
  report_.short_writes = from.short_writes;
  report_.pauses = from.pauses;
  report_.waits = from.waits;
  report_.waited = from.waited;
}

void branch::note_stats(const log_stats& from) noexcept {
  report_.batches = from.writes;
  report_.short_writes = from.short_writes;
  report_.pauses = from.pauses;
  report_.waits = from.waits;
  report_.waited = from.waited;
  report_.log->stats = from;
}

}  // namespace tidegate::pump
