#include "tests/model/explorer/execution.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace tidegate::model {

namespace {

constexpr bounds unbounded_search{1000, 1000, 4};
constexpr auto start_of_time = deadline::time_point(std::chrono::seconds(1));

}  // namespace

execution::execution() = default;
execution::~execution() = default;

bool execution::run(const client_type& client, search& choices, const execution_rules& rules, probe_counts& reached,
                    trace* record) {
  search_ = &choices;
  trace_ = record;
  reached_ = &reached;
  rules_ = rules;
  left_ = rules.unbounded ? unbounded_search : rules.limits;
  reset(client);
  running_execution = this;
  fiber::switch_between(outside_, threads_[setup_thread].stack);
  running_execution = nullptr;
  if (failure_.empty() && choices.diverged(true)) failure_ = "the client does not do the same when it is run again";
  return failure_.empty();
}

void execution::reset(const client_type& client) {
  client_ = &client;
  memory_.reset();
  failure_.clear();
  steps_ = 0;
  changes_ = changes_when_idle_ = 0;
  idle_rounds_ = 0;
  now_ = start_of_time;
  froze_ = leaked_ = false;
  running_ = setup_thread;
  const std::size_t needed = client.bytes + client.alignment;
  if (place_bytes_ < needed) {
    place_ = std::make_unique<std::byte[]>(needed);
    place_bytes_ = needed;
  }
  void* where = place_.get();
  std::size_t room = place_bytes_;
  object_ = std::align(client.alignment, client.bytes, where, room);
  for (unsigned i = 0; i < max_threads; ++i) {
    model_thread& each = threads_[i];
    each.is = state::absent;
    each.steps = 0;
    each.own_changes = each.changes_seen = 0;
    each.has_news = each.read_stale = false;
    each.exceptions = {};
    each.queued = 0;
    each.roused = false;
  }
  threads_[setup_thread].stack.prepare(&run_setup, this);
  threads_[setup_thread].is = state::ready;
}

void execution::run_setup(void* self) {
  auto& mine = *static_cast<execution*>(self);
  mine.set_up_and_take_down();
  fiber::switch_between(mine.threads_[setup_thread].stack, mine.outside_);
}

void execution::set_up_and_take_down() {
  client_->construct(object_);
  client_->before(object_);
  for (unsigned i = 0; i < client_->threads; ++i) {
    memory_.hand_over(setup_thread, i);
    threads_[i].stack.prepare(&run_thread, this);
    threads_[i].is = state::ready;
  }
  threads_[setup_thread].is = state::asleep;
  go_on();
  for (unsigned i = 0; i < client_->threads; ++i) {
    if (threads_[i].is == state::finished) memory_.hand_over(i, setup_thread);
  }
  client_->after(object_);
  if (!froze_) client_->destroy(object_);  // nobody may destroy what a thread still uses: it stays, and is leaked
}

void execution::bury_frozen() noexcept {
  for (unsigned i = 0; i < client_->threads; ++i) {
    if (is_frozen(i)) memory_.hand_over(i, setup_thread);
  }
}

void execution::note_leak() {
  if (!froze_ || leaked_) fail("leak: an element is left in its slot");
  leaked_ = true;
}

void execution::run_thread(void* self) {
  auto& mine = *static_cast<execution*>(self);
  mine.client_->thread(mine.object_, mine.running_);
  mine.finish_thread();
}

void execution::finish_thread() {
  threads_[running_].is = state::finished;
  changed();
  go_on();
}

void execution::fail(std::string what) {
  record(site::here(), [&] { return "FAILED: " + what; });
  failure_ = std::move(what);
  fiber::switch_between(threads_[running_].stack, outside_);
  __builtin_unreachable();
}

void execution::step() {
  count_step();
  if (may_ask()) go_on();
}

void execution::step_to_load(location_id where, std::memory_order how) {
  count_step();
  if (may_ask() && (how == std::memory_order_seq_cst || !memory_.is_private(running_, where))) go_on();
}

/// Before a thread's first step there is nothing to come between: it has just been chosen.
bool execution::may_ask() const noexcept { return running_ != setup_thread && threads_[running_].steps > 1; }

void execution::count_step() {
  ++steps_;
  if (running_ == setup_thread) return;
  model_thread& me = threads_[running_];
  ++me.steps;
  if (steps_ > rules_.most_steps) fail("livelock: more than " + std::to_string(rules_.most_steps) + " steps");
  if (static_cast<int>(running_) == rules_.frozen_thread && me.steps == rules_.frozen_step) {
    me.is = state::frozen;
    froze_ = true;
    record(site::here(), [] { return std::string("frozen here for ever"); });
    go_on();  // does not return
  }
}

void execution::spin() {
  if (running_ == setup_thread) fail("the set-up thread would spin for ever");
  model_thread& me = threads_[running_];
  const std::uint64_t changes = changes_by_others(me);
  me.has_news = changes != me.changes_seen || me.read_stale;
  me.changes_seen = changes;
  me.read_stale = false;
  me.is = state::spinning;
  go_on();
}

