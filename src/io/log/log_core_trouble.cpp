// What a log_core does when the disk is full, and when a write or a sync fails.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/kernel_answers.hpp"
#include "io/log/log_core.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{1000};

}  // namespace

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
    next_.offset = log_block_bytes + (at & log_in_block);
    std::memset(ring_.at(at & ~log_in_block), 0, at & log_in_block);
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
