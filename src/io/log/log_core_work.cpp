// What a log_core does with its files: the loop, and writes. log_core_segments.cpp has group commit and the turn from
// one segment to the next, log_core_trouble.cpp what happens when the disk is full or fails.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/kernel_answers.hpp"
#include "io/log/log_core.hpp"

namespace tidegate::detail {

namespace {

constexpr std::chrono::milliseconds longest_rest{50};

}  // namespace

// --- the loop

/// Collects, acts and sends until nothing changes: what ends at once makes room for more.
void log_core::advance(send_rule rule) noexcept {
  bool again = true;
  while (again) {
    collect();
    again = act();
    again |= send(rule);
  }
}

void log_core::collect() noexcept {
  if (!idle()) {
    std::array<log_done, log_files::most_done> ended;
    const std::size_t count = files_->reap(ended);
    for (std::size_t i = 0; i < count; ++i) complete(ended[i]);
    if (const int error_number = files_->severed()) fail({error_number, std::system_category()});
  }
  fold();
  note_suspension();
  if (error_ && nothing_to_come()) give_up_rest();
}

bool log_core::idle() const noexcept {
  return writing_ == 0 && !syncing_ && !beginning_ && !allocating_ && spare_ != spare_state::preparing;
}

/// Starts what is to be done now; true when it did anything.
bool log_core::act() noexcept {
  if (closed_ || phase_ == phase::failed) return false;
  if (phase_ == phase::clogged && writing_ == 0) suspend();
  if (phase_ == phase::poisoned && idle()) repair();
  if (phase_ == phase::failed || phase_ == phase::poisoned) return false;
  bool started = probe();
  if (may_turn()) started |= turn();
  if (wants_spare()) {
    prepare_spare();
    started = true;
  }
  if (wants_sync()) {
    start_sync();
    started = true;
  }
  return started;
}

void log_core::complete(const log_done& done) noexcept {
  switch (done.what) {
    case log_work::write: return complete_write(done.slot, done.result);
    case log_work::sync: return complete_sync(done.result);
    case log_work::prepare: return complete_prepare(done.result);
    case log_work::begin: return complete_begin(done.result);
    case log_work::allocate: return complete_allocate(done.result);
    case log_work::retire: return;
  }
}

// --- writes

bool log_core::send(send_rule rule) noexcept {
  if (!active_ || closed_ || phase_ != phase::running || resting()) return false;
  unsigned launched = 0;
  for (unsigned i = 0, slot = oldest_; i < flying_; ++i, slot = slot + 1 == files_->depth() ? 0 : slot + 1) {
    if (flights_[slot].busy || flights_[slot].done == flights_[slot].length) continue;
    launch(slot);
    ++launched;
  }
  launched += send_new(rule);
  return launched > 0;
}

/// A batch that is not full goes only when nothing else is under way. The last block of a direct file is written alone,
/// filled with zeros, and again when there is more for it: never twice at once.
unsigned log_core::send_new(send_rule rule) noexcept {
  const std::uint64_t last = has_next_ ? current_.end : accepted_.stream;
  const bool alone = writing_ == 0;
  const bool direct = files_->direct();
  unsigned launched = 0;
  while (flying_ < files_->depth() && sent_ < last && !last_block_flying_) {
    const std::uint64_t begin = direct ? sent_ & ~log_in_block : sent_;
    std::uint64_t end = std::min(last, begin - begin % config_.batch_bytes + config_.batch_bytes);
    const bool whole = end % config_.batch_bytes == 0 || (has_next_ && end == last);
    if (!whole && (rule == send_rule::full_batches || !alone)) break;
    if (direct && end - begin > log_block_bytes) end &= ~log_in_block;
    add_flight(begin, end, direct && (end & log_in_block) != 0);
    ++launched;
  }
  return launched;
}

void log_core::add_flight(std::uint64_t begin, std::uint64_t end, bool last_block) noexcept {
  if (last_block) {
    std::memcpy(blocks_->bounce, ring_.at(begin), end - begin);
    std::memset(blocks_->bounce + (end - begin), 0, log_block_bytes - (end - begin));
  }
  const unsigned slot = (oldest_ + flying_) % files_->depth();
  flights_[slot] = {begin, end, last_block ? log_block_bytes : end - begin, 0, false, last_block};
  last_block_flying_ = last_block;
  ++flying_;
  sent_ = end;
  const std::uint64_t first = frame_ends_.first_behind(written_.records, accepted_.records, end, settled_.stream);
  if (first > most_sent_.records) most_sent_ = {first, payload_ends_.end_of(first - 1, settled_.bytes), end};
  launch(slot);
}

void log_core::launch(unsigned slot) noexcept {
  flight& one = flights_[slot];
  const std::byte* const from = one.last_block ? blocks_->bounce : ring_.at(one.begin);
  one.busy = true;
  ++writing_;
  ++stats_.writes;
  files_->write(slot, {from + one.done, static_cast<std::size_t>(one.length - one.done)},
                offset_of(current_, one.begin) + one.done);
}

void log_core::complete_write(unsigned slot, std::int64_t result) noexcept {
  flight& one = flights_[slot];
  one.busy = false;
  --writing_;
  if (is_transient(result)) return back_off(result);
  if (is_disk_full(result) && phase_ == phase::running) phase_ = phase::clogged;
  if (is_disk_full(result)) trouble_ = system_error_of(result);
  if (result < 0) return is_disk_full(result) ? void() : poison(system_error_of(result));
  const std::uint64_t before = one.done;
  one.done += static_cast<std::uint64_t>(result);
  if (one.done == one.length) {
    refusals_ = 0;
    return;
  }
  ++stats_.short_writes;
  if (files_->direct()) one.done &= ~log_in_block;
  if (one.done == before) back_off(-EAGAIN);
}

/// Moves `written` over what the oldest flights have completed, as far as records are whole.
void log_core::fold() noexcept {
  if (flying_ == 0 || phase_ == phase::poisoned || phase_ == phase::failed) return;
  std::uint64_t to = written_.stream;
  while (flying_ > 0) {
    const flight& one = flights_[oldest_];
    to = std::max(to, std::min(one.end, one.begin + one.done));
    if (one.busy || one.done < one.length) break;
    last_block_flying_ = last_block_flying_ && !one.last_block;
    oldest_ = oldest_ + 1 == files_->depth() ? 0 : oldest_ + 1;
    --flying_;
  }
  const std::uint64_t first = frame_ends_.first_behind(written_.records, accepted_.records, to, settled_.stream);
  if (first == written_.records) return;
  written_ = {first, payload_ends_.end_of(first - 1, settled_.bytes), end_of(first - 1)};
  if (written_.records > most_written_.records) most_written_ = written_;
  const bool timed = config_.sync.rule == sync_policy::when::timed;
  if (timed && unsynced_since_ == deadline::time_point::max()) unsynced_since_ = files_->now();
  if (!retains()) settle(written_);
}

/// Gives back the credits, and the memory, of all before `to`.
void log_core::settle(const place& to) noexcept {
  if (to.records == settled_.records) return;
  settled_ = to;
  ring_.release_to(settled_.stream, accepted_.stream);
  if (paused_ && !limits_.are_above_low(load())) paused_ = false;
}

void log_core::back_off(std::int64_t result) noexcept {
  ++stats_.retries;
  const std::int64_t reason = result == 0 ? -EAGAIN : result;
  if (++refusals_ > config_.retry_limit) return poison(system_error_of(reason));
  if (reason == -EINTR) return;  // at once
  const auto rest = std::chrono::milliseconds{1} * (1u << std::min(refusals_ - 1, 6u));
  retry_at_ = files_->now() + std::min<deadline::duration>(rest, longest_rest);
}

/// True when a refused write should not be tried again yet.
bool log_core::resting() noexcept {
  if (retry_at_ == deadline::time_point::min()) return false;
  if (files_->now() < retry_at_) return true;
  retry_at_ = deadline::time_point::min();
  return false;
}

}  // namespace tidegate::detail
