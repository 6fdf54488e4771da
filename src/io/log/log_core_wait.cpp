// How a log_core waits and how it ends: deadlines, close, and what is handed back.
#include <algorithm>
#include <utility>

#include "io/log/log_core.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

namespace {

constexpr std::chrono::milliseconds look_again_after{20};

}  // namespace

// --- waiting

std::size_t log_core::pump() noexcept {
  if (!usable() || closed_) return 0;
  const std::uint64_t before = settled_.bytes;
  advance(send_rule::everything);
  return static_cast<std::size_t>(settled_.bytes - before);
}

template <class Done>
wait_status log_core::wait_until(deadline until, wake_rule wake, Done done) noexcept {
  for (;;) {
    if (wake == wake_rule::heed && files_->wake_requested()) return wait_status::interrupted;
    advance(send_rule::everything);
    if (error_ && nothing_to_come()) return wait_status::failed;
    if (!error_ && done()) return wait_status::ok;
    if (until.reached(files_->now())) return error_ ? wait_status::failed : wait_status::timed_out;
    sleep(until, wake);
  }
}

void log_core::sleep(deadline until, wake_rule wake) noexcept {
  const deadline::time_point before = files_->now();
  files_->wait(earlier(until, next_due()), wake);
  ++stats_.waits;
  stats_.waited += files_->now() - before;
}

/// The earliest instant at which something is to be done that nothing under way will tell us of.
deadline log_core::next_due() const noexcept {
  deadline due = deadline::never();
  const bool ending = phase_ == phase::failed || phase_ == phase::poisoned;
  if (ending || closed_ || process_.foreign()) return due;
  for (const deadline::time_point each : {retry_at_, probe_at_, spare_at_}) {
    if (each != deadline::time_point::min()) due = earlier(due, {each});
  }
  const bool timed = config_.sync.rule == sync_policy::when::timed && !syncing_;
  if (timed && unsynced_since_ != deadline::time_point::max())
    due = earlier(due, deadline::after(unsynced_since_, config_.sync.span));
  return due;
}

wait_status log_core::wait_progress(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t before = settled_.records;
  return wait_until(until, wake_rule::heed,
                    [&]() noexcept { return settled_.records != before || settled_.records == accepted_.records; });
}

wait_status log_core::wait(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t before = settled_.records;
  return wait_until(until, wake_rule::heed, [&]() noexcept { return settled_.records != before; });
}

wait_status log_core::drain(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  return wait_until(until, wake_rule::heed, [&]() noexcept { return !limits_.are_above_low(load()); });
}

wait_status log_core::flush(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t fence = accepted_.records;
  return wait_until(until, wake_rule::heed, [&]() noexcept { return written_.records >= fence; });
}

wait_status log_core::sync(deadline until) noexcept {
  if (!usable() || closed_) return error_ ? wait_status::failed : wait_status::closed;
  const std::uint64_t fence = accepted_.records;
  sync_fence_ = fence;
  const wait_status answer =
      wait_until(until, wake_rule::heed, [&]() noexcept { return durable_.records >= fence || never_durable_; });
  return answer == wait_status::ok && durable_.records < fence ? wait_status::failed : answer;
}

// --- closing

log_close_report log_core::close(deadline until, const undelivered_callback& on_undelivered) {
  if (!usable() || closing_) return report_;
  closing_ = true;
  open_ = false;
  (void)wait_until(until, wake_rule::ignore, [&]() noexcept { return settled_.records == accepted_.records; });
  if (!error_ && settled_.records == accepted_.records) write_last_mark();
  closed_ = true;
  reap_all();
  leave_files(static_cast<bool>(on_undelivered));
  give_up_rest();
  fill_report();
  files_->shut();
  if (on_undelivered) hand_back(on_undelivered);
  return report_;
}

/// So that damage anywhere in a log that was closed in order is seen for what it is.
void log_core::write_last_mark() noexcept {
  if (!active_ || has_next_ || !mark_due_ || !has_room_for_mark()) return;
  append_mark();
  (void)send(send_rule::everything);
}

void log_core::reap_all() noexcept {
  for (collect(); !idle() && files_->severed() == 0; collect()) {
    files_->wait(deadline::after(files_->now(), look_again_after), wake_rule::ignore);
  }
}

/// What is handed back goes from the file; what nobody takes stays there.
void log_core::leave_files(bool handed_back) noexcept {
  if (spare_ == spare_state::ready) files_->drop_spare();
  if (!active_ || !idle()) return;
  const place& kept = handed_back ? settled_ : written_;
  if (handed_back && kept.records != accepted_.records) cut_durably();
  if (!idle()) return;
  if (kept.records <= current_.first_record && accepted_.records > kept.records) return files_->discard();
  const bool all = settled_.records == accepted_.records;
  const std::uint64_t last = has_next_ ? current_.end : accepted_.stream;
  files_->retire(offset_of(current_, all ? last : kept.stream));
}

/// What is handed back may be written again elsewhere: a power cut must not bring it back here. Not behind a failure,
/// for then the file may be poisoned.
void log_core::cut_durably() noexcept {
  if (!retains() || phase_ == phase::poisoned || phase_ == phase::failed) return;
  const std::uint64_t from = std::max(settled_.stream, current_.begin);
  if (const int refusal = files_->truncate(offset_of(current_, from))) return fail({refusal, std::system_category()});
  captured_ = settled_;
  sync_began_ = files_->now();
  syncing_ = true;
  files_->sync();
  reap_all();
  if (phase_ == phase::poisoned) fail(trouble_);
}

void log_core::fill_report() noexcept {
  report_.error = error_ ? error_ : lost_records_ > 0 ? make_error_code(sink_errc::cut_short) : std::error_code{};
  report_.marks = position();
  report_.position = as_sink_position(report_.marks);
  if (lost_records_ > 0) report_.undelivered = {seq_of(settled_.records), seq_of(accepted_.records) - 1};
  report_.abandoned_operations = idle() ? 0 : writing_;
}

void log_core::hand_back(const undelivered_callback& on_undelivered) {
  for (std::uint64_t record = settled_.records; record != accepted_.records; ++record) {
    const std::uint32_t length = length_of(record);
    const std::byte* const frame = ring_.at(end_of(record) - frame_size(length));
    ++report_.handed_back_records;
    report_.handed_back_bytes += length;
    undelivered_record one;
    one.bytes = {frame + log_frame_bytes, length};
    one.seq = seq_of(record);
    on_undelivered(one);
  }
}

}  // namespace tidegate::detail
