// A discrete-event simulation of a row. Only time is simulated: the policy is made of the library's own parts, which
// read the clock that this sets.
#include <algorithm>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "lab/calendar.hpp"
#include "lab/engine.hpp"
#include "lab/ledger.hpp"
#include "lab/policy.hpp"
#include "lab/source.hpp"
#include "lab/watcher.hpp"

namespace tidegate::lab {
namespace {

class simulation {
 public:
  explicit simulation(const row& of)
      : of_(of),
        policy_(make_policy(of)),
        source_(make_source(of)),
        calendar_(of),
        recorder_(of),
        busy_(of.workers),
        ends_(of.ends_s ? from_seconds(*of.ends_s) : source::never) {
    if (of.watched) watcher_.emplace(of, *policy_, began_);
  }

  outcome run(const may_go_on& ask) {
    while (!interrupted_ && step(ask)) continue;
    end();
    outcome found;
    found.account = ledger_.account(*policy_);
    found.measured = recorder_.finish(found.account, interrupted_ ? now_ : nanoseconds::max());
    policy_->report_to(found.measured);
    if (watcher_) watcher_->report_to(found.measured);
    found.moments = recorder_.moments();
    found.simulated = true;
    found.interrupted = interrupted_;
    return found;
  }

 private:
  using ending = std::tuple<nanoseconds, std::uint64_t, unsigned>;  // when, in which order it began, who

  /// The next instant at which something happens. False: nothing does any more.
  bool step(const may_go_on& ask) {
    const nanoseconds done = running_.empty() ? source::never : std::get<0>(running_.top());
    const nanoseconds arrival = blocked_ ? source::never : source_->next();
    const nanoseconds resumes = stalled_until_;
    const nanoseconds next = std::min({done, arrival, resumes});
    if (next == source::never || next >= ends_) return false;
    advance(next, ask);
    set(next);
    if (next == done) {
      complete();
    } else if (next == arrival) {
      arrive();
    } else {
      stalled_until_ = source::never;
    }
    begin_work();
    recorder_.note_depth(policy_->depth());
    return true;
  }

  void set(nanoseconds now) noexcept {
    now_ = now;
    lab_sync::instant = began_ + now;
  }

  /// The looks that fall before `next`.
  void advance(nanoseconds next, const may_go_on& ask) {
    for (; next_tick_ <= next && !interrupted_; next_tick_ += tick_period) {
      set(next_tick_);
      policy_->tick();
      if (watcher_) watcher_->tick(next_tick_);
      recorder_.resident(memory_mib());
      recorder_.sample(next_tick_, *policy_, ledger_);
      if (next_tick_ % check_period != nanoseconds{0}) continue;
      const std::uint64_t in_hand = blocked_ ? 1 : 0;  // of the producer that waits
      const std::uint64_t found = imbalance_of(ledger_.account(*policy_));
      recorder_.balance_checked(found > in_hand ? found - in_hand : in_hand - found);
      interrupted_ = ask && !ask(next_tick_);
    }
  }

  /// What waits and what is worked on; nothing else is counted here.
  [[nodiscard]] double memory_mib() const noexcept {
    constexpr double mib = 1024.0 * 1024.0;
    const auto requests = static_cast<double>(policy_->depth() + ledger_.in_service());
    return requests * static_cast<double>(of_.payload_bytes + sizeof(job)) / mib;
  }

  void arrive() {
    const nanoseconds intended = source_->next();
    job one;
    if (!source_->fire(one)) return;
    one.intended = began_ + intended;
    one.since = lab_sync::now();
    one.until = deadline::after(one.intended, from_seconds(of_.patience_s));
    ledger_.offered();
    offer(std::move(one));
  }
  void offer(job&& one) {
    const push_status answer = policy_->offer(one);
    if (answer == push_status::full && of_.policy.kind == policy_kind::block) {
      blocked_ = std::move(one);
      return;
    }
    ledger_.answered(answer);
    source_->answered(answer);
  }

  void complete() {
    const unsigned who = std::get<2>(running_.top());
    running_.pop();
    job one = std::move(*busy_[who]);
    busy_[who].reset();
    policy_->done(one);
    one.room = {};
    ledger_.completed();
    const nanoseconds latency = lab_sync::now() - one.intended;
    recorder_.completed({.at = now_,
                         .latency = latency,
                         .inside = lab_sync::now() - one.since,
                         .waited = one.taken - one.since,
                         .flow = one.flow,
                         .useful = source_->completed(one, latency)});
  }

  void begin_work() {
    const nanoseconds resumes = calendar_.stalled_until(now_);
    if (resumes > now_) stalled_until_ = resumes;
    if (resumes > now_) return;
    const bool any_worker = of_.policy.kind != policy_kind::pool;
    for (unsigned who = 0; who < busy_.size(); ++who) {
      if (!busy_[who] && !begin_one(who) && any_worker) return;
    }
  }
  bool begin_one(unsigned who) {
    job one;
    do {
      if (policy_->take(one, who, deadline::already_over()) != pop_status::ok) return false;
      admit_blocked();
    } while (vanishes());
    ledger_.taken();
    one.taken = lab_sync::now();
    const auto slow = static_cast<double>(one.service.count()) * calendar_.slowness(now_);
    one.service = nanoseconds(static_cast<std::int64_t>(slow));
    running_.emplace(now_ + one.service, started_++, who);
    busy_[who] = std::move(one);
    return true;
  }
  /// There is room again for a producer that waits.
  void admit_blocked() {
    if (!blocked_) return;
    job one = std::move(*blocked_);
    blocked_.reset();
    one.since = lab_sync::now();
    offer(std::move(one));
  }
  /// The fault that was asked for.
  bool vanishes() noexcept { return of_.lose_every != 0 && ++seen_ % of_.lose_every == 0; }

  /// Nothing more is offered; what waits is discarded, and what is worked on is finished.
  void end() {
    if (blocked_) ledger_.answered(push_status::closed);
    policy_->close();
    job left;
    for (unsigned who = 0; who < busy_.size(); ++who) {
      while (policy_->take(left, who, deadline::already_over()) == pop_status::ok) ledger_.discarded();
    }
    while (!running_.empty()) {
      set(std::get<0>(running_.top()));
      complete();
    }
  }

  const row of_;
  const time_point began_ = lab_sync::now();
  std::unique_ptr<policy> policy_;
  std::unique_ptr<source> source_;
  const calendar calendar_;
  recorder recorder_;
  std::optional<watcher> watcher_;
  ledger ledger_;
  std::vector<std::optional<job>> busy_;  // by worker
  std::priority_queue<ending, std::vector<ending>, std::greater<>> running_;
  std::optional<job> blocked_;  // what a producer waits with
  const nanoseconds ends_;
  nanoseconds now_{0};
  nanoseconds next_tick_{0};
  nanoseconds stalled_until_ = source::never;
  std::uint64_t started_ = 0;
  std::uint64_t seen_ = 0;
  bool interrupted_ = false;
};

}  // namespace

outcome simulate(const row& of, const may_go_on& ask) {
  const simulated_time clock;
  return simulation(of).run(ask);
}

}  // namespace tidegate::lab
