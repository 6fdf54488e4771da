#include "pump/shared_passage.hpp"

#include <algorithm>
#include <utility>

#include "tidegate/flow/expiry.hpp"

namespace tidegate::pump {
namespace {

constexpr std::size_t stretches_each = 4;  // for each taker, when the queue is full and stretches are whole
constexpr std::size_t stretches_a_lane = 16;
constexpr std::size_t most_sheets = 1024;

std::size_t sheets_for(std::size_t capacity, std::size_t stretch_records, std::size_t workers) {
  return std::clamp(capacity / stretch_records, stretches_each * workers, std::max(most_sheets, 4 * workers));
}

/// At most, so that several workers, and all lanes, find enough of them in a small queue.
std::size_t stretch_records_for(const options& wanted) {
  const std::size_t takers = std::max<std::size_t>(wanted.workers, 1);
  const std::size_t parts = wanted.lanes.empty() ? stretches_each * takers : stretches_a_lane * wanted.lanes.size();
  return std::clamp<std::size_t>(wanted.capacity / parts, 1, most_in_stretch);
}

}  // namespace

/// Turns neighbouring records into stretches.
class shared_passage::reader_end : public record_entrance {
 public:
  reader_end(shared_passage& at, std::uint32_t number)
      : lengths_(std::make_unique_for_overwrite<std::uint32_t[]>(at.evicts_ ? 0 : at.credits_of(number).capacity())),
        at_(at),
        credits_(at.credits_of(number)),
        number_(number) {}

  void begin_batch() noexcept override {
    if (at_.lifetime_) read_ = std::chrono::steady_clock::now();
  }

  std::size_t try_push_n(record* first, std::size_t count) noexcept override {
    std::size_t pushed = 0;
    while (pushed < count) {
      const std::size_t taken = credits_.try_take(std::min(count - pushed, at_.stretch_records_));
      if (taken == 0) break;
      push(first + pushed, taken);
      pushed += taken;
    }
    return pushed;
  }

  std::size_t push_n_until(record* first, std::size_t count, time_point when,
                           const std::stop_token& stop) noexcept override {
    const std::size_t taken = credits_.take_until(std::min(count, at_.stretch_records_), when, stop);
    if (taken > 0) push(first, taken);
    return taken;
  }

  std::size_t depth_hint() const noexcept override { return credits_.depth_hint(); }
  std::size_t capacity() const noexcept override { return credits_.capacity(); }
  void close() noexcept override { at_.reader_done(); }

  /// Any thread that has `of`: its records, of which it has no more than fit. A lone one is as long as the
  /// stretch.
  std::span<const record> list(const stretch& of, std::span<record> to) const noexcept {
    if (of.count == 1) {
      to[0] = {of.block, of.offset, of.bytes};
      return to.first(1);
    }
    std::size_t place = of.first % capacity();
    std::uint32_t at = of.offset;
    for (record& each : to.first(of.count)) {
      each = {of.block, at, lengths_[place]};
      at += each.length;
      if (++place == capacity()) place = 0;
    }
    return to.first(of.count);
  }

 private:
  /// The places are free: this reader's records leave in order, and not more than the capacity are out.
  void push(const record* first, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      lengths_[place_] = first[i].length;
      if (++place_ == capacity()) place_ = 0;
    }
    const record& last = first[count - 1];
    at_.queue_->push(number_, {.block = first->block,
                               .offset = first->offset,
                               .bytes = last.offset + last.length - first->offset,
                               .count = static_cast<std::uint32_t>(count),
                               .reader = number_,
                               .sequence = sequence_++,
                               .first = first_,
                               .when = std::chrono::steady_clock::now(),
                               .read = read_});
    first_ += count;
  }

  std::unique_ptr<std::uint32_t[]> lengths_;  // a ring
  std::size_t place_ = 0;                     // of the next length
  std::uint64_t first_ = 0;                   // number of the next record
  std::uint64_t sequence_ = 0;                // of the next stretch