/// Picks the way on and follows it. Returns when the caller's turn has come again.
void execution::go_on() {
  collect_ways();
  if (way_count_ == 0) {
    const bool over = !anyone(state::spinning) && !anyone(state::asleep);
    if (over) return continue_with(setup_thread);
    if (!let_time_pass()) fail(standstill());
    // Whoever has waited goes on in turn; that is no choice, or idle rounds would multiply.
    const unsigned from = running_ == setup_thread ? client_->threads - 1 : running_;
    for (unsigned i = 1; i <= client_->threads; ++i) {
      const unsigned next = (from + i) % client_->threads;
      if (threads_[next].is == state::ready) return continue_with(next);
    }
  }
  if (way_count_ == 1) return follow(ways_[0]);
  std::array<search::candidate, 4 * max_threads> candidates;
  for (unsigned i = 0; i < way_count_; ++i) candidates[i] = ways_[i].who;
  follow(ways_[search_->choose_thread(candidates.data(), way_count_)]);
}

/// Fills ways_; empty when nobody is ready. The running thread comes first if it can go on.
void execution::collect_ways() {
  way_count_ = 0;
  promote_spinners();
  const bool stays = threads_[running_].is == state::ready && running_ != setup_thread;
  if (stays) add_way(running_, waking::none, 0, 0);
  const unsigned from = running_ == setup_thread ? client_->threads - 1 : running_;
  for (unsigned i = 1; i <= client_->threads; ++i) {
    const unsigned next = (from + i) % client_->threads;
    if (next != running_ && threads_[next].is == state::ready) add_way(next, waking::none, stays ? 1 : 0, 0);
  }
  const bool any_ready = stays || anyone(state::ready);
  if (!any_ready) return;
  for (unsigned next = 0; next < client_->threads; ++next) {
    const model_thread& each = threads_[next];
    // a random search lets it spin on now and then, or it would do nothing else
    if (each.is == state::spinning && (!rules_.unbounded || surprised())) add_way(next, waking::none, 1, 0);
    if (each.is != state::asleep) continue;
    add_way(next, waking::spurious, 0, 1);
    add_way(next, waking::interrupted, 0, 1);
    if (!each.until.is_never()) add_way(next, waking::timeout, 0, each.until.reached(now_) ? 0 : 1);
  }
}

void execution::add_way(unsigned who, waking how, unsigned preemptions, unsigned surprises) {
  if (preemptions > left_.preemptions || surprises > left_.surprises) return;
  ways_[way_count_++] = {{static_cast<std::uint8_t>(who), static_cast<std::uint8_t>(how)},
                         static_cast<std::uint8_t>(preemptions),
                         static_cast<std::uint8_t>(surprises)};
}

/// Whoever spins and has something new to see is ready; the one that has just begun to spin lets others go first.
void execution::promote_spinners() {
  for (unsigned i = 0; i < client_->threads; ++i) {
    model_thread& each = threads_[i];
    if (each.is != state::spinning || i == running_) continue;
    if (each.has_news || changes_by_others(each) != each.changes_seen) each.is = state::ready;
  }
}

bool execution::anyone(state is) const noexcept {
  for (unsigned i = 0; i < client_->threads; ++i) {
    if (threads_[i].is == is) return true;
  }
  return false;
}

/// Nobody is ready: those who spin look again, and when that has changed nothing, time passes.
bool execution::let_time_pass() {
  idle_rounds_ = changes_ == changes_when_idle_ ? idle_rounds_ + 1 : 0;
  changes_when_idle_ = changes_;
  const bool spinning = anyone(state::spinning);
  deadline next = deadline::never();
  for (unsigned i = 0; i < client_->threads; ++i) {
    if (threads_[i].is == state::asleep) next = earlier(next, threads_[i].until);
  }
  if (next.is_never() && (!spinning || idle_rounds_ > idle_rounds_to_livelock)) return false;
  if (!spinning || idle_rounds_ > 0) {
    const deadline soon = spinning ? deadline(now_ + std::chrono::milliseconds(1)) : deadline::never();
    now_ = std::max(now_, earlier(next, soon).when());
  }
  for (unsigned i = 0; i < client_->threads; ++i) {
    model_thread& each = threads_[i];
    if (each.is == state::asleep && each.until.reached(now_)) wake_thread(i, futex_outcome::timed_out);
    if (each.is == state::spinning) each.is = state::ready;
  }
  return true;
}

void execution::follow(const way& chosen) {
  left_.preemptions -= chosen.preemptions;
  left_.surprises -= chosen.surprises;
  const unsigned next = chosen.who.thread;
  switch (static_cast<waking>(chosen.who.wakes_by)) {
    case waking::none: threads_[next].is = state::ready; break;
    case waking::spurious: wake_thread(next, futex_outcome::woken); break;
    case waking::interrupted: wake_thread(next, futex_outcome::interrupted); break;
    case waking::timeout:
      now_ = std::max(now_, threads_[next].until.when());
      wake_thread(next, futex_outcome::timed_out);
      break;
  }
  continue_with(next);
}

