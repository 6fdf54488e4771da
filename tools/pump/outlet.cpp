#include "pump/outlet.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tidegate::pump {
namespace {

constexpr std::size_t run_bytes = std::size_t{256} << 10;
constexpr std::chrono::milliseconds shortest_patience{1};
constexpr std::chrono::milliseconds longest_patience{16};

int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

outlet::outlet(const options& wanted, output&& to, record_exit& from, block_pool& blocks, control& until,
               progress& shown)
    : to_(std::move(to)),
      from_(from),
      blocks_(blocks),
      until_(until),
      shown_(shown),
      pace_(wanted.throttle),
      kind_(wanted.records.kind),
      added_each_(wanted.work.hash ? hash_text_bytes : 0) {
  if (wanted.work.hash)
    hashed_.resize(std::max<std::size_t>(run_bytes, wanted.records.max_record_bytes()) + added_each_);
}

void outlet::run() noexcept {
  while (open_ && alive_) {
    const portion some = fetch();
    if (!some.records.empty()) deliver(some);
    if (until_.over()) alive_ = false;
  }
  finish();
  discard_rest();
}

/// Takes out what is there; nothing when nothing came, which may be the end.
portion outlet::fetch() noexcept {
  const bool last = from_.closed();  // read first: what was put in before is then seen
  const portion some = from_.try_take();
  if (!some.records.empty()) {
    patience_ = shortest_patience;
    return some;
  }
  if (last) {
    open_ = false;
    return {};
  }
  return wait_for_records();
}

/// While bytes are in flight their completion is the next event that needs this thread: it starts the next batch. The
/// queue is looked at in between, rarely if nothing moves.
portion outlet::wait_for_records() noexcept {
  release_copied();
  to_.to->pump();
  show_progress();
  if (to_.to->position().bytes.in_flight() == 0) {
    return from_.take_until(until_.until().when(), until_.token());
  }
  const deadline slice = deadline::after(clock::now(), patience_);
  const wait_status status = to_.to->wait_progress(earlier(slice, until_.until()));
  patience_ = status == wait_status::timed_out ? std::min(patience_ * 2, longest_patience) : shortest_patience;
  if (!settled(status)) alive_ = false;
  return {};
}

void outlet::deliver(portion some) noexcept {
  while (!some.records.empty() && !some.unworked) {
    enter_block(some.records.front().block);
    const run_of_records run = some.hashes.empty() ? take_run(some) : hash_run(some);
    if (!put(run)) break;
    copied_ += run.lengths.size();
    some.records = some.records.subspan(run.lengths.size());
    if (!some.hashes.empty()) some.hashes = some.hashes.subspan(run.lengths.size());
  }
  for (const record& each : some.records) outcome_.undelivered.add(1, each.length);
  if (!some.records.empty()) alive_ = false;
  show_progress();
}

/// The longest row of neighbours at the front, within one portion.
outlet::run_of_records outlet::take_run(const portion& some) noexcept {
  const record& first = some.records.front();
  const std::size_t most = pace_.portion(run_bytes);
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const record& each : some.records) {
    const bool neighbour = each.block == first.block && each.offset == first.offset + bytes;
    if (count > 0 && (!neighbour || bytes + each.length > most)) break;
    lengths_[count++] = each.length;
    bytes += each.length;
  }
  return {{blocks_.data(first.block) + first.offset, bytes}, std::span(lengths_).first(count)};
}

/// Records of one block, at least one, with their hashes before them.
outlet::run_of_records outlet::hash_run(const portion& some) noexcept {
  const std::size_t most = pace_.portion(run_bytes);
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const record& each : some.records) {
    if (count > 0 && (each.block != some.records.front().block || bytes + each.length + added_each_ > most)) break;
    const std::span whole(blocks_.data(each.block) + each.offset, each.length);
    const std::size_t length = write_hashed(whole, some.hashes[count], kind_, hashed_.data() + bytes);
    lengths_[count++] = static_cast<std::uint32_t>(length);
    bytes += length;
  }
  return {std::span(hashed_).first(bytes), std::span(lengths_).first(count)};
}

/// What was copied from the last one is released together.
void outlet::enter_block(std::uint32_t block) noexcept {
  if (block_ == block) return;
  release_copied();
  block_ = block;
}

void outlet::release_copied() noexcept {
  if (copied_ > 0) blocks_.release(block_, std::exchange(copied_, 0));
}