 protected:
  shared_passage& at_;
  record_credits& credits_;
  const std::uint32_t number_;
  time_point read_{};  // what comes next
};

/// Puts records in one by one, each of which may take the place of the oldest.
class shared_passage::evicting_end final : public reader_end {
 public:
  using reader_end::reader_end;

  /// Fewer only when all that is inside is with workers or behind them.
  std::size_t try_push_n(record* first, std::size_t count) noexcept override {
    for (std::size_t pushed = 0; pushed < count; ++pushed) {
      if (!push(first[pushed])) return pushed;
    }
    return count;
  }
  std::size_t push_n_until(record* first, std::size_t count, time_point, const std::stop_token&) noexcept override {
    return try_push_n(first, count);  // nobody waits
  }

  bool evict_oldest() noexcept override {
    stretch oldest;
    if (at_.queue_->try_pop(at_.takers() + number_, oldest) != pop_status::ok) return false;
    if (at_.uses_credits()) credits_.give_back(oldest.count);
    forget(oldest);
    return true;
  }
  tally evicted() const noexcept override { return evicted_; }

 private:
  bool push(const record& one) noexcept {
    const stretch lone{.block = one.block,
                       .offset = one.offset,
                       .bytes = one.length,
                       .count = 1,
                       .reader = number_,
                       .sequence = 0,
                       .first = 0,
                       .when = std::chrono::steady_clock::now(),
                       .read = read_};
    if (at_.uses_credits()) {
      while (credits_.try_take(1) == 0) {
        if (!evict_oldest()) return false;
      }
      at_.queue_->push(number_, lone);
    } else if (const auto victim = at_.queue_->push_evicting(number_, lone)) {
      forget(*victim);
    }
    return true;
  }

  void forget(const stretch& victim) noexcept {
    evicted_.add(victim.count, victim.bytes);
    at_.blocks_.release(victim.block, victim.count);
  }

  tally evicted_;
};

class shared_passage::sink_end : public record_exit {
 public:
  [[nodiscard]] virtual queue_stats stats() const noexcept = 0;
  [[nodiscard]] virtual std::size_t max_bytes() const noexcept = 0;

 protected:
  explicit sink_end(shared_passage& at) noexcept : at_(at) {}

  /// It is the sink thread's now.
  void took(const stretch& next) noexcept {
    at_.residence_.record(std::chrono::steady_clock::now() - next.when);
    if (at_.uses_credits()) at_.credits_of(next.reader).give_back(next.count);
  }
  void expire(std::uint32_t block, std::uint32_t count, std::uint64_t bytes) noexcept {
    at_.expired_.add(count, bytes);
    at_.blocks_.release(block, count);
  }

  shared_passage& at_;
};

/// Without workers: stretches come from the queue itself, each reader's in order.
class shared_passage::merging_end final : public sink_end {
 public:
  explicit merging_end(shared_passage& at) noexcept : sink_end(at) {}

  portion try_take() noexcept override {
    return take([this](stretch& next) noexcept { return at_.queue_->try_pop(0, next); });
  }
  portion take_until(time_point when, const std::stop_token& stop) noexcept override {
    return take([&](stretch& next) noexcept { return at_.queue_->pop_until(0, next, when, stop); });
  }
  bool closed() const noexcept override { return at_.queue_->closed(); }
  queue_stats stats() const noexcept override { return at_.queue_->stats(); }
  std::size_t max_bytes() const noexcept override { return sizeof(*this); }

 private:
  /// The next stretch that is not too old, and those behind it while they are to come along; `pop` gets the oldest.
  template <class Pop>
  portion take(Pop&& pop) noexcept {
    std::size_t count = 0;
    stretch next;
    pop_status status = pop(next);
    while (status == pop_status::ok) {
      count += keep(next, std::span(records_).subspan(count));
      if (count != 0 && count + at_.stretch_records_ > most_at_once_) break;
      status = count == 0 ? pop(next) : at_.queue_->try_pop(0, next);
    }
    return {std::span(records_).first(count)};
  }

