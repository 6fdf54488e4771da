#include "pump/sink_set.hpp"

#include <algorithm>
#include <utility>

#include "pump/concat.hpp"

namespace tidegate::pump {
namespace {

/// A log does not say when its disk fills up: it is asked so often.
constexpr std::chrono::milliseconds longest_log_wait{50};
constexpr std::chrono::milliseconds shortest_turn{1};
constexpr std::chrono::milliseconds longest_turn{16};

}  // namespace

sink_set::sink_set(const options& wanted, outputs&& to, speaker say)
    : group_(std::move(to.group)), owes_(to.all.size(), false), say_(std::move(say)) {
  const std::size_t added_each = wanted.work.hash ? hash_text_bytes : 0;
  branches_.reserve(to.all.size());
  for (output& each : to.all) branches_.emplace_back(std::move(each), added_each, wanted.evict_stuck);
}

bool sink_set::lives() const noexcept { return std::ranges::any_of(branches_, &branch::lives); }

bool sink_set::writable() const noexcept {
  return std::ranges::all_of(branches_, [](const branch& each) { return !each.lives() || each.writable(); });
}

bool sink_set::in_flight() const noexcept { return std::ranges::any_of(branches_, &branch::in_flight); }

std::size_t sink_set::full_disks() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(branches_, &branch::suspended));
}

tally sink_set::delivered() const noexcept {
  const branch* slowest = nullptr;
  for (const branch& each : branches_) {
    if (lives() && !each.lives()) continue;
    if (slowest == nullptr || each.delivered().records < slowest->delivered().records) slowest = &each;
  }
  return slowest->delivered();
}

std::size_t sink_set::max_bytes() const noexcept {
  std::size_t sum = sizeof(*this) + branches_.capacity() * sizeof(branch);
  for (const branch& each : branches_) sum += each.max_bytes();
  return sum;
}

void sink_set::post() noexcept {
  for (branch& each : branches_) each.post();
}

void sink_set::be_watched(watched_run& by) {
  for (branch& each : branches_) by.watch(each.board(), {.name = each.report().sink, .policy = "block"});
  post();
}

void sink_set::offer() noexcept { std::fill(owes_.begin(), owes_.end(), true); }

bool sink_set::put(const run_of_records& run) noexcept {
  bool all = true;
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    if (owes_[i]) owes_[i] = !branches_[i].put(run);
    all = all && !owes_[i];
  }
  return all;
}

void sink_set::miss(const run_of_records& run) noexcept {
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    if (owes_[i]) branches_[i].miss(run);
    owes_[i] = false;
  }
}

void sink_set::pump() noexcept {
  if (group_) static_cast<void>(group_->pump());
  for (branch& each : branches_) {
    if (!each.grouped()) each.pump();
  }
  static_cast<void>(look_around());
}

wait_status sink_set::wait(deadline until) noexcept { return wait_for(until, &branch::wait); }

wait_status sink_set::wait_for_room(deadline until) noexcept { return wait_for(until, &branch::drain); }

wait_status sink_set::settle(deadline until) noexcept { return wait_for(until, &branch::settle); }

/// One sleep: with the group, or with the only sink outside it that has something to wait for; in short turns if there
/// are several. The last one who was waited for comes last.
wait_status sink_set::wait_for(deadline until, lone_wait alone) noexcept {
  if (look_around()) return wait_status::ok;  // what failed while it was written to wakes nobody
  const std::size_t waiting = choose_waiting();
  if (waiting > 1) until = earlier(until, deadline::after(clock::now(), turn_));
  wait_status status = wait_status::ok;
  if (chosen_ == branches_.size()) {
    status = group_ ? group_->wait(until) : wait_status::ok;
  } else {
    branch& one = branches_[chosen_];
    if (one.is_log()) until = earlier(until, deadline::after(clock::now(), longest_log_wait));
    status = (one.*alone)(until);
  }
  turn_ = status == wait_status::timed_out ? std::min(turn_ * 2, longest_turn) : shortest_turn;
  if (branches_.size() > 1) pump();
  static_cast<void>(look_around());
  return status;
}

/// Sets `chosen_` to the next one in turn that has something in flight: a branch, or for the group one past them all.
/// Returns how many have.
std::size_t sink_set::choose_waiting() noexcept {
  const std::size_t places = branches_.size() + 1;
  const auto waits = [this](std::size_t place) {
    const auto in_group = [](const branch& each) { return each.grouped() && each.in_flight(); };
    if (place == branches_.size()) return std::ranges::any_of(branches_, in_group);
    return !branches_[place].grouped() && branches_[place].in_flight();
  };
  std::size_t count = 0;
  std::size_t next = branches_.size();
  for (std::size_t place = chosen_ + places; place > chosen_; --place) {  // backwards: the first one found stays
    if (!waits(place % places)) continue;
    next = place % places;
    ++count;
  }
  chosen_ = next;
  return count;
}

/// Who failed ends here; true if somebody did. A full disk is told once.
bool sink_set::look_around() noexcept {
  bool any = false;
  for (branch& each : branches_) {
    if (each.lives() && each.error()) {
      bury(each);
      any = true;
    }
    if (!said_full_ && each.suspended()) {
      said_full_ = true;
      say_(concat(each.name(), ": the disk is full; ", each.drops() ? "dropping what comes" : "waiting for room"));
    }
  }
  return any;
}

void sink_set::bury(branch& dead) noexcept {
  const std::error_code why = dead.error();
  dead.close(deadline::already_over());
  if (lives()) say_(concat(dead.name(), ": ", why.message(), "; the other sinks go on"));
}

bool sink_set::confirmed() noexcept {
  bool all = true;
  for (branch& each : branches_) {
    if (each.lives() && !each.confirmed()) all = all && !each.lives();
  }
  return all;
}

void sink_set::close() noexcept {
  static_cast<void>(look_around());
  for (branch& each : branches_) each.close(each.in_flight() ? deadline::already_over() : deadline::never());
}

void sink_set::miss(const tally& late) noexcept {
  for (branch& each : branches_) each.miss(late);
}

std::vector<branch_report> sink_set::reports() const {
  std::vector<branch_report> all;
  for (const branch& each : branches_) all.push_back(each.report());
  return all;
}

}  // namespace tidegate::pump
