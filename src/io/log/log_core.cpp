// How records come in: construction, credits, frames. log_core_wait.cpp has waiting and closing, log_core_work.cpp what
// happens with the files.
#include "io/log/log_core.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "io/group_core.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

namespace {

constexpr const char* owner_rule = "a log_sink is used by a thread that is not its owner (see rebind_owner)";
constexpr std::size_t most_padding = log_frame_bytes + log_alignment - 1;
constexpr std::size_t most_marks =
    4;  // framed and not settled at once; more only where padding left room: has_room_for_mark()

std::size_t whole_blocks(std::size_t bytes) noexcept { return (bytes + log_block_bytes - 1) & ~(log_block_bytes - 1); }

/// What everything that may be in flight takes as frames.
std::size_t framed_capacity(const log_config& config) noexcept {
  return config.capacity_bytes + config.capacity_records * most_padding + most_marks * mark_size + 2 * log_block_bytes;
}

}  // namespace

// --- construction

log_core::log_core(std::unique_ptr<log_files> files, const log_config& config, const log_origin& origin,
                   backend_report backend) noexcept
    : files_(std::move(files)),
      config_(config),
      origin_(origin),
      backend_(std::move(backend)),
      limits_(config),
      blocks_(new (std::nothrow) blocks{}),
      next_try_(config.batch_bytes),
      next_number_(origin.next_number),
      corked_(config.corked) {}

log_core::~log_core() {
  if (!closed_) (void)close(deadline::already_over(), {});
  if (group_) group_->remove(*this);
  if (report_.abandoned_operations == 0) return;
  ring_.leak();
  (void)blocks_.release();
}

std::error_code log_core::resolve_limits(log_config& config) noexcept {
  if (!drain_limits::go_together(config)) return sink_errc::bad_limits;
  if (config.capacity_records == 0) config.capacity_records = std::max<std::size_t>(64, config.capacity_bytes / 64);
  if (config.capacity_records > drain_limits::most / most_padding) return sink_errc::bad_limits;
  config.batch_bytes = whole_blocks(std::min(config.batch_bytes, config.capacity_bytes));
  config.segment_bytes = whole_blocks(config.segment_bytes);
  const bool holds_all = config.segment_bytes >= framed_capacity(config) + 3 * log_block_bytes;
  return holds_all ? std::error_code{} : make_error_code(sink_errc::bad_limits);
}

int log_core::start() noexcept {
  if (!blocks_ || !frame_ends_.allocate(config_.capacity_records) || !payload_ends_.allocate(config_.capacity_records))
    return ENOMEM;
  if (const int refusal = ring_.allocate(framed_capacity(config_) + 2 * log_block_bytes, files_->direct())) {
    return refusal;
  }
  prepare_spare();
  while (spare_ == spare_state::preparing) {
    files_->wait(deadline::never(), wake_rule::ignore);
    collect();
  }
  return error_.value();
}

void log_core::join(std::shared_ptr<group_core> group) {
  group->add(*this);
  group_ = std::move(group);
}

/// False in a child process. Aborts, in checked builds, for a thread that is not the owner.
bool log_core::usable() noexcept {
  if (process_.foreign()) [[unlikely]] {
    disown();
    return false;
  }
  owner_.check(owner_rule);
  return true;
}

bool log_core::rebind_owner() noexcept {
  if (process_.foreign() || !idle() || (!closed_ && !files_->rebind())) return false;
  owner_.rebind();
  owner_.check(owner_rule);
  return true;
}

/// In a child process: files, memory and thread belong to the parent. Nothing of them is touched, written or handed
/// back here; the memory of frames is even shared.
void log_core::disown() noexcept {
  if (error_ == sink_errc::forked) return;
  error_ = sink_errc::forked;
  open_ = false;
  closing_ = closed_ = true;
  fill_report();
  report_.abandoned_operations = 0;
  ring_.leak();
  files_->disown();
}

// --- putting records in

sink_status log_core::write(std::span<const std::byte> record) noexcept { return write(parts(&record, 1)); }