  /// How many records it has, put at the front of `to`; none when it is too old.
  std::size_t keep(const stretch& next, std::span<record> to) noexcept {
    const bool too_old = at_.is_too_old(next);
    if (!too_old) at_.entrances_[next.reader]->list(next, to);
    took(next);
    if (too_old) expire(next.block, next.count, next.bytes);
    return too_old ? 0 : next.count;
  }

  /// One stretch, which has up to most_in_stretch records; of lone records a small part of what the queue holds.
  std::size_t most_at_once_ = at_.evicts_ ? std::clamp<std::size_t>(at_.capacity() / 4, 1, most_in_stretch) : 1;
  std::array<record, most_in_stretch> records_;
};

/// Behind workers: sheets come as they are done, and leave in order.
class shared_passage::ordering_end final : public sink_end {
 public:
  ordering_end(shared_passage& at, std::size_t readers)
      : sink_end(at),
        order_(readers, at.sheets_.size()),
        done_(at.done_->make_consumer()),
        free_(at.free_->make_producer()) {
    for (std::uint32_t place = 0; place < at.sheets_.size(); ++place) free(place);
  }

  portion try_take() noexcept override {
    return take([this](std::uint32_t& place) noexcept { return done_.try_pop(place); });
  }
  portion take_until(time_point when, const std::stop_token& stop) noexcept override {
    return take([&](std::uint32_t& place) noexcept { return done_.pop_until(place, when, stop); });
  }
  bool closed() const noexcept override { return at_.done_->closed(); }
  queue_stats stats() const noexcept override { return at_.done_->stats(); }
  std::size_t max_bytes() const noexcept override { return sizeof(*this) + order_.max_bytes(); }

 private:
  /// The next sheet in order that has records left; `pop` gets one that is done.
  template <class Pop>
  portion take(Pop&& pop) noexcept {
    for (;;) {
      std::optional<std::uint32_t> place = put_away();
      while (!place) {
        std::uint32_t arrived = 0;
        if (pop(arrived) != pop_status::ok) return {};
        const stretch& of = at_.sheets_[arrived].of;
        if (order_.arrived(arrived, of.reader, of.sequence)) place = arrived;
      }
      in_hand_ = place;
      sheet& next = at_.sheets_[*place];
      took(next.of);
      next.expired = next.expired || (!next.unworked && at_.is_too_old(next.of));
      if (next.expired || next.kept < next.of.count) account(next);
      if (next.kept == 0) continue;
      const std::span hashes = std::span(next.hashes).first(at_.hashing_ ? next.kept : 0);
      return {std::span(next.records).first(next.kept), hashes, next.unworked};
    }
  }

  /// The last sheet goes back; the one that waited for it, if it is there.
  std::optional<std::uint32_t> put_away() noexcept {
    if (!in_hand_) return std::nullopt;
    const std::uint32_t reader = at_.sheets_[*in_hand_].of.reader;
    free(*in_hand_);
    in_hand_.reset();
    return order_.next_after(reader);
  }

  /// Of what is not to be delivered.
  void account(sheet& next) noexcept {
    std::uint64_t kept_bytes = 0;
    for (const record& each : std::span(next.records).first(next.kept)) kept_bytes += each.length;
    if (const std::uint32_t filtered = next.of.count - next.kept; filtered > 0) {
      at_.filtered_.add(filtered, next.of.bytes - kept_bytes);
      at_.blocks_.release(next.of.block, filtered);
    }
    if (next.expired && next.kept > 0) expire(next.of.block, std::exchange(next.kept, 0), kept_bytes);
  }

  void free(std::uint32_t place) noexcept {
    if (free_.try_push(std::uint32_t{place}) != push_status::ok) abort_with("pump: a sheet came back twice");
  }

