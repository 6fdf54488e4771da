#include "pump/outlet.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::pump {
namespace {

constexpr std::size_t run_bytes = std::size_t{256} << 10;
constexpr std::chrono::milliseconds shortest_patience{1};
constexpr std::chrono::milliseconds longest_patience{16};

}  // namespace

outlet::outlet(const options& wanted, outputs&& to, record_exit& from, block_pool& blocks, control& until,
               progress& shown, sink_set::speaker say)
    : sinks_(wanted, std::move(to), std::move(say)),
      from_(from),
      blocks_(blocks),
      until_(until),
      shown_(shown),
      pace_(wanted.throttle),
      kind_(wanted.records.kind),
      added_each_(wanted.work.hash ? hash_text_bytes : 0) {
  if (wanted.work.hash)
    hashed_.resize(std::max<std::size_t>(run_bytes, wanted.records.max_record_bytes()) + added_each_);
}

void outlet::run() noexcept {
  while (open_ && alive_) {
    const portion some = fetch();
    if (!some.records.empty()) deliver(some);
    if (until_.over() || !sinks_.lives()) alive_ = false;
  }
  finish();
  discard_rest();
  sinks_.miss(late_);
}

/// Takes out what is there; nothing when nothing came, which may be the end.
portion outlet::fetch() noexcept {
  const bool last = from_.closed();  // read first: what was put in before is then seen
  const portion some = from_.try_take();
  if (!some.records.empty()) {
    patience_ = shortest_patience;
    return some;
  }
  if (last) {
    open_ = false;
    return {};
  }
  return wait_for_records();
}

/// While bytes are in flight their completion is the next event that needs this thread: it starts the next batch. The
/// queue is looked at in between, rarely if nothing moves.
portion outlet::wait_for_records() noexcept {
  release_copied();
  sinks_.pump();
  show_progress();
  if (!sinks_.in_flight()) {
    return from_.take_until(until_.until().when(), until_.token());
  }
  const deadline slice = deadline::after(clock::now(), patience_);
  const wait_status status = sinks_.wait(earlier(slice, until_.until()));
  patience_ = status == wait_status::timed_out ? std::min(patience_ * 2, longest_patience) : shortest_patience;
  if (!settled(status)) alive_ = false;
  return {};
}

void outlet::deliver(portion some) noexcept {
  for (const record& each : some.records) taken_.add(1, each.length);
  while (!some.records.empty() && !some.unworked) {
    enter_block(some.records.front().block);
    const run_of_records run = some.hashes.empty() ? take_run(some) : hash_run(some);
    const bool goes_on = put(run);
    copied_ += run.lengths.size();
    some.records = some.records.subspan(run.lengths.size());
    if (!some.hashes.empty()) some.hashes = some.hashes.subspan(run.lengths.size());
    if (!goes_on) break;
  }
  for (const record& each : some.records) late_.add(1, each.length);
  if (!some.records.empty()) alive_ = false;
  show_progress();
}

/// The longest row of neighbours at the front, within one portion.
run_of_records outlet::take_run(const portion& some) noexcept {
  const record& first = some.records.front();
  const std::size_t most = pace_.portion(run_bytes);
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const record& each : some.records) {
    const bool neighbour = each.block == first.block && each.offset == first.offset + bytes;
    if (count > 0 && (!neighbour || bytes + each.length > most)) break;
    lengths_[count++] = each.length;
    bytes += each.length;
  }
  return {{blocks_.data(first.block) + first.offset, bytes}, std::span(lengths_).first(count)};
}

/// Records of one block, at least one, with their hashes before them.
run_of_records outlet::hash_run(const portion& some) noexcept {
  const std::size_t most = pace_.portion(run_bytes);
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const record& each : some.records) {
    if (count > 0 && (each.block != some.records.front().block || bytes + each.length + added_each_ > most)) break;
    const std::span whole(blocks_.data(each.block) + each.offset, each.length);
    const std::size_t length = write_hashed(whole, some.hashes[count], kind_, hashed_.data() + bytes);
    lengths_[count++] = static_cast<std::uint32_t>(length);
    bytes += length;
  }
  return {std::span(hashed_).first(bytes), std::span(lengths_).first(count)};
}

/// What was copied from the last one is released together.
void outlet::enter_block(std::uint32_t block) noexcept {
  if (block_ == block) return;
  release_copied();
  block_ = block;
}

void outlet::release_copied() noexcept {
  if (copied_ > 0) blocks_.release(block_, std::exchange(copied_, 0));
}

/// False when no sink is left or the time is over. Who does not have the run by then has counted it.
bool outlet::put(const run_of_records& run) noexcept {
  sinks_.offer();
  while (wait_for_turn()) {
    if (sinks_.put(run)) {
      pace_.spent(run.bytes.size(), clock::now());
      return true;
    }
    if (!settled(sinks_.wait(until_.until()))) break;
  }
  sinks_.miss(run);
  return false;
}

/// Until the pace and the marks of all sinks allow more.
bool outlet::wait_for_turn() noexcept {
  while (pace_.active() && clock::now() < pace_.next()) {
    sinks_.pump();
    show_progress();
    if (until_.over()) return false;
    until_.sink_sleep(std::min(pace_.next(), clock::now() + longest_patience));
  }
  while (!sinks_.writable()) {
    show_progress();
    if (!settled(sinks_.wait_for_room(until_.until()))) return false;
  }
  return !until_.giving_up() && sinks_.lives();
}

/// True when it makes sense to go on after a wait.
bool outlet::settled(wait_status status) noexcept {
  if (status == wait_status::interrupted) until_.absorb_sink_wake();
  return sinks_.lives() && !until_.over();
}

void outlet::show_progress() noexcept {
  const tally delivered = sinks_.delivered();
  shown_.sink.delivered_bytes.set(delivered.bytes);
  shown_.sink.delivered_records.set(delivered.records);
  shown_.sink.full_disks.set(sinks_.full_disks());
  sinks_.post();
}

void outlet::finish() noexcept {
  if (settle()) await_confirmation();
  const bool left = sinks_.lives();
  sinks_.close();
  if (!left) until_.give_up();
  show_progress();
}

/// Until all that lives has delivered everything; a log that syncs has synced it.
bool outlet::settle() noexcept {
  while (sinks_.in_flight()) {
    show_progress();
    if (!settled(sinks_.settle(until_.until()))) return !sinks_.in_flight();
  }
  return true;
}

/// The kernel has everything; waits until the peers have it, too.
void outlet::await_confirmation() noexcept {
  while (!sinks_.confirmed() && !until_.over()) {
    until_.sink_sleep(clock::now() + patience_);
    patience_ = std::min(patience_ * 2, longest_patience);
  }
}

/// After a failure or at the end of time: counts what never reached the sink, until nothing comes any more.
void outlet::discard_rest() noexcept {
  if (!open_) return;
  for (;;) {
    const portion some = from_.take_until(deadline::never().when());
    if (some.records.empty()) return;
    for (const record& each : some.records) {
      taken_.add(1, each.length);
      late_.add(1, each.length);
    }
  }
}

}  // namespace tidegate::pump
