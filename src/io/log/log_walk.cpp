#include "io/log/log_walk.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::detail {

namespace {

/// Where nothing has begun, the last thing that tells which seqs were given out: a segment whose name is all there is
/// of it. It has to stay. Null: there is none, or it is not needed.
const segment_info* last_trace(const std::vector<segment_info>& segments) {
  const segment_info* trace = nullptr;
  for (const segment_info& segment : segments) {
    if (segment.state != header_state::not_begun) return nullptr;
    if (segment.name.first_seq > (trace == nullptr ? 0 : trace->name.first_seq)) trace = &segment;
  }
  return trace;
}

}  // namespace

log_walk::log_walk(segment_files& files, const log_location& log, const log_reader_config& config)
    : files_(files), config_(config), scan_(files) {
  segment_set set = load_segments(files, log);
  segments_ = std::move(set.segments);
  const auto begun = [](const segment_info& segment) { return segment.state != header_state::not_begun; };
  if (std::ranges::none_of(segments_, begun)) expected_ = std::max(expected_, set.aside_seq);
  const segment_info* const trace = last_trace(segments_);
  if (trace != nullptr) expected_ = std::max(expected_, trace->name.first_seq);
  report_.last_number = set.aside_number;
  for (std::size_t index = 0; index < segments_.size(); ++index) {
    const segment_info& segment = segments_[index];
    segment_report report{.path = segment.path(), .number = segment.name.number, .file_bytes = segment.file_bytes};
    report.first_seq = segment.state == header_state::not_begun ? 0 : segment.header.first_seq;
    report.created_ns = segment.header.created_ns;
    report_.last_number = std::max(report_.last_number, report.number);
    if (segment.state == header_state::not_begun) {
      report.state = segment_state::not_begun;
      if (&segment != trace) steps_.push_back({repair_kind::remove, index});
      if (&segment == trace) report.first_seq = trace->name.first_seq;
    }
    if (segment.waits_for_name()) steps_.push_back({repair_kind::rename, index});
    report_.segments.push_back(std::move(report));
  }
  if (set.error) ended_ = fail(set.error, std::move(set.problem));
}

read_status log_walk::next() {
  payload_ = {};
  while (!ended_) {
    std::optional<read_status> answer;
    if (!open_) {
      if (!begin_segment()) continue;
      if (info().state == header_state::damaged) answer = pass_segment();
    } else if (expected_ >= limit_) {
      end_segment();
    } else {
      const bool valid = scan_.check(offset_, frame_);
      if (scan_.error()) return fail_reading(scan_.error(), info().path());
      const bool follows = frame_.kind == frame_kind::gap ? frame_.seq >= expected_ : frame_.seq == expected_;
      answer = valid && follows ? take_frame() : stop_at_tear();
    }
    if (answer) return *answer;
  }
  return *ended_;
}

read_status log_walk::load_payload() {
  std::error_code error;
  payload_ = scan_.payload(frame_, config_.largest_record, error);
  if (!error) return read_status::ok;
  const std::string what = error == log_errc::corrupt ? "the file has changed while it was read" : error.message();
  return fail(error, info().path() + ": offset " + std::to_string(frame_.offset) + ": record with seq " +
                         std::to_string(frame_.seq) + ": " + what);
}

// --- from segment to segment

/// The first seq of the next segment that has begun.
std::uint64_t log_walk::limit_behind(std::size_t index) const noexcept {
  for (std::size_t next = index + 1; next < segments_.size(); ++next) {
    if (segments_[next].state != header_state::not_begun) return segments_[next].header.first_seq;
  }
  return no_limit;
}

/// False when the segment at index_ is passed over, or there is none.
bool log_walk::begin_segment() {
  if (index_ >= segments_.size()) {
    report_.next_seq = expected_;
    if (report_.records == 0) report_.first_seq = expected_;
    ended_ = read_status::end;
    return false;
  }
  limit_ = limit_behind(index_);
  const bool unread = info().state == header_state::not_begun || (limit_ != no_limit && limit_ <= config_.from_seq);
  if (unread || limit_ <= info().header.first_seq) {
    if (!unread) here().state = segment_state::superseded;
    if (info().state != header_state::not_begun) expected_ = std::max(expected_, info().header.first_seq);
    ++index_;
    return false;
  }
  return info().state == header_state::damaged || open_segment();
}