  order_stage order_;
  line::consumer done_;
  sheets_back::producer free_;
  std::optional<std::uint32_t> in_hand_;
};

shared_passage::shared_passage(const options& wanted, std::size_t readers, block_pool& blocks, control& until)
    : capacity_(wanted.capacity),
      lanes_(lanes_of(wanted)),
      blocks_(blocks),
      until_(until),
      workers_(wanted.workers),
      hashing_(wanted.work.hash),
      evicts_(wanted.overflow == overflow_policy::drop_oldest),
      lifetime_(wanted.record_deadline),
      stretch_records_(evicts_ ? 1 : stretch_records_for(wanted)),
      readers_left_(readers),
      workers_left_(wanted.workers),
      taken_of_(evicts_ ? readers : 0, 0) {
  const std::size_t accounts = std::max<std::size_t>(lanes_.size(), 1);
  for (std::size_t i = 0; i < accounts; ++i) accounts_.emplace_back((capacity_ + accounts - 1 - i) / accounts);
  queue_ = make_queue(readers);
  for (std::uint32_t i = 0; i < readers; ++i) {
    entrances_.push_back(evicts_ ? std::make_unique<evicting_end>(*this, i) : std::make_unique<reader_end>(*this, i));
  }
  if (workers_ == 0) {
    exit_ = std::make_unique<merging_end>(*this);
    return;
  }
  make_worker_stage(wanted);
  exit_ = std::make_unique<ordering_end>(*this, readers);
}

shared_passage::~shared_passage() = default;

std::unique_ptr<stretch_queue> shared_passage::make_queue(std::size_t readers) const {
  if (!uses_credits()) return stretch_queue::make_evicting(capacity_, readers);
  if (lanes_.empty()) return stretch_queue::make(capacity_, readers, takers() + (evicts_ ? readers : 0));
  std::vector<lane_config> lanes;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes.push_back({.capacity = accounts_[i].capacity(), .weight = lanes_[i].weight});
  }
  return stretch_queue::make_lanes(lanes);
}

/// At least one a worker, which keeps it when it ends. Few with lanes: what has left them has no weight any more. And
/// few where readers evict: what they evict has to be in the queue.
std::size_t shared_passage::sheet_count() const noexcept {
  if (!lanes_.empty()) return stretches_each;
  if (evicts_) return std::clamp(capacity_ / 2, workers_, stretches_each * workers_);
  return sheets_for(capacity_, stretch_records_, workers_);
}

void shared_passage::make_worker_stage(const options& wanted) {
  const std::size_t places = sheet_count();
  sheets_ = std::vector<sheet>(places);
  done_ = std::make_unique<line>(queue_config{.capacity = places, .rows = {.producers = workers_, .consumers = 1}});
  free_ =
      std::make_unique<sheets_back>(queue_config{.capacity = places, .rows = {.producers = 1, .consumers = workers_}});
  for (std::size_t i = 0; i < workers_; ++i) {
    transforms_.emplace_back(wanted.work, wanted.records.kind);
    done_by_.push_back(done_->make_producer());
    free_for_.push_back(free_->make_consumer());
  }
}

record_entrance& shared_passage::entrance(std::size_t reader) noexcept { return *entrances_[reader]; }

record_exit& shared_passage::exit() noexcept { return *exit_; }

void shared_passage::work(std::size_t worker) noexcept {
  while (const auto place = begin(worker)) finish(worker, *place);
  worker_done();
}

std::optional<std::uint32_t> shared_passage::begin(std::size_t worker) noexcept {
  std::uint32_t place = 0;
  stretch next;
  if (free_for_[worker].pop(place) != pop_status::ok) return std::nullopt;
  if (!take(worker, next)) return std::nullopt;
  sheets_[place].of = next;
  return place;
}

