#include "io/group_core.hpp"

#include <algorithm>
#include <utility>

#include "io/bell.hpp"
#include "io/bell_self_test.hpp"
#include "io/feature_names.hpp"
#include "io/open_lane.hpp"
#include "io/poll_until.hpp"

namespace tidegate::detail {

namespace {

constexpr const char* owner_rule = "a sink_group is used by a thread that is not its owner (see rebind_owner)";
constexpr unsigned default_submissions = 128;
constexpr std::chrono::milliseconds blind_sleep{1};  // while no alarm can be had, or the kernel refuses requests
constexpr unsigned completions_each = 4;

ring_options options_of(const group_config& config, uring_features without) noexcept {
  const unsigned submissions = config.submissions == 0 ? default_submissions : config.submissions;
  const unsigned completions = config.completions == 0 ? completions_each * submissions : config.completions;
  return {submissions, completions, without};
}

}  // namespace

// --- being made

std::shared_ptr<group_core> group_core::make(const group_config& config, std::error_code& error) {
  error.clear();
  const backend_choice chosen = choose_backend(config.backend, error);
  const uring_features without = left_out(config.without, error);
  if (error) return nullptr;
  std::shared_ptr<group_core> made(new group_core(config));
  std::string why = chosen.by;
  if (chosen.kind != backend_kind::posix) {
    std::error_code refusal;
    made->ring_ = uring_ring::make(options_of(config, without), why, refusal);
    if (made->ring_) why = "io_uring, " + made->ring_->describe() + (chosen.by.empty() ? "" : "; " + chosen.by);
  }
  if (!made->ring_ && chosen.kind == backend_kind::uring) {
    error = sink_errc::backend_unavailable;
    return nullptr;
  }
  made->report_ = {made->ring_ ? backend_kind::uring : backend_kind::posix, std::move(why)};
  made->choose_doorbells(without);
  if (config.wake_fd >= 0) made->wake_.emplace(made->ring_, config.wake_fd);
  made->reserve_polls(0);
  return made;
}

void group_core::choose_doorbells(uring_features without) {
  const doorbell_kind wanted =
      config_.doorbells == doorbell_kind::automatic ? doorbell_kind::event_fd : config_.doorbells;
  std::string objection;
  if (wanted != doorbell_kind::event_fd) objection = ring_ ? objection_to(wanted, without) : "no io_uring";
  doorbells_ = objection.empty() ? wanted : doorbell_kind::event_fd;
  report_.reason += "; doorbells by ";
  report_.reason += to_string(doorbells_);
  if (!objection.empty()) {
    report_.reason += " (";
    report_.reason += to_string(wanted);
    report_.reason += ": " + objection + ")";
  }
}

void group_core::add(group_member& member) {
  reserve_polls(1);
  members_.push_back(&member);
}
void group_core::remove(group_member& member) noexcept { std::erase(members_, &member); }
void group_core::add(bell& one) {
  reserve_polls(1);
  bells_.push_back(&one);
}
void group_core::remove(bell& one) noexcept { std::erase(bells_, &one); }

void group_core::reserve_polls(std::size_t more) { polls_.reserve(2 + members_.size() + bells_.size() + more); }

bool group_core::rebind_owner() noexcept {
  if (process_.foreign()) return false;
  for (const group_member* member : members_) {
    if (member->in_flight()) return false;
  }
  for (bell* one : bells_) {
    if (!one->rebind()) return false;
  }
  owner_.rebind();
  owner_.check(owner_rule);
  if (ring_ && !ring_->rebuild()) return false;
  bool all = true;
  for (group_member* member : members_) all = member->rebind_owner() && all;
  return all;
}

// --- moving bytes

/// What all have staged is handed over in one call; what that completes is looked at by all again.
std::size_t group_core::pump() noexcept {
  if (process_.foreign()) return 0;
  owner_.check(owner_rule);
  if (ring_) static_cast<void>(ring_->collect());
  std::size_t moved = 0;
  do {
    if (ring_) ring_->hold();
    for (group_member* member : members_) moved += member->pump();
    if (ring_) ring_->let_go();
  } while (ring_ && ring_->collect() > 0);
  return moved;
}

std::uint64_t group_core::progress() const noexcept {
  std::uint64_t sum = 0;
  for (const group_member* member : members_) sum += member->progress();
  return sum;
}

// --- waiting

wait_status group_core::wait(deadline until) noexcept {
  if (process_.foreign()) return wait_status::failed;
  owner_.check(owner_rule);
  const std::uint64_t before = progress();
  for (bool looked = false;; looked = true) {
    static_cast<void>(pump());
    if (take_rung()) return wait_status::interrupted;
    if (progress() != before) return wait_status::ok;
    if (looked && until.reached(native_sync::now())) return wait_status::timed_out;
    if (until.is_never() && has_nothing_to_wait_for()) return wait_status::failed;
    sleep(until);
  }
}

bool group_core::take_rung() noexcept {
  std::uint64_t rings = std::exchange(rung_late_, false) ? 1 : 0;
  for (bell* one : bells_) rings += one->take_rung() ? 1 : 0;
  stats_.rings += rings;
  bool rung = rings > 0;
  if (wake_) rung = is_readable(wake_->fd()) || rung;
  return rung;
}

bool group_core::has_nothing_to_wait_for() const noexcept {
  if (wake_ || !bells_.empty()) return false;
  return std::none_of(members_.begin(), members_.end(),
                      [](const group_member* one) { return one->in_flight() || !one->next_try().is_never(); });
}

/// Not at all when getting ready brought completions: they are looked at first.
void group_core::sleep(deadline until) noexcept {
  const std::uint64_t delivered = ring_ ? ring_->delivered() : 0;
  deadline::duration longest = deadline::duration::max();
  for (bell* one : bells_) {
    one->prepare();
    longest = std::min(longest, one->longest_sleep(config_.heartbeat));
  }
  if (wake_) wake_->prepare();
  for (group_member* member : members_) member->prepare_wait();
  if (ring_ && ring_->delivered() != delivered) return;
  for (const group_member* member : members_) until = earlier(until, member->next_try());
  const deadline::time_point before = native_sync::now();
  until = earlier(until, deadline::after(before, longest));
  ++stats_.sleeps;
  if (needs_polling()) {
    poll(until);
  } else {
    ring_->wait(until);
  }
  if (const auto slept = native_sync::now() - before; slept >= longest) look_for_late_wakes(slept);
}

/// The ring cannot do it alone: there is none, or somebody is not on it.
bool group_core::needs_polling() noexcept {
  if (!ring_ || ring_->broken() != 0 || (wake_ && wake_->needs_polling())) return true;
  const auto polled = [](bell* one) { return one->polled() != nullptr && one->polled()->needs_polling(); };
  return std::any_of(bells_.begin(), bells_.end(), polled) ||
         std::any_of(members_.begin(), members_.end(), [](const group_member* one) { return one->wants().fd >= 0; });
}

/// A poll set of everyone who is not on the ring, of the ring, and of descriptors that it would watch: the kernel may
/// lose the alarm of a completion that a write to another eventfd caused.
void group_core::poll(deadline until) noexcept {
  polls_.clear();
  const int alarm = ring_ && ring_->broken() == 0 ? ring_->alarm() : -1;
  if (ring_ && ring_->broken() == 0) {
    if (ring_->collect() > 0) return;
    polls_.push_back({alarm, POLLIN, 0});
    const deadline::duration longest = alarm < 0 || ring_->is_refused() ? blind_sleep : config_.heartbeat;
    until = earlier(until, deadline::after(native_sync::now(), longest));
  }
  if (wake_) polls_.push_back({wake_->fd(), POLLIN, 0});
  for (const group_member* member : members_) {
    if (const pollfd wanted = member->wants(); wanted.fd >= 0) polls_.push_back(wanted);
  }
  const std::size_t first_bell = polls_.size();
  for (bell* one : bells_) {
    if (const fd_watch* const watch = one->polled()) polls_.push_back({watch->fd(), POLLIN, 0});
  }
  poll_until(polls_, until);
  if (alarm >= 0) ring_->hush_alarm();
  std::size_t at = first_bell;
  for (bell* one : bells_) {
    if (fd_watch* const watch = one->polled(); watch != nullptr && polls_[at++].revents != 0) watch->note_polled();
  }
}

void group_core::look_for_late_wakes(deadline::duration slept) noexcept {
  if (ring_) static_cast<void>(ring_->collect());
  for (bell* one : bells_) {
    if (slept < one->longest_sleep(config_.heartbeat) || !one->is_overdue()) continue;
    if (one->take_rung()) {
      rung_late_ = true;
      continue;  // it came while we looked
    }
    ++stats_.late_wakes;
    rung_late_ = true;
  }
}

std::size_t group_core::max_bytes() const noexcept {
  const std::size_t lists = (members_.capacity() + bells_.capacity()) * sizeof(void*);
  return sizeof(*this) + lists + polls_.capacity() * sizeof(pollfd) + (ring_ ? ring_->max_bytes() : 0);
}

group_stats group_core::stats() const noexcept {
  group_stats now = stats_;
  if (ring_) now.ring_entries = ring_->entries();
  if (ring_) now.overflows = ring_->overflows();
  return now;
}

}  // namespace tidegate::detail