bool log_walk::open_segment() {
  file_ = {};
  const std::string path = info().path();
  if (auto error = files_.open(path, file_access::read, file_)) {
    (void)fail_reading(error, path);
    return false;
  }
  scan_.begin(file_.fd.get(), file_.bytes, info().header);
  here().state = segment_state::whole;
  offset_ = log_header_bytes;
  expected_ = info().header.first_seq;
  open_ = true;
  return true;
}

void log_walk::end_segment() {
  here().used_bytes = offset_;
  before_ = index_;
  before_end_ = offset_;
  open_ = false;
  file_ = {};
  ++index_;
}

/// A segment whose header is damaged: its salt is gone, so nothing in it can be told from noise.
std::optional<read_status> log_walk::pass_segment() {
  here().state = segment_state::damaged;
  const std::uint64_t first = std::max(expected_, info().header.first_seq);
  const bool last = limit_ == no_limit;
  const log_damage damage{.path = info().path(), .offset = 0, .bytes = info().file_bytes};
  if (config_.damage == recovery_policy::strict) {
    report_.damage.push_back(damage);
    report_.damage.back().first_lost = first;
    report_.damage.back().last_lost = last ? 0 : limit_ - 1;
    return fail(log_errc::corrupt,
                damage.path + ": offset 0: the segment's header is damaged, missing or another segment's");
  }
  // What the segment before holds from here on was superseded, and must not come back when this one is gone.
  if (before_ && !last) steps_.push_back({repair_kind::close_gap, *before_, before_end_, 0, std::max(first, limit_)});
  if (before_ && last) steps_.push_back({repair_kind::cut, *before_, before_end_});
  steps_.push_back({repair_kind::set_aside, index_});
  const read_status answer = lose(first, last ? 0 : std::max(first, limit_), damage);
  ++index_;
  return answer;
}

// --- from frame to frame

std::optional<read_status> log_walk::take_frame() {
  offset_ = frame_.end();
  if (frame_.kind == frame_kind::gap) return pass_gap();
  if (frame_.kind != frame_kind::data) return std::nullopt;
  if (report_.records == 0) report_.first_seq = frame_.seq;
  ++report_.records;
  report_.payload_bytes += frame_.length;
  ++here().records;
  seq_ = frame_.seq;
  ++expected_;
  return seq_ >= config_.from_seq ? std::optional(read_status::ok) : std::nullopt;
}

std::optional<read_status> log_walk::pass_gap() {
  const std::uint64_t first = expected_;
  if (frame_.seq == first) return std::nullopt;
  log_damage damage{.path = info().path(), .offset = frame_.offset, .bytes = frame_size(frame_.length)};
  damage.closed = true;
  const read_status answer = lose(first, frame_.seq, std::move(damage));
  return last_lost_ >= config_.from_seq ? std::optional(answer) : std::nullopt;
}

/// Goes on at seq `end`, or wherever the log ends if that is 0.
read_status log_walk::lose(std::uint64_t first, std::uint64_t end, log_damage damage) {
  damage.first_lost = first;
  damage.last_lost = end == 0 ? 0 : end - 1;
  report_.damage.push_back(std::move(damage));
  seq_ = first;
  last_lost_ = report_.damage.back().last_lost;
  expected_ = end == 0 ? first : end;
  return read_status::gap;
}

std::optional<read_status> log_walk::stop_at_tear() {
  const outlook behind = look_behind();
  if (ended_) return ended_;
  if (is_corrupt(behind)) return pass_damage(behind);
  end_here(behind);
  return std::nullopt;
}

/// No frame that was written begins nearer than a frame's header away.
log_walk::outlook log_walk::look_behind() {
  outlook behind;
  behind.continues = later_hold_something(behind.promised);
  if (ended_) return behind;
  behind.next = scan_.look_ahead(offset_ + log_frame_bytes);
  if (behind.next && info().header.marks && !behind.continues) survey_rest(behind);
  behind.known = !scan_.gave_up();
  if (scan_.error()) (void)fail_reading(scan_.error(), info().path());
  return behind;
}

/// Every frame behind the tear: what do the marks among them promise?
void log_walk::survey_rest(outlook& behind) {
  std::optional<found_frame> frame = behind.next;
  while (frame) {
    if (frame->kind == frame_kind::mark) behind.promised = std::max(behind.promised, frame->durable_seq);
    if (frame->kind == frame_kind::data) ++behind.records;
    const std::uint64_t end = frame->end();
    if (!scan_.check(end, *frame)) frame = scan_.look_ahead(end);
  }
}

