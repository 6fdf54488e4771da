// What a log_core does with its files: writes, group commit, turning from one segment to the next, and what happens
// when the disk is full or fails.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/log/log_core.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

namespace {

constexpr std::chrono::milliseconds longest_rest{50};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{1000};
constexpr std::uint64_t in_block = log_block_bytes - 1;

std::error_code system_error_of(std::int64_t negated) noexcept {
  return {static_cast<int>(-negated), std::system_category()};
}

/// A refusal that may be over soon. Writing nothing at all is treated as one, so that it cannot loop for ever.
bool is_transient(std::int64_t result) noexcept {
  return result == 0 || result == -EINTR || result == -EAGAIN || result == -ENOMEM || result == -ENOBUFS;
}

/// Of what a process has, not of its disk.
bool is_scarcity(std::int64_t result) noexcept {
  return is_transient(result) || result == -EMFILE || result == -ENFILE;
}

bool is_disk_full(std::int64_t result) noexcept { return result == -ENOSPC || result == -EDQUOT || result == -EFBIG; }

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
    const std::uint64_t begin = direct ? sent_ & ~in_block : sent_;
    std::uint64_t end = std::min(last, begin - begin % config_.batch_bytes + config_.batch_bytes);
    const bool whole = end % config_.batch_bytes == 0 || (has_next_ && end == last);
    if (!whole && (rule == send_rule::full_batches || !alone)) break;
    if (direct && end - begin > log_block_bytes) end &= ~in_block;
    add_flight(begin, end, direct && (end & in_block) != 0);
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
  if (files_->direct()) one.done &= ~in_block;
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
  if (paused_ && !above(config_.low_bytes, low_records_)) paused_ = false;
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

// --- syncs

bool log_core::wants_sync() noexcept {
  if (!active_ || syncing_ || beginning_ || written_.records <= durable_.records || never_durable_) return false;
  const bool asked = sync_fence_ > durable_.records && (written_.records >= sync_fence_ || suspended());
  return asked || (retains() && syncs_now());
}

/// The rules of those that keep records until they are durable.
bool log_core::syncs_now() noexcept {
  if (config_.sync.rule == sync_policy::when::always) return true;
  if (suspended() || paused_ || sync_soon_) return true;
  if (has_next_ && written_.records >= next_.first_record) return true;
  if (closing_ && written_.records == accepted_.records) return true;
  if (rewriting_to_ > durable_.records && written_.records >= rewriting_to_) return true;
  return deadline::after(unsynced_since_, config_.sync.span).reached(files_->now());
}

/// Captures what this sync covers: only writes that have ended.
void log_core::start_sync() noexcept {
  syncing_ = true;
  sync_soon_ = false;
  captured_ = written_;
  captured_number_ = current_.number;
  sync_began_ = files_->now();
  if (retains()) {
    files_->sync();
  } else {
    files_->sync_since(unsynced_number_);
  }
}

void log_core::complete_sync(std::int64_t result) noexcept {
  syncing_ = false;
  if (result < 0) return retains() ? poison(system_error_of(result)) : fail(system_error_of(result));
  const auto took = files_->now() - sync_began_;
  ++stats_.syncs;
  stats_.sync_total += took;
  stats_.sync_longest = std::max<std::chrono::nanoseconds>(stats_.sync_longest, took);
  durable_ = captured_;
  unsynced_since_ = written_.records > durable_.records ? sync_began_ : deadline::time_point::max();
  unsynced_number_ = captured_number_;
  mark_due_ = marks();
  if (retains()) settle(durable_);
}

// --- segments

/// The next segment is made ready when this one is half full.
bool log_core::wants_spare() noexcept {
  if (spare_ != spare_state::none || beginning_) return false;
  const bool half_full = active_ && offset_of(current_, accepted_.stream) > config_.segment_bytes / 2;
  if (!has_next_ && (closing_ || !half_full)) return false;
  return spare_at_ == deadline::time_point::min() || files_->now() >= spare_at_;
}

void log_core::prepare_spare() noexcept {
  spare_ = spare_state::preparing;
  spare_at_ = deadline::time_point::min();
  spare_number_ = next_number_++;
  files_->prepare(spare_number_, in_failover_, retains());
}

void log_core::complete_prepare(std::int64_t result) noexcept {
  spare_ = result < 0 ? spare_state::none : spare_state::ready;
  if (result >= 0) {
    spare_refused_ = false;
    pauses_in_a_row_ = 0;
    return;
  }
  next_number_ = spare_number_;
  if (is_disk_full(result)) return refuse_spare(system_error_of(result));
  const bool first = stats_.segments == 0 && !has_next_;
  const bool patient = is_scarcity(result) && !first && pauses_in_a_row_ < config_.retry_limit;
  if (!patient && first) return fail(system_error_of(result));
  if (!patient && (has_next_ || !active_)) return poison(system_error_of(result));
  spare_at_ = files_->now() + next_pause();
}

void log_core::refuse_spare(std::error_code error) noexcept {
  trouble_ = error;
  spare_refused_ = true;
  spare_at_ = files_->now() + next_pause();
  if (stats_.segments == 0 && config_.on_disk_full == disk_full_policy::fail) fail(error);
}

/// A segment begins when nothing of the one before is under way any more, nor may get lost.
bool log_core::may_turn() const noexcept {
  if (!has_next_ || beginning_ || phase_ != phase::running) return false;
  if (!active_) return true;
  const std::uint64_t until = next_.first_record;
  const bool settled = written_.records >= until && (!retains() || durable_.records >= until);
  return settled && writing_ == 0 && !syncing_;
}

bool log_core::turn() noexcept {
  if (active_) files_->retire(offset_of(current_, current_.end));
  active_ = false;
  if (spare_ != spare_state::ready) return false;
  beginning_ = true;
  const std::size_t length = compose_head(next_);
  files_->begin({{blocks_->head, length}, spare_number_, seq_of(next_.first_record), retains()});
  return true;
}

/// The header, and for a direct file a pad up to the first record.
std::size_t log_core::compose_head(const segment& of) noexcept {
  segment_header header;
  header.marks = marks();
  header.number = spare_number_;
  header.first_seq = seq_of(of.first_record);
  header.salt = of.salt;
  header.created_ns = files_->wall_clock_ns();
  header.durable_seq = durable_seq();
  encode_header(header, std::span<std::byte, log_header_bytes>(blocks_->head, log_header_bytes));
  if (!files_->direct()) return log_header_bytes;
  seal_pad(blocks_->head + log_header_bytes, of.salted, static_cast<std::uint32_t>(of.offset - log_header_bytes),
           header.first_seq);
  return log_block_bytes;
}

void log_core::complete_begin(std::int64_t result) noexcept {
  beginning_ = false;
  spare_ = spare_state::none;
  if (is_disk_full(result)) return refuse_spare(system_error_of(result));
  if (result < 0) return poison(system_error_of(result));
  active_ = true;
  has_next_ = false;
  current_ = next_;
  current_.number = spare_number_;
  sent_ = written_.stream = current_.begin;
  if (unsynced_number_ == 0) unsynced_number_ = current_.number;
  ++stats_.segments;
}

// --- a full disk

bool log_core::suspended() const noexcept {
  return phase_ == phase::clogged || phase_ == phase::suspended || (spare_refused_ && has_next_ && !active_);
}

void log_core::note_suspension() noexcept {
  const bool now = suspended();
  if (now && !was_suspended_) ++stats_.suspensions;
  was_suspended_ = now;
  if (now && config_.on_disk_full == disk_full_policy::fail) fail(trouble_);
}

/// Nothing is being written any more: cuts the file behind the last whole record, from where it goes on.
void log_core::suspend() noexcept {
  flying_ = 0;
  oldest_ = 0;
  last_block_flying_ = false;
  sent_ = written_.stream;
  phase_ = phase::suspended;
  probe_at_ = files_->now() + next_pause();
  if (const int refusal = files_->truncate(offset_of(current_, sent_))) poison({refusal, std::system_category()});
}

/// Asks for the disk that what is accepted needs.
bool log_core::probe() noexcept {
  if (phase_ != phase::suspended || allocating_ || files_->now() < probe_at_) return false;
  const std::uint64_t begin = offset_of(current_, sent_);
  const std::uint64_t end = offset_of(current_, has_next_ ? current_.end : accepted_.stream);
  probe_at_ = deadline::time_point::min();
  allocating_ = true;
  files_->allocate(begin, std::max<std::uint64_t>(end - begin, log_block_bytes));
  return true;
}

void log_core::complete_allocate(std::int64_t result) noexcept {
  allocating_ = false;
  if (phase_ != phase::suspended) return;
  if (is_disk_full(result) || result == -EINTR || result == -EAGAIN || result == -ENOMEM) {
    probe_at_ = files_->now() + next_pause();
  } else if (result < 0 && result != -EOPNOTSUPP) {
    poison(system_error_of(result));
  } else {
    phase_ = phase::running;
    pauses_in_a_row_ = 0;
  }
}

deadline::duration log_core::next_pause() noexcept {
  const auto pause = first_pause * (1u << std::min(pauses_in_a_row_++, 4u));
  return std::min<deadline::duration>(pause, longest_pause);
}

// --- failures

/// The active segment, or the one that should become it, is given up. Twice without progress: the log has failed.
void log_core::poison(std::error_code error) noexcept {
  if (phase_ == phase::poisoned || phase_ == phase::failed) return;
  trouble_ = error;
  if (active_) ++stats_.poisoned;
  if (config_.on_sync_error == sync_error_policy::abort_process) abort_with("log_sink: a write or a sync failed");
  if (config_.on_sync_error == sync_error_policy::fail || rewriting_to_ > settled_.records) return fail(error);
  phase_ = phase::poisoned;
}

/// Nothing is under way: what is not settled goes to a new segment.
void log_core::repair() noexcept {
  if (active_) {
    files_->abandon();
    never_durable_ |= !retains() && written_.records > durable_.records;
    unsynced_number_ = 0;
  }
  active_ = false;
  if (!config_.failover_directory.empty() && !in_failover_) {
    if (spare_ == spare_state::ready) files_->drop_spare();
    spare_ = spare_state::none;
    in_failover_ = true;
  }
  rewriting_to_ = accepted_.records;
  stats_.rewritten += accepted_.records - settled_.records;
  flying_ = oldest_ = 0;
  last_block_flying_ = false;
  refusals_ = 0;
  retry_at_ = spare_at_ = probe_at_ = deadline::time_point::min();
  written_ = settled_;
  unsynced_since_ = deadline::time_point::max();
  reframe();
  phase_ = phase::running;
}

/// Seals all that is not settled for the new segment, in place: other salt, same seqs. What lay between two records
/// becomes a pad; so does, in a direct file, what lies before the first one in its block.
void log_core::reframe() noexcept {
  has_next_ = settled_.records != accepted_.records;
  if (!has_next_) return;
  std::uint64_t at = end_of(settled_.records) - frame_size(length_of(settled_.records));
  const std::uint64_t salt = next_salt();
  next_ = {settled_.records, at, at, log_header_bytes, salt, salt_crc(salt), 0};
  if (files_->direct()) {
    next_.offset = log_block_bytes + (at & in_block);
    std::memset(ring_.at(at & ~in_block), 0, at & in_block);
  }
  for (std::uint64_t record = settled_.records; record != accepted_.records; ++record) {
    const std::uint32_t length = length_of(record);
    const std::uint64_t begin = end_of(record) - frame_size(length);
    if (begin > at) seal_pad(ring_.at(at), next_.salted, static_cast<std::uint32_t>(begin - at), seq_of(record));
    seal_frame(ring_.at(begin), next_.salted, frame_kind::data, length, seq_of(record));
    at = end_of(record);
  }
  mark_due_ = false;
}

void log_core::fail(std::error_code error) noexcept {
  open_ = false;
  phase_ = phase::failed;
  if (!error_) error_ = error;
}

/// After the last piece of work: what is not settled never will be. From here on the marks stand still.
void log_core::give_up_rest() noexcept {
  open_ = false;
  lost_bytes_ = accepted_.bytes - settled_.bytes;
  lost_records_ = accepted_.records - settled_.records;
}

}  // namespace tidegate::detail