sink_status log_core::write(parts record) noexcept {
  if (!usable()) return sink_status::failed;
  std::size_t length = 0;
  for (const auto& part : record) length += part.size();
  if (const sink_status answer = admit(length, 1, length); !accepted(answer)) return answer;
  std::byte* to = open_frame(static_cast<std::uint32_t>(length));
  if (to == nullptr) return refuse();
  for (const auto& part : record) to = std::copy(part.begin(), part.end(), to);
  close_frame(static_cast<std::uint32_t>(length));
  return after_accept();
}

sink_status log_core::write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept {
  if (!usable()) return sink_status::failed;
  const std::size_t longest = lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end());
  if (const sink_status answer = admit(bytes.size(), lengths.size(), longest); !accepted(answer)) return answer;
  std::size_t at = 0;
  for (const std::uint32_t length : lengths) {
    if (bytes.size() - at < length) abort_with("write_run: the lengths do not add up to the bytes");
    std::byte* const to = open_frame(length);
    if (to == nullptr) abort_with("log_core: a run does not fit where its credits say it does");
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), length, to);
    close_frame(length);
    at += length;
  }
  if (at != bytes.size()) abort_with("write_run: the lengths do not add up to the bytes");
  return after_accept();
}

sink_status log_core::claim(std::size_t longest, std::span<std::byte>& room) noexcept {
  room = {};
  if (!usable()) return sink_status::failed;
  if (const sink_status answer = admit(longest, 1, longest); !accepted(answer)) return answer;
  std::byte* const to = open_frame(static_cast<std::uint32_t>(longest));
  if (to == nullptr) return refuse();
  claimed_ = static_cast<std::uint32_t>(longest);
  room = {to, longest};
  return sink_status::ok;
}

sink_status log_core::publish(std::size_t length) noexcept {
  if (length > claimed_) abort_with("emplace: a record longer than its room");
  close_frame(static_cast<std::uint32_t>(length));
  return after_accept();
}

/// ok: there is room and the state allows it. A refusal for lack of credit is given only after looking for completions.
sink_status log_core::admit(std::size_t bytes, std::size_t records, std::size_t longest) noexcept {
  const bool possible = limits_.could_take(bytes, records) && longest <= log_largest_payload;
  if (open_ && possible) {
    if (limits_.have_room(load(), bytes, records)) [[likely]]
      return sink_status::ok;
    advance(send_rule::everything);
    if (open_ && limits_.have_room(load(), bytes, records)) return sink_status::ok;
  }
  if (error_) return sink_status::failed;
  if (!open_) return sink_status::closing;
  if (!possible) return sink_status::too_big;
  if (config_.on_disk_full == disk_full_policy::drop_new && suspended()) {
    stats_.dropped += records;
    return sink_status::dropped;
  }
  return refuse();
}

sink_status log_core::refuse() noexcept {
  ++stats_.fulls;
  sync_soon_ = true;
  return sink_status::full;
}

/// Where the payload of the next record goes: behind a mark if one is due, in a new segment if it does not fit into
/// this one. Null: it fits nowhere, which credits exclude.
std::byte* log_core::open_frame(std::uint32_t longest) noexcept {
  const auto fits = [&](const segment& in) {
    const std::uint64_t most = frame_size(longest) + 2 * mark_size;  // one before it, one at the end of the log
    return offset_of(in, accepted_.stream) + most <= config_.segment_bytes;
  };
  if (const segment* const at = tail(); at == nullptr || !fits(*at)) {
    if (has_next_) return nullptr;
    plan_segment();
  }
  if (mark_due_ && has_room_for_mark()) append_mark();
  return ring_.at(accepted_.stream) + log_frame_bytes;
}

void log_core::close_frame(std::uint32_t length) noexcept {
  seal_frame(ring_.at(accepted_.stream), tail()->salted, frame_kind::data, length, seq_of(accepted_.records));
  accepted_.stream += frame_size(length);
  accepted_.bytes += length;
  frame_ends_.set(accepted_.records, accepted_.stream);
  payload_ends_.set(accepted_.records, accepted_.bytes);
  ++accepted_.records;
}

