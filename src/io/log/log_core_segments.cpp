// Group commit of a log_core, and how it turns from one segment to the next.
#include <algorithm>

#include "io/kernel_answers.hpp"
#include "io/log/log_core.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

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

}  // namespace tidegate::detail