/// The oldest stretch; false when none will come any more.
bool shared_passage::take(std::size_t worker, stretch& out) noexcept {
  constexpr auto never = record_exit::time_point::max();
  if (!evicts_) return queue_->pop_until(worker, out, never, {}) == pop_status::ok;
  const std::lock_guard mine(turn_);
  if (queue_->pop_until(worker, out, never, {}) != pop_status::ok) return false;
  out.sequence = taken_of_[out.reader]++;
  return true;
}

void shared_passage::finish(std::size_t worker, std::uint32_t place) noexcept {
  fill(sheets_[place], transforms_[worker]);
  if (done_by_[worker].try_push(std::uint32_t{place}) != push_status::ok) abort_with("pump: more results than sheets");
}

void shared_passage::fill(sheet& into, const transform& how) noexcept {
  const std::size_t count = entrances_[into.of.reader]->list(into.of, into.records).size();
  into.kept = static_cast<std::uint32_t>(count);
  into.unworked = until_.over();
  into.expired = !into.unworked && is_too_old(into.of);
  if (into.unworked || into.expired) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const record each = into.records[i];
    const std::span whole(blocks_.data(each.block) + each.offset, each.length);
    const transform::verdict verdict = how.apply(whole, into.hashes[kept]);
    if (verdict == transform::verdict::failed) {
      failed_.store(true, order::relaxed);  // read when the threads have ended
      until_.give_up();
      into.unworked = true;
      entrances_[into.of.reader]->list(into.of, into.records);
      return;
    }
    if (verdict == transform::verdict::keep) into.records[kept++] = each;
  }
  into.kept = static_cast<std::uint32_t>(kept);
}

bool shared_passage::is_too_old(const stretch& next) const noexcept {
  if (!lifetime_) return false;
  return tidegate::expired(deadline::after(next.read, *lifetime_), std::chrono::steady_clock::now(), {});
}

void shared_passage::reader_done() noexcept {
  // [last] both ends: what the others put in comes before the close
  if (readers_left_.fetch_sub(1, order::acq_rel) == 1) queue_->close();
}

void shared_passage::worker_done() noexcept {
  // [last] both ends
  if (workers_left_.fetch_sub(1, order::acq_rel) == 1) done_->close();
}

queue_stats shared_passage::stats() const noexcept {
  if (!uses_credits()) return queue_->stats();
  queue_stats stats;
  stats.capacity = capacity_;
  for (const record_credits& each : accounts_) {
    const queue_stats part = each.stats();
    stats.depth += part.depth;
    stats.pushed += part.pushed;
    stats.popped += part.popped;
    stats.push_waits += part.push_waits;
    stats.push_wait_time += part.push_wait_time;
  }
  const queue_stats last = exit_->stats();
  stats.pop_waits = last.pop_waits;
  stats.pop_wait_time = last.pop_wait_time;
  return stats;
}

std::vector<std::uint64_t> shared_passage::taken_by_lane() const {
  std::vector<std::uint64_t> taken;
  for (std::size_t i = 0; i < lanes_.size(); ++i) taken.push_back(accounts_[i].stats().popped);
  return taken;
}

std::size_t shared_passage::max_bytes() const noexcept {
  const std::size_t readers = lanes_.empty() ? entrances_.size() : 1;  // lanes share the capacity
  const std::size_t lengths = evicts_ ? 0 : readers * capacity_ * sizeof(std::uint32_t);
  std::size_t bytes = sizeof(*this) - sizeof(residence_) + residence_.max_bytes() + lengths + queue_->max_bytes() +
                      exit_->max_bytes() + sheets_.size() * sizeof(sheet);
  if (done_) bytes += done_->max_bytes() + free_->max_bytes();
  return bytes;
}

std::string shared_passage::problem() const {
  return failed_.load(order::relaxed) ? "--grep: not enough memory to match a record" : "";  // see fill()
}

}  // namespace tidegate::pump