bool log_walk::later_hold_something(std::uint64_t& promised) {
  bool found = false;
  for (std::size_t later = index_ + 1; later < segments_.size() && !ended_ && !found; ++later) {
    const segment_info& segment = segments_[later];
    if (segment.state == header_state::not_begun) continue;
    promised = std::max(promised, segment.header.durable_seq);
    found = segment.state == header_state::damaged || holds_frame(segment);
  }
  return found;
}

bool log_walk::holds_frame(const segment_info& segment) {
  opened_file file;
  if (auto error = files_.open(segment.path(), file_access::read, file)) {
    (void)fail_reading(error, segment.path());
    return false;
  }
  segment_scan scan(files_);
  scan.begin(file.fd.get(), file.bytes, segment.header);
  const bool found = scan.look_ahead(log_header_bytes).has_value() || scan.gave_up();
  if (scan.error()) (void)fail_reading(scan.error(), segment.path());
  return found;
}

bool log_walk::is_corrupt(const outlook& behind) const noexcept {
  if (behind.continues || !behind.known || behind.promised >= expected_) return true;
  return behind.next && !info().header.marks;
}

/// The log ends here: what follows is a torn tail or nothing at all, and later segments hold nothing.
void log_walk::end_here(const outlook& behind) {
  const std::uint64_t content_end = scan_.end_of_content(offset_);
  if (content_end > offset_) {
    here().state = segment_state::torn;
    here().cut_bytes = content_end - offset_;
    here().cut_records = behind.records;
    steps_.push_back({repair_kind::cut, index_, offset_});
  }
  end_segment();
  for (; index_ < segments_.size(); ++index_) {
    if (info().state == header_state::not_begun) continue;
    here().state = segment_state::not_begun;
    std::erase_if(steps_, [this](const repair_step& step) { return step.segment == index_; });  // no new name for it
    steps_.push_back({repair_kind::remove, index_});
  }
}

std::optional<read_status> log_walk::pass_damage(const outlook& behind) {
  std::optional<found_frame> resume = behind.next;
  const auto fits = [&] {
    return resume->seq >= expected_ && (resume->seq < limit_ || resume->kind != frame_kind::data);
  };
  while (resume && !fits()) resume = scan_.look_ahead(resume->offset + log_alignment);
  const std::uint64_t promised_end = std::max(expected_, behind.promised + 1);
  const std::uint64_t seq = resume ? resume->seq : limit_ != no_limit ? limit_ : promised_end;
  const std::uint64_t to_the_end = (std::max(file_.bytes, offset_) - offset_) & ~std::uint64_t{log_alignment - 1};
  const std::uint64_t end = resume ? resume->offset : offset_ + std::max<std::uint64_t>(to_the_end, log_frame_bytes);
  log_damage damage{.path = info().path(), .offset = offset_};
  damage.bytes = (resume ? end : std::max(file_.bytes, offset_)) - offset_;
  here().state = segment_state::damaged;
  if (config_.damage == recovery_policy::strict) {
    damage.first_lost = expected_;
    damage.last_lost = seq - 1;
    std::string problem = damage.path + ": offset " + std::to_string(offset_) + ": record with seq " +
                          std::to_string(expected_) + " is damaged or missing, and ";
    problem += behind.continues               ? "later segments hold records"
               : behind.promised >= expected_ ? "the log was durable up to seq " + std::to_string(behind.promised)
               : behind.next                  ? "a valid one follows at offset " + std::to_string(behind.next->offset)
                                              : "whether valid ones follow cannot be told";
    report_.damage.push_back(std::move(damage));
    return fail(log_errc::corrupt, std::move(problem));
  }
  steps_.push_back({repair_kind::close_gap, index_, offset_, end, seq});
  const read_status answer = lose(expected_, seq, std::move(damage));
  offset_ = end;
  if (!resume) end_segment();
  return answer;
}

read_status log_walk::fail(std::error_code error, std::string problem) {
  report_.error = error;
  report_.problem = std::move(problem);
  report_.next_seq = expected_;
  if (open_) here().used_bytes = offset_;
  ended_ = read_status::failed;
  return *ended_;
}

read_status log_walk::out_of_memory() noexcept {
  report_.error = std::make_error_code(std::errc::not_enough_memory);
  ended_ = read_status::failed;
  return *ended_;
}

read_status log_walk::fail_reading(std::error_code error, const std::string& path) {
  return fail(error, path + ": " + error.message());
}

}  // namespace tidegate::detail