/// Beside everything that credit is left for. Syncs may outrun a backlog of frames, each with a mark of its own.
bool log_core::has_room_for_mark() const noexcept {
  const std::uint64_t framed = accepted_.stream - settled_.stream;
  const sink_credits left = limits_.credits(load());
  return framed + mark_size + left.bytes + left.records * most_padding <= framed_capacity(config_);
}

void log_core::append_mark() noexcept {
  mark_due_ = false;
  seal_mark(ring_.at(accepted_.stream), tail()->salted, seq_of(accepted_.records), durable_seq());
  accepted_.stream += mark_size;
}

/// The next record begins a new segment. Its first frame lies at a whole block for a direct file.
void log_core::plan_segment() noexcept {
  std::uint64_t begin = accepted_.stream;
  current_.end = begin;
  if (files_->direct()) {
    begin = whole_blocks(begin);
    if (begin - accepted_.stream == log_alignment) begin += log_block_bytes;  // too small for a pad: see reframe()
  }
  const std::uint64_t salt = next_salt();
  next_ = {accepted_.records, begin, begin, files_->direct() ? log_block_bytes : log_header_bytes, salt,
           salt_crc(salt),    0};
  has_next_ = true;
  mark_due_ = false;  // the header says it
  accepted_.stream = begin;
}

/// SplitMix64 over a random start.
std::uint64_t log_core::next_salt() noexcept {
  std::uint64_t mixed = origin_.salt + ++salts_ * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

sink_status log_core::after_accept() noexcept {
  stats_.most_bytes = std::max(stats_.most_bytes, load().bytes);
  if (!corked_ || error_) {
    advance(send_rule::everything);
  } else if (accepted_.stream >= next_try_) {
    next_try_ = accepted_.stream + config_.batch_bytes;
    advance(send_rule::full_batches);
  }
  note_pause();
  return writable() ? sink_status::ok : sink_status::pause;
}

void log_core::note_pause() noexcept {
  if (paused_ || !limits_.reach_high(load())) return;
  advance(send_rule::full_batches);
  if (!limits_.reach_high(load())) return;
  paused_ = true;
  ++stats_.pauses;
}

sink_credits log_core::credits() const noexcept {
  if (!open_ || process_.foreign()) return {};
  return limits_.credits(load());
}

void log_core::set_corked(bool corked) noexcept {
  if (!usable()) return;
  corked_ = corked;
  next_try_ = accepted_.stream + config_.batch_bytes;
  if (!corked && !closed_) advance(send_rule::everything);
}

std::uint32_t log_core::length_of(std::uint64_t record) const noexcept {
  const std::uint64_t begin =
      record == settled_.records ? settled_.bytes : payload_ends_.end_of(record - 1, settled_.bytes);
  return static_cast<std::uint32_t>(payload_ends_.end_of(record, settled_.bytes) - begin);
}

std::uint64_t log_core::end_of(std::uint64_t record) const noexcept {
  return frame_ends_.end_of(record, settled_.stream);
}

// --- looking

std::uint64_t log_core::progress() const noexcept {
  return settled_.records + most_written_.records + durable_.records + stats_.suspensions + (error_ ? 1 : 0) +
         (closed_ ? 1 : 0);
}

std::error_code log_core::error() const noexcept {
  return process_.foreign() ? make_error_code(sink_errc::forked) : error_;
}

log_position log_core::position() const noexcept {
  return {{accepted_.bytes, most_sent_.bytes, most_written_.bytes, durable_.bytes, settled_.bytes, lost_bytes_},
          {accepted_.records, most_sent_.records, most_written_.records, durable_.records, settled_.records,
           lost_records_}};
}

std::size_t log_core::max_bytes() const noexcept {
  return sizeof(*this) + sizeof(blocks) + ring_.max_bytes() + frame_ends_.max_bytes() + payload_ends_.max_bytes() +
         files_->max_bytes();
}

}  // namespace tidegate::detail