/// False when the sink is dead or the time is over; then nothing of the run was taken.
bool outlet::put(const run_of_records& run) noexcept {
  for (;;) {
    if (!wait_for_turn()) return false;
    switch (to_.to->write_run(run.bytes, run.lengths)) {
      case sink_status::ok:
      case sink_status::pause: pace_.spent(run.bytes.size(), clock::now()); return true;
      case sink_status::full:
        if (!settled(to_.to->wait_progress(until_.until()))) return false;
        break;
      case sink_status::too_big:
      case sink_status::closing:
      case sink_status::failed:
      case sink_status::dropped: return false;  // only a log_sink drops
    }
  }
}

/// Until the pace and the sink's marks allow more.
bool outlet::wait_for_turn() noexcept {
  while (pace_.active() && clock::now() < pace_.next()) {
    to_.to->pump();
    show_progress();
    if (until_.over()) return false;
    until_.sink_sleep(std::min(pace_.next(), clock::now() + longest_patience));
  }
  while (!to_.to->writable()) {
    show_progress();
    if (!settled(to_.to->drain(until_.until()))) return false;
  }
  return !until_.giving_up();
}

/// True when it makes sense to go on after a wait.
bool outlet::settled(wait_status status) noexcept {
  if (status == wait_status::interrupted) until_.absorb_sink_wake();
  return status != wait_status::failed && status != wait_status::closed && !until_.over();
}

void outlet::show_progress() noexcept {
  const sink_position at = to_.to->position();
  shown_.sink.delivered_bytes.set(at.bytes.written - std::min(at.bytes.written, at.records.written * added_each_));
  shown_.sink.delivered_records.set(at.records.written);
}

void outlet::finish() noexcept {
  const bool flushed = flush();
  if (to_.socket && flushed) await_acknowledgement();
  if (to_.socket && !flushed) note_unacknowledged();
  close_sink(flushed);
  show_progress();
}

bool outlet::flush() noexcept {
  for (;;) {
    const wait_status status = to_.to->flush(until_.until());
    if (status == wait_status::ok) return true;
    if (!settled(status)) return false;
  }
}

/// The kernel has everything; waits until the peer has it, too, which is the most that a byte stream can tell.
void outlet::await_acknowledgement() noexcept {
  for (;;) {
    int left = 0;
    if (::ioctl(to_.socket.get(), SIOCOUTQ, &left) != 0) return;  // not a socket that knows
    if (const int error = socket_error(to_.socket.get()); error != 0) {
      outcome_.error = {error, std::generic_category()};
    } else if (left == 0) {
      outcome_.unacknowledged_bytes = 0;
      return;
    }
    outcome_.unacknowledged_bytes = std::max<std::uint64_t>(static_cast<std::uint64_t>(left), 1);
    if (outcome_.error || until_.over()) return;
    until_.sink_sleep(clock::now() + patience_);
    patience_ = std::min(patience_ * 2, longest_patience);
  }
}

/// The sink died or the time is over: of what the kernel took, this much the peer never confirmed.
void outlet::note_unacknowledged() noexcept {
  int left = 0;
  if (::ioctl(to_.socket.get(), SIOCOUTQ, &left) != 0 || left <= 0) return;
  // a unix socket counts the kernel's bookkeeping along
  outcome_.unacknowledged_bytes = std::min(static_cast<std::uint64_t>(left), to_.to->position().bytes.written);
}

void outlet::close_sink(bool flushed) noexcept {
  const auto count_undelivered = [this](const undelivered_record& left) {
    outcome_.undelivered.add(1, left.written_bytes + left.bytes.size() - added_each_);
    outcome_.cut_bytes += left.written_bytes;
  };
  const deadline until = flushed ? deadline::never() : deadline::already_over();
  const close_report report = to_.to->close(until, count_undelivered);
  outcome_.added_bytes = report.position.records.written * added_each_;
  outcome_.delivered = {report.position.records.written,
                        report.position.bytes.written - outcome_.cut_bytes - outcome_.added_bytes};
  outcome_.stats = to_.to->stats();
  if (report.error && report.error != sink_errc::cut_short) outcome_.error = report.error;
  if (outcome_.error) until_.give_up();
}

/// After a failure or at the end of time: counts what never reached the sink, until nothing comes any more.
void outlet::discard_rest() noexcept {
  if (!open_) return;
  for (;;) {
    const portion some = from_.take_until(deadline::never().when());
    if (some.records.empty()) return;
    for (const record& each : some.records) outcome_.undelivered.add(1, each.length);
  }
}

}  // namespace tidegate::pump