void execution::continue_with(unsigned next) {
  const unsigned before = running_;
  if (next == before) return;
  running_ = next;
  void* const runtime = abi::__cxa_get_globals();
  std::memcpy(threads_[before].exceptions.data(), runtime, sizeof(exception_state));
  std::memcpy(runtime, threads_[next].exceptions.data(), sizeof(exception_state));
  fiber::switch_between(threads_[before].stack, threads_[next].stack);
}

/// A tape has a digit for each choice.
void execution::check_options(unsigned options) {
  if (options > search::most_options) {
    fail("more than " + std::to_string(search::most_options) + " ways are open at one point");
  }
}

void execution::wake_thread(unsigned who, futex_outcome by) {
  threads_[who].is = state::ready;
  threads_[who].woken_by = by;
  if (by != futex_outcome::woken) threads_[who].queued = 0;  // so that a wake that comes late reaches another one
}

std::string execution::standstill() const {
  std::string text = anyone(state::spinning) ? "livelock:" : "deadlock:";
  for (unsigned i = 0; i < client_->threads; ++i) {
    if (threads_[i].is == state::asleep) text += " T" + std::to_string(i) + " sleeps for ever;";
    if (threads_[i].is == state::spinning) text += " T" + std::to_string(i) + " spins for ever;";
    if (threads_[i].is == state::frozen) text += " T" + std::to_string(i) + " is frozen;";
  }
  text.pop_back();
  return text;
}

unsigned execution::choose_age(unsigned readable) {
  if (readable <= 1 || left_.stale_reads == 0 || running_ == setup_thread) return 0;
  readable = std::min(readable, search::most_options);  // of very old stores there is always a younger one
  const unsigned age = search_->choose(choice::store, readable);
  if (age != 0) {
    --left_.stale_reads;
    threads_[running_].read_stale = true;
  }
  return age;
}

bool execution::surprised() {
  if (left_.surprises == 0 || running_ == setup_thread) return false;
  if (search_->choose(choice::surprise, 2) == 0) return false;
  --left_.surprises;
  return true;
}

unsigned execution::choose(unsigned options) {
  check_options(options);
  return options <= 1 ? 0 : search_->choose(choice::client, options);
}

void execution::changed() noexcept {
  ++changes_;
  ++threads_[running_].own_changes;
}

/// The kernel compares with the newest value and goes to sleep in one step. It teaches the sleeper nothing: code that
/// needs an order must have it in its own accesses.
futex_outcome execution::sleep(location_id word, std::uint32_t expected, deadline until) {
  if (running_ == setup_thread) fail("the set-up thread would sleep for ever");
  if (static_cast<std::uint32_t>(memory_.newest(word).value) != expected) return futex_outcome::changed;
  if (until.reached(now_)) return futex_outcome::timed_out;
  threads_[running_].queued_on[threads_[running_].queued++] = word;
  return sleep_on_all(true, until);
}

bool execution::queue_on(location_id word, std::uint32_t expected) {
  if (running_ == setup_thread) fail("the set-up thread would sleep for ever");
  model_thread& me = threads_[running_];
  if (me.queued == most_watched) fail("waits for more than " + std::to_string(most_watched) + " words");
  if (me.roused || static_cast<std::uint32_t>(memory_.newest(word).value) != expected) return false;
  me.queued_on[me.queued++] = word;
  return true;
}

/// Until it runs again, the caller stays queued on the words that it was not woken by, and takes wakes that come there.
futex_outcome execution::sleep_on_all(bool reached_all, deadline until) {
  model_thread& me = threads_[running_];
  futex_outcome outcome = me.roused ? futex_outcome::woken : futex_outcome::changed;
  if (reached_all && !me.roused) {
    outcome = futex_outcome::timed_out;
    if (!until.reached(now_)) {
      me.is = state::asleep;
      me.until = until;
      go_on();
      outcome = me.woken_by;
    }
  }
  me.queued = 0;
  me.roused = false;
  return outcome;
}

/// Which sleepers are woken is open when there are more than `count`.
unsigned execution::wake(location_id word, unsigned count) {
  step();
  changed();
  unsigned woken = 0;
  while (woken < count) {
    std::array<unsigned, max_threads> sleepers;
    unsigned sleeping = 0;
    for (unsigned i = 0; i < client_->threads; ++i) {
      if (threads_[i].is_queued_on(word)) sleepers[sleeping++] = i;
    }
    if (sleeping == 0) break;
    const bool all = sleeping <= count - woken;
    rouse(sleepers[all ? 0 : choose(sleeping)], word);
    ++woken;
  }
  return woken;
}

/// A wake reaches a thread that is queued on the word.
void execution::rouse(unsigned who, location_id word) {
  model_thread& each = threads_[who];
  auto* const end = each.queued_on.data() + each.queued;
  each.queued = static_cast<unsigned>(std::remove(each.queued_on.data(), end, word) - each.queued_on.data());
  if (each.is == state::asleep) return wake_thread(who, futex_outcome::woken);
  each.roused = true;
}

}  // namespace tidegate::model
