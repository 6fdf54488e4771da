#include "io/sink_core.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <new>
#include <utility>

#include "io/group_core.hpp"
#include "io/kernel_answers.hpp"

namespace tidegate::detail {

namespace {

constexpr const char* owner_rule = "a sink is used by a thread that is not its owner (see rebind_owner)";
constexpr std::size_t copy_below = std::size_t{32}
                                   << 10;  // for more, a system call of its own costs less than the copy
constexpr std::chrono::milliseconds longest_rest{50};
constexpr std::chrono::milliseconds cancel_again_after{20};
constexpr std::chrono::microseconds first_ack_rest{50};
constexpr std::chrono::milliseconds longest_ack_rest{5};

unsigned size_class(std::size_t bytes) noexcept { return static_cast<unsigned>(std::bit_width(bytes)) - 1; }

}  // namespace

// --- construction

sink_core::sink_core(std::unique_ptr<write_lane> lane, const sink_config& config, std::uint64_t offset,
                     backend_report backend) noexcept
    : lane_(std::move(lane)),
      config_(config),
      offset_(offset),
      backend_(std::move(backend)),
      tells_acked_(lane_->tells_unacked()),
      limits_(config),
      next_try_(config.batch_bytes),
      corked_(config.corked) {}

sink_core::~sink_core() {
  if (!closed_) (void)close(deadline::already_over(), {});
  if (report_.abandoned_operations > 0) chain_.leak();
  if (group_) group_->remove(*this);
}

void sink_core::join(std::shared_ptr<group_core> group) {
  group->add(*this);
  group_ = std::move(group);
}

bool sink_core::allocate() noexcept {
  return chain_.allocate(config_.capacity_bytes, config_.batch_bytes) && ends_.allocate(config_.capacity_records);
}

std::error_code sink_core::resolve_limits(sink_config& config) noexcept {
  if (!drain_limits::go_together(config)) return sink_errc::bad_limits;
  config.batch_bytes = std::min(config.batch_bytes, config.capacity_bytes);
  if (config.capacity_records == 0) config.capacity_records = std::max<std::size_t>(64, config.capacity_bytes / 16);
  if (config.capacity_records > drain_limits::most) return sink_errc::bad_limits;
  return {};
}

/// False in a child process. Aborts, in checked builds, for a thread that is not the owner.
bool sink_core::usable() noexcept {
  if (process_.foreign()) [[unlikely]] {
    disown();
    return false;
  }
  owner_.check(owner_rule);
  return true;
}

/// In a child process: ring, connection and records belong to the parent. Nothing of them is touched, written or handed
/// back here.
void sink_core::disown() noexcept {
  if (error_ == sink_errc::forked) return;
  error_ = sink_errc::forked;
  open_ = false;
  closing_ = closed_ = true;
  returning_ = records_accepted_;
  report_.error = error_;
  report_.position = position();
  chain_.leak();
  lane_->abandon();
}

// --- putting records in

sink_status sink_core::write(std::span<const std::byte> record) noexcept {
  if (!usable()) return sink_status::failed;
  if (const sink_status answer = admit(record.size(), 1); !accepted(answer)) return answer;
  ends_.set(records_accepted_++, accepted_ + record.size());
  recount_ |= record.empty();
  take(record);
  return after_accept();
}

sink_status sink_core::write(record_parts parts) noexcept {
  if (!usable()) return sink_status::failed;
  std::size_t total = 0;
  for (const auto part : parts) total += part.size();
  if (const sink_status answer = admit(total, 1); !accepted(answer)) return answer;
  ends_.set(records_accepted_++, accepted_ + total);
  recount_ |= total == 0;
  for (const auto part : parts) take(part);
  return after_accept();
}

sink_status sink_core::claim(std::size_t max_bytes, std::span<std::byte>& place) noexcept {
  if (!usable()) return sink_status::failed;
  if (open_ && max_bytes > config_.batch_bytes) return sink_status::too_big;
  if (const sink_status answer = admit(max_bytes, 1); !accepted(answer)) return answer;
  place = chain_.claim(max_bytes);
  claimed_ = place.data();
  claimed_number_ = records_accepted_;
  return sink_status::ok;
}

sink_status sink_core::commit(std::span<std::byte> place, std::size_t used) noexcept {
  if (used > place.size()) abort_with("emplace: more bytes used than there are in the span");
  const bool untouched =
      claimed_ == place.data() && claimed_number_ == records_accepted_ && chain_.claim(place.size()).data() == claimed_;
  if (!untouched) abort_with("emplace: the sink was used inside fill");
  claimed_ = nullptr;
  chain_.commit(place, used);
  ends_.set(records_accepted_++, accepted_ += used);
  recount_ |= used == 0;
  return after_accept();
}

sink_status sink_core::write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept {
  if (!usable()) return sink_status::failed;
  if (const sink_status answer = admit(bytes.size(), lengths.size()); !accepted(answer)) return answer;
  std::uint64_t end = accepted_;
  std::uint64_t number = records_accepted_;
  for (const std::uint32_t length : lengths) {
    end += length;
    ends_.set(number++, end);
    recount_ |= length == 0;
  }
  if (end - accepted_ != bytes.size()) abort_with("write_run: the lengths do not add up to the bytes");
  records_accepted_ = number;
  take(bytes);
  return after_accept();
}

/// A large piece that meets an idle sink is written from where it lies; only what the kernel does not take is copied.
void sink_core::take(std::span<const std::byte> bytes) noexcept {
  const bool idle = written_ == accepted_;
  if (idle && bytes.size() >= std::min(copy_below, config_.batch_bytes) && !resting())
    bytes = bytes.subspan(write_through(bytes));
  chain_.append(bytes);
  accepted_ += bytes.size();
}

std::size_t sink_core::write_through(std::span<const std::byte> bytes) noexcept {
  const std::int64_t result = lane_->write_now(bytes, offset_ + accepted_);
  if (result < 0 && !is_transient(result)) fail(system_error_of(result));
  if (result <= 0) return 0;
  const auto moved = static_cast<std::size_t>(result);
  chain_.skip(moved);
  written_ = submitted_ = accepted_ += moved;
  recount_ = moved_ = true;
  ++stats_.batches;
  ++stats_.batch_sizes[size_class(bytes.size())];
  stats_.direct_bytes += moved;
  if (moved < bytes.size()) ++stats_.short_writes;
  return moved;
}

/// ok: there is room and the state allows it. A refusal for lack of credit is given only after looking for completions.
sink_status sink_core::admit(std::size_t bytes, std::size_t records) noexcept {
  if (open_ && limits_.have_room(load(), bytes, records)) [[likely]]
    return sink_status::ok;
  if (open_ && limits_.could_take(bytes, records)) {
    advance(send_rule::everything);
    if (open_ && limits_.have_room(load(), bytes, records)) return sink_status::ok;
  }
  if (error_) return sink_status::failed;
  if (!open_) return sink_status::closing;
  if (!limits_.could_take(bytes, records)) return sink_status::too_big;
  ++stats_.fulls;
  return sink_status::full;
}

sink_status sink_core::after_accept() noexcept {
  stats_.most_bytes = std::max(stats_.most_bytes, load().bytes);
  if (!corked_ || error_) {
    advance(send_rule::everything);
  } else if (accepted_ >= next_try_) {
    next_try_ = accepted_ + config_.batch_bytes;
    advance(send_rule::full_batches);
  } else if (recount_) {
    fold();
  }
  note_pause();
  return writable() ? sink_status::ok : sink_status::pause;
}

void sink_core::note_pause() noexcept {
  if (paused_ || !limits_.reach_high(load())) return;
  advance(send_rule::full_batches);
  if (!limits_.reach_high(load())) return;
  paused_ = true;
  paused_at_ = lane_->now();
  ++stats_.pauses;
}

void sink_core::note_resume() noexcept {
  stats_.paused += lane_->now() - paused_at_;
  paused_ = false;
  ++stats_.resumes;
}

/// No more in. A pause ends here without a resume.
void sink_core::shut() noexcept {
  if (open_ && paused_) stats_.paused += lane_->now() - paused_at_;
  open_ = false;
}

sink_credits sink_core::credits() const noexcept {
  if (!open_ || process_.foreign()) return {};
  return limits_.credits(load());
}

void sink_core::set_corked(bool corked) noexcept {
  if (!usable()) return;
  corked_ = corked;
  next_try_ = accepted_ + config_.batch_bytes;
  if (!corked && !closed_) advance(send_rule::everything);
}

// --- moving bytes

std::size_t sink_core::pump() noexcept {
  if (!usable() || closed_) return 0;
  const std::uint64_t before = written_;
  advance(send_rule::everything);
  return static_cast<std::size_t>(written_ - before);
}

/// Collects, then hands over, until neither changes anything: what completes at once makes room for the next batch.
void sink_core::advance(send_rule rule) noexcept {
  do {
    collect();
  } while (send(rule));
  if (config_.stall_after.count() > 0) watch();
  if (cancel_at_ != deadline::time_point::max()) cancel_evicted();
}

void sink_core::collect() noexcept {
  if (operations_ > 0) {
    std::array<completion, write_lane::max_depth> ended;
    const std::size_t count = lane_->reap(ended);
    for (std::size_t i = 0; i < count; ++i) complete(ended[i]);
    if (const int error_number = lane_->severed()) fail({error_number, std::system_category()});
  }
  fold();
  if (error_ && operations_ == 0) give_up_rest();
}

void sink_core::complete(completion ended) noexcept {
  flight& one = flights_[ended.slot];
  one.busy = false;
  --operations_;
  if (ended.result > 0) {
    one.done += static_cast<std::uint64_t>(ended.result);
    refusals_ = 0;
    moved_ = true;
    if (one.done < one.end) ++stats_.short_writes;
  } else if (cancelling_) {
    return;  // whatever the code: this much was written, and no more will be
  } else if (is_transient(ended.result)) {
    back_off(static_cast<int>(-ended.result));
  } else {
    fail(system_error_of(ended.result));
  }
}

/// Moves `written` over what the oldest flights have completed, and returns the credits.
void sink_core::fold() noexcept {
  const std::uint64_t before = written_;
  while (flying_ > 0) {
    const flight& one = flights_[oldest_];
    written_ = one.done;
    if (one.done < one.end) break;
    oldest_ = oldest_ + 1 == lane_->depth() ? 0 : oldest_ + 1;
    --flying_;
  }
  if (written_ == before && !recount_) return;
  recount_ = false;
  const std::uint64_t first = ends_.first_behind(records_written_, records_accepted_, written_, next_begin_);
  if (first != records_written_) next_begin_ = ends_.end_of(first - 1, next_begin_);
  records_written_ = first;
  chain_.release_to(written_);
  if (tells_acked_) acks_.note_written(written_, records_written_);
  if (paused_ && open_ && !limits_.are_above_low(load())) note_resume();
}

void sink_core::count_retry(int error_number) noexcept {
  ++stats_.retries;
  switch (error_number) {
    case EINTR: ++stats_.retries_by.interrupted; break;
    case EAGAIN: ++stats_.retries_by.again; break;
    case ENOMEM: ++stats_.retries_by.no_memory; break;
    case ENOBUFS: ++stats_.retries_by.no_buffers; break;
    default: ++stats_.retries_by.nothing; break;
  }
}

void sink_core::back_off(int error_number) noexcept {
  count_retry(error_number);
  if (++refusals_ > config_.retry_limit)
    return fail({error_number == 0 ? EAGAIN : error_number, std::system_category()});
  if (error_number == EINTR) return;  // at once
  const auto rest = std::chrono::milliseconds{1} * (1u << std::min(refusals_ - 1, 6u));
  retry_at_ = lane_->now() + std::min<deadline::duration>(rest, longest_rest);
}

void sink_core::fail(std::error_code error) noexcept {
  shut();
  if (!error_) error_ = error;
}

/// After the last operation: what is not written never will be. From here on the marks stand still.
void sink_core::give_up_rest() noexcept {
  flying_ = 0;
  lost_ = accepted_ - written_;
  records_lost_ = records_accepted_ - records_written_;
}

/// Asks the kernel what the peer has confirmed. Returns what is queued for it, or a negated errno value: then the sink
/// has failed with it.
std::int64_t sink_core::look_at_acks() noexcept {
  if (!tells_acked_ || error_ || closed_) return 0;
  const std::int64_t queued = lane_->unacked();
  if (queued < 0) {
    fail(system_error_of(queued));
  } else {
    acks_.move_to(written_ - std::min(written_, static_cast<std::uint64_t>(queued)));
  }
  return queued;
}

/// The stall detector. Time counts from the last byte that moved while an operation is under way. Before it strikes, it
/// looks at the peer's confirmations: with a full socket buffer they are the only progress that shows.
void sink_core::watch() noexcept {
  if (error_ || closed_) return;
  if (flying_ == 0) {
    moved_ = true;
    stats_.stalled = stall_news_ = false;
    return;
  }
  const deadline::time_point now = lane_->now();
  const bool due = now - moved_at_ >= config_.stall_after;
  if (!moved_ && !due) return;
  const std::uint64_t acked = acks_.bytes();
  (void)look_at_acks();
  moved_at_ = now;
  if (std::exchange(moved_, false) || acks_.bytes() != acked) {
    stats_.stalled = stall_news_ = false;
  } else if (!error_ && !std::exchange(stats_.stalled, true)) {
    stall_news_ = true;
    ++stats_.stalls;
    if (config_.evict_stalled) evict();
  }
}

/// What is under way is cancelled at once, so that the account is final soon and not only with close().
void sink_core::evict() noexcept {
  fail(sink_errc::evicted);
  cancel_at_ = deadline::time_point::min();
}

/// Until everything has ended: an operation may have been between two requests when it was cancelled.
void sink_core::cancel_evicted() noexcept {
  if (operations_ == 0 || closing_) {
    cancel_at_ = deadline::time_point::max();
  } else if (lane_->now() >= cancel_at_) {
    lane_->cancel();
    cancel_at_ = lane_->now() + cancel_again_after;
  }
}

/// True when a refused operation should not be tried again yet.
bool sink_core::resting() noexcept {
  if (retry_at_ == deadline::time_point::min()) return false;
  if (lane_->now() < retry_at_) return true;
  retry_at_ = deadline::time_point::min();
  return false;
}

/// Hands batches to the lane; true when it took any. A batch that is not full goes only when nothing else is under way.
bool sink_core::send(send_rule rule) noexcept {
  if (error_ || cancelling_ || closed_ || resting()) return false;
  unsigned launched = 0;
  for (unsigned i = 0, slot = oldest_; i < flying_; ++i, slot = slot + 1 == lane_->depth() ? 0 : slot + 1) {
    if (flights_[slot].busy || flights_[slot].done == flights_[slot].end) continue;
    launch(slot);
    ++launched;
  }
  while (flying_ < lane_->depth() && submitted_ < accepted_) {
    const std::span<const std::byte> piece = chain_.piece(submitted_, accepted_);
    const std::uint64_t end = submitted_ + piece.size();
    if (!chain_.ends_buffer(end) && (rule == send_rule::full_batches || operations_ > 0)) break;
    const unsigned slot = (oldest_ + flying_) % lane_->depth();
    flights_[slot] = {submitted_, end, submitted_, false};
    submitted_ = end;
    ++flying_;
    launch(slot);
    ++launched;
  }
  return launched > 0;
}

void sink_core::launch(unsigned slot) noexcept {
  flight& one = flights_[slot];
  one.busy = true;
  ++operations_;
  const std::span<const std::byte> bytes = chain_.piece(one.done, one.end);
  ++stats_.batches;
  ++stats_.batch_sizes[size_class(bytes.size())];
  lane_->submit(slot, bytes, offset_ + one.done);
}

// --- waiting

bool sink_core::stall_is_news() noexcept { return std::exchange(stall_news_, false); }

template <class Done>
wait_status sink_core::wait_until(deadline until, wake_rule wake, Done done) noexcept {
  for (;;) {
    if (wake == wake_rule::heed && lane_->wake_requested()) return wait_status::interrupted;
    advance(send_rule::everything);
    if (error_) return wait_status::failed;
    if (done()) return wait_status::ok;
    if (stall_is_news()) return wait_status::stalled;
    if (until.reached(lane_->now())) return wait_status::timed_out;
    sleep(until, wake);
  }
}

void sink_core::sleep(deadline until, wake_rule wake) noexcept {
  const deadline::time_point before = lane_->now();
  lane_->wait(earlier(until, next_try()), wake);
  ++stats_.waits;
  stats_.waited += lane_->now() - before;
}

wait_status sink_core::wait_progress(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t bytes = written_;
  const std::uint64_t records = records_written_;
  return wait_until(until, wake_rule::heed, [&]() noexcept {
    return written_ != bytes || records_written_ != records || written_ == accepted_;
  });
}

wait_status sink_core::wait(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t bytes = written_;
  const std::uint64_t records = records_written_;
  return wait_until(until, wake_rule::heed,
                    [&]() noexcept { return written_ != bytes || records_written_ != records; });
}

wait_status sink_core::drain(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  ++stats_.drains;
  const wait_status answer =
      wait_until(until, wake_rule::heed, [&]() noexcept { return !limits_.are_above_low(load()); });
  if (answer == wait_status::timed_out) ++stats_.drain_timeouts;
  return answer;
}

wait_status sink_core::flush(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t fence = accepted_;
  return wait_until(until, wake_rule::heed, [&]() noexcept { return written_ >= fence; });
}

wait_status sink_core::flush_acked(deadline until) noexcept {
  const std::uint64_t fence = accepted_;
  wait_status answer = flush(until);
  deadline::duration rest = first_ack_rest;
  while (tells_acked_ && answer == wait_status::ok) {
    (void)look_at_acks();
    if (!error_ && acks_.bytes() >= fence) break;
    const deadline::time_point now = lane_->now();
    const deadline next = earlier(until, deadline::after(now, rest));
    rest = std::min<deadline::duration>(2 * rest, longest_ack_rest);
    answer = wait_until(next, wake_rule::heed, []() noexcept { return false; });
    if (answer == wait_status::timed_out && !until.reached(lane_->now())) answer = wait_status::ok;
  }
  return answer;
}

// --- closing

close_report sink_core::close(deadline until, const undelivered_callback& on_undelivered) {
  if (!usable()) return report_;
  if (!closing_) finish(until);
  if (on_undelivered) hand_back(on_undelivered);
  return report_;
}

void sink_core::finish(deadline until) noexcept {
  closing_ = true;
  shut();
  while (wait_until(until, wake_rule::ignore, [&]() noexcept { return written_ == accepted_; }) ==
         wait_status::stalled) {
  }
  (void)look_at_acks();
  cancel_and_reap();
  give_up_rest();
  closed_ = true;
  returning_ = records_written_;
  returning_begin_ = next_begin_;
  report_.error = error_                      ? error_
                  : lost_ + records_lost_ > 0 ? make_error_code(sink_errc::cut_short)
                                              : std::error_code{};
  report_.position = position();
  report_.lost = lost();
  report_.abandoned_operations = operations_;
  lane_->close(!report_.error, offset_ + written_);
}

void sink_core::cancel_and_reap() noexcept {
  cancelling_ = true;
  while (operations_ > 0 && lane_->severed() == 0) {
    lane_->cancel();
    collect();
    if (operations_ > 0) lane_->wait(deadline::after(lane_->now(), cancel_again_after), wake_rule::ignore);
  }
  collect();
}

/// From where an earlier call stopped: there was no callback, or it threw.
void sink_core::hand_back(const undelivered_callback& on_undelivered) {
  while (returning_ != records_accepted_) {
    const std::uint64_t end = ends_.end_of(returning_, returning_begin_);
    hand_back_record(on_undelivered, returning_begin_, end);
    ++returning_;
    returning_begin_ = end;
  }
}

/// A record that lies in several buffers is joined; when there is no memory for that, it is not handed back.
void sink_core::hand_back_record(const undelivered_callback& on_undelivered, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t from = std::max(begin, written_);
  std::span<const std::byte> bytes = chain_.piece(from, end);
  std::unique_ptr<std::byte[]> joined;
  if (const auto length = static_cast<std::size_t>(end - from); bytes.size() < length) {
    joined.reset(new (std::nothrow) std::byte[length]);
    if (!joined) {
      report_.error = std::make_error_code(std::errc::not_enough_memory);
      return;
    }
    for (std::size_t at = 0; at < length; at += bytes.size()) {
      bytes = chain_.piece(from + at, end);
      std::copy(bytes.begin(), bytes.end(), joined.get() + at);
    }
    bytes = {joined.get(), length};
  }
  on_undelivered({bytes, from - begin, from > begin});
  ++report_.handed_back_records;
  report_.handed_back_bytes += bytes.size();
}

std::uint64_t sink_core::progress() const noexcept {
  return written_ + records_written_ + stats_.stalls + (error_ ? 1 : 0) + (closed_ ? 1 : 0);
}

deadline sink_core::next_try() const noexcept {
  deadline next{cancel_at_};
  if (error_ || closed_) return next;
  if (retry_at_ != deadline::time_point::min()) next = deadline{retry_at_};
  if (config_.stall_after.count() > 0 && flying_ > 0)
    next = earlier(next, deadline::after(moved_at_, config_.stall_after));
  return next;
}

bool sink_core::rebind_owner() noexcept {
  if (process_.foreign() || operations_ > 0) return false;
  if (!closed_ && !lane_->rebind()) return false;
  owner_.rebind();
  owner_.check(owner_rule);
  return true;
}

// --- looking

sink_position sink_core::position() const noexcept {
  const std::uint64_t submitted = ends_.first_behind(records_written_, records_accepted_, submitted_, next_begin_);
  const std::uint64_t acked = tells_acked_ ? acks_.bytes() : written_;
  const std::uint64_t records_acked = tells_acked_ ? acks_.records() : records_written_;
  return {{accepted_, submitted_, written_, acked, lost_},
          {records_accepted_, submitted, records_written_, records_acked, records_lost_}};
}

lost_range sink_core::lost() const noexcept {
  if (lost_ + records_lost_ == 0) return {};
  const loss_reason reason = error_ == sink_errc::evicted ? loss_reason::evicted
                             : error_                     ? loss_reason::error
                                                          : loss_reason::cut_short;
  return {accepted_ - lost_, accepted_, records_accepted_ - records_lost_, records_accepted_, reason};
}

std::error_code sink_core::error() const noexcept {
  return process_.foreign() ? make_error_code(sink_errc::forked) : error_;
}

sink_stats sink_core::stats() const noexcept {
  sink_stats now = stats_;
  if (paused_ && open_) now.paused += lane_->now() - paused_at_;
  return now;
}

std::size_t sink_core::kernel_queued() noexcept {
  return usable() ? static_cast<std::size_t>(std::max<std::int64_t>(0, look_at_acks())) : 0;
}

std::size_t sink_core::max_bytes() const noexcept {
  return sizeof(*this) + chain_.max_bytes() + ends_.max_bytes() + lane_->max_bytes();
}

}  // namespace tidegate::detail
