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

/// Records popped in one go: enough to make a wake-up cheap, and a small part of what the queue holds.
std::size_t batch_for(std::size_t capacity, std::size_t most) { return std::clamp<std::size_t>(capacity / 4, 1, most); }

int socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

outlet::outlet(const options& wanted, output&& to, record_queue& queue, block_pool& blocks, control& until,
               progress& shown)
    : to_(std::move(to)),
      queue_(queue),
      blocks_(blocks),
      until_(until),
      shown_(shown),
      pace_(wanted.throttle),
      batch_(batch_for(queue.capacity(), most_in_batch)) {}

void outlet::run() noexcept {
  while (open_ && alive_) {
    const std::size_t count = fetch();
    if (count > 0) deliver(std::span(batch_).first(count));
    if (until_.over()) alive_ = false;
  }
  finish();
  discard_rest();
}

/// Takes out what is there; 0 when nothing came, which may be the end.
std::size_t outlet::fetch() noexcept {
  const bool last = queue_.closed();  // read first: what was pushed before closing is then seen
  const std::size_t count = queue_.try_pop_n(batch_.data(), batch_.size());
  if (count > 0) {
    patience_ = shortest_patience;
    return count;
  }
  if (last) {
    open_ = false;
    return 0;
  }
  return wait_for_records();
}

/// While bytes are in flight their completion is the next event that needs this thread: it starts the next batch. The
/// queue is looked at in between, rarely if nothing moves.
std::size_t outlet::wait_for_records() noexcept {
  to_.to->pump();
  show_progress();
  if (to_.to->position().bytes.in_flight() == 0) {
    return queue_.pop_n_until(batch_.data(), batch_.size(), until_.until().when(), until_.token());
  }
  const deadline slice = deadline::after(clock::now(), patience_);
  const wait_status status = to_.to->wait_progress(earlier(slice, until_.until()));
  patience_ = status == wait_status::timed_out ? std::min(patience_ * 2, longest_patience) : shortest_patience;
  if (!settled(status)) alive_ = false;
  return 0;
}

void outlet::deliver(std::span<const record> records) noexcept {
  while (!records.empty() && alive_) {
    const run_of_records run = take_run(records);
    if (!put(run)) break;
    records = records.subspan(run.lengths.size());
  }
  for (const record& each : records) outcome_.undelivered.add(1, each.length);
  if (!records.empty()) alive_ = false;
  show_progress();
}

/// The longest row of neighbours at the front, within one portion.
outlet::run_of_records outlet::take_run(std::span<const record> records) noexcept {
  const record& first = records.front();
  const std::size_t most = pace_.portion(run_bytes);
  enter_block(first.block);
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const record& each : records) {
    const bool neighbour = each.block == first.block && each.offset == first.offset + bytes;
    if (count > 0 && (!neighbour || bytes + each.length > most)) break;
    lengths_[count++] = each.length;
    bytes += each.length;
  }
  return {{blocks_.data(first.block) + first.offset, bytes}, std::span(lengths_).first(count)};
}

void outlet::enter_block(std::uint32_t block) noexcept {
  if (block_ == block) return;
  if (block_) blocks_.give_back(*block_);
  block_ = block;
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
      case sink_status::failed: return false;
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
  shown_.sink.delivered_bytes.set(at.bytes.written);
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
    outcome_.undelivered.add(1, left.written_bytes + left.bytes.size());
    outcome_.cut_bytes += left.written_bytes;
  };
  const deadline until = flushed ? deadline::never() : deadline::already_over();
  const close_report report = to_.to->close(until, count_undelivered);
  outcome_.delivered = {report.position.records.written, report.position.bytes.written - outcome_.cut_bytes};
  outcome_.stats = to_.to->stats();
  if (report.error && report.error != sink_errc::cut_short) outcome_.error = report.error;
  if (outcome_.error) until_.give_up();
}

/// After a failure or at the end of time: counts what never reached the sink, until the reader has closed the queue.
void outlet::discard_rest() noexcept {
  if (!open_) return;
  for (;;) {
    const std::size_t count = queue_.pop_n_until(batch_.data(), batch_.size(), deadline::never().when());
    if (count == 0) return;
    for (const record& each : std::span(batch_).first(count)) outcome_.undelivered.add(1, each.length);
  }
}

}  // namespace tidegate::pump
