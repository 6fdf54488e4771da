// A row in real time. The workers emulate a slow dependency: they sleep to an absolute deadline, so that what the
// kernel needs to wake them does not add up. What they finish goes through a ring to the caller, who alone counts.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "lab/calendar.hpp"
#include "lab/engine.hpp"
#include "lab/ledger.hpp"
#include "lab/policy.hpp"
#include "lab/resident.hpp"
#include "lab/source.hpp"
#include "lab/watcher.hpp"
#include "tidegate/ring/mpsc_ring.hpp"

namespace tidegate::lab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr nanoseconds memory_period = milliseconds(50);
constexpr nanoseconds ask_period = milliseconds(20);
constexpr nanoseconds stop_period = milliseconds(20);  // between two looks of a sleeper whether to stop
constexpr nanoseconds head_start = milliseconds(20);   // for threads to begin
constexpr nanoseconds late_enough_to_say = milliseconds(1);

class measurement {
 public:
  explicit measurement(const row& of)
      : of_(of),
        policy_(make_policy(of)),
        source_(make_source(of)),
        calendar_(of),
        recorder_(of),
        finished_(1 << 12, ring_rows{.producers = of.workers, .consumers = 1}),
        overslept_(of.workers, latency_log(latency_log::rough_digits)),
        working_(of.workers) {}

  outcome run(const may_go_on& ask) {
    precise_timers();
    began_ = lab_sync::now() + head_start;
    if (of_.watched) watcher_.emplace(of_, *policy_, began_);
    std::vector<std::jthread> threads;
    for (unsigned who = 0; who < of_.workers; ++who) threads.emplace_back([this, who] { work(who); });
    threads.emplace_back([this] { offer_all(); });
    look_until_all_is_done(ask);
    threads.clear();
    collect();
    return report();
  }

 private:
  [[nodiscard]] nanoseconds now() const noexcept { return lab_sync::now() - began_; }

  // The source's thread.

  void offer_all() {
    precise_timers();
    const nanoseconds ends = of_.ends_s ? from_seconds(*of_.ends_s) : source::never;
    for (nanoseconds next = source_->next(); next < ends && !stopping_.load(relaxed); next = source_->next()) {
      if (!sleep_to(next)) break;
      const nanoseconds late = now() - next;
      late_.record(late);
      job one;
      if (source_->fire(one) && !offer(one, next)) break;
    }
    if (ends != source::never && sleep_to(ends)) discarding_.store(true, relaxed);
    policy_->close();
  }
  /// False: told to stop.
  [[nodiscard]] bool sleep_to(nanoseconds when) const noexcept {
    for (nanoseconds at = now(); at < when; at = now()) {
      if (stopping_.load(relaxed)) return false;
      sleep_until(began_ + std::min(when, at + stop_period));
    }
    return true;
  }
  [[nodiscard]] bool spin_to(time_point when) const noexcept {
    while (lab_sync::now() < when) {
      if (stopping_.load(relaxed)) return false;
      lab_sync::pause();
    }
    return true;
  }
  /// False: closed.
  bool offer(job& one, nanoseconds intended) {
    one.intended = began_ + intended;
    one.until = deadline::after(one.intended, from_seconds(of_.patience_s));
    one.since = lab_sync::now();
    if (of_.payload_bytes != 0) {
      one.payload = std::make_unique_for_overwrite<std::byte[]>(of_.payload_bytes);
      std::memset(one.payload.get(), 0x5a, of_.payload_bytes);
    }
    ledger_.offered();
    const push_status answer = policy_->offer(one);
    ledger_.answered(answer);
    source_->answered(answer);
    return answer != push_status::closed;
  }

  // The workers.

  void work(unsigned who) {
    precise_timers();
    time_point free_at = began_;
    std::uint64_t seen = 0;
    for (;;) {
      job one;
      if (!take(one, who, free_at)) break;
      if (of_.lose_every != 0 && ++seen % of_.lose_every == 0) continue;  // the fault that was asked for
      if (discarding_.load(relaxed)) {
        ledger_.discarded();
        continue;
      }
      ledger_.taken();
      one.taken = lab_sync::now();
      free_at = serve(one, free_at, who);
    }
    working_.fetch_sub(1, std::memory_order_release);  // [over] pairs with the acquire in look_until_all_is_done()
  }
  /// False: there will be nothing more. Who stands still is not free until it goes on: serve() must not begin before.
  bool take(job& one, unsigned who, time_point& free_at) {
    for (;;) {
      for (nanoseconds resumes{0}; !discarding_.load(relaxed);) {
        resumes = calendar_.stalled_until(now());
        if (resumes <= now()) break;
        free_at = std::max(free_at, began_ + resumes);
        static_cast<void>(sleep_to(std::min(resumes, now() + stop_period)));
      }
      const nanoseconds stalls = calendar_.next_stall(now());
      const deadline until = stalls == nanoseconds::max() ? deadline::never() : deadline(began_ + stalls);
      const pop_status status = policy_->take(one, who, until);
      if (status == pop_status::ok) return true;
      if (status != pop_status::timed_out) return false;
    }
  }
  /// When the worker was free for it and it was there, the work began: that the kernel needs time to wake a thread is
  /// no part of the service. A worker that is far behind begins now.
  time_point serve(job& one, time_point free_at, unsigned who) {
    constexpr int services_behind = 10;
    const time_point woken = lab_sync::now();
    const nanoseconds service = std::max(one.service, from_seconds(of_.service_s));
    const time_point begins = std::clamp(std::max(free_at, one.since), woken - services_behind * service, woken);
    const auto slow = static_cast<double>(one.service.count()) * calendar_.slowness(begins - began_);
    one.service = nanoseconds(static_cast<std::int64_t>(slow));
    const time_point ends = begins + one.service;
    if (!(of_.spins ? spin_to(ends) : sleep_to(ends - began_))) {
      ledger_.broken_off();
      return ends;
    }
    const time_point done = lab_sync::now();
    overslept_[who].record(done - ends);
    finish(one, done);
    return ends;
  }
  void finish(job& one, time_point done) {
    policy_->done(one);
    one.room = {};
    ledger_.completed();
    const nanoseconds latency = done - one.intended;
    completion told{.at = done - began_,
                    .latency = latency,
                    .inside = done - one.since,
                    .waited = one.taken - one.since,
                    .flow = one.flow,
                    .useful = source_->completed(one, latency)};
    while (finished_.try_push(told) != push_status::ok) std::this_thread::yield();
  }

  // The caller.

  void look_until_all_is_done(const may_go_on& ask) {
    nanoseconds next_memory{0}, next_check = check_period, next_question{0};
    // [over] pairs with the release in work(): what the workers have counted is seen.
    for (nanoseconds tick{0}; working_.load(std::memory_order_acquire) != 0;
         tick = std::max(tick, now()) + tick_period) {
      sleep_until(began_ + tick);
      collect();
      policy_->tick();
      if (watcher_) watcher_->tick(now());
      recorder_.sample(now(), *policy_, ledger_);
      if (now() >= next_memory) {
        recorder_.resident(memory_.above_start_mib());
        next_memory = now() + memory_period;
      }
      if (now() >= next_check) {
        recorder_.balance_checked(ledger_.imbalance_while_running(*policy_));
        next_check += check_period;
      }
      if (now() >= next_question && ask) {
        if (!ask(now())) stop();
        next_question = now() + ask_period;
      }
    }
  }
  void stop() noexcept {
    if (!stopping_.load(relaxed)) stopped_at_ = now();
    discarding_.store(true, relaxed);
    stopping_.store(true, relaxed);
    policy_->cancel();
  }
  void collect() {
    completion one;
    while (finished_.try_pop(one) == pop_status::ok) recorder_.completed(one);
  }

  outcome report() {
    outcome found;
    found.account = ledger_.account(*policy_);
    found.measured = recorder_.finish(found.account, stopping_.load(relaxed) ? stopped_at_ : nanoseconds::max());
    policy_->report_to(found.measured);
    if (watcher_) watcher_->report_to(found.measured);
    found.moments = recorder_.moments();
    found.interrupted = stopping_.load(relaxed);
    latency_log overslept(latency_log::rough_digits);
    for (const latency_log& each : overslept_) overslept.add(each);
    found.measured["source_late_p99_ms"] = late_.percentile_ms(99);
    found.measured["source_late_max_ms"] = late_.percentile_ms(100);
    found.measured["worker_late_p50_ms"] = overslept.percentile_ms(50);
    found.measured["worker_late_p99_ms"] = overslept.percentile_ms(99);
    const bool waits_by_design = of_.policy.kind == policy_kind::block;
    if (late_.percentile_ms(99) > to_ms(late_enough_to_say) && !waits_by_design) {
      std::array<char, 160> text{};
      std::snprintf(text.data(), text.size(),
                    "the source itself fell behind: %.2f ms at p99, %.2f ms at most; latencies contain it",
                    late_.percentile_ms(99), late_.percentile_ms(100));
      found.notes.emplace_back(text.data());
    }
    return found;
  }

  static constexpr auto relaxed = std::memory_order_relaxed;  // flags and counters that guard no data

  const row of_;
  const resident_memory memory_;  // before anything is allocated for the run
  std::unique_ptr<policy> policy_;
  std::unique_ptr<source> source_;
  const calendar calendar_;
  recorder recorder_;
  std::optional<watcher> watcher_;
  ledger ledger_;
  mpsc_ring<completion> finished_;
  latency_log late_;                    // of the source's thread
  std::vector<latency_log> overslept_;  // each of its worker
  time_point began_{};
  nanoseconds stopped_at_{0};  // of the caller: when it was told to
  std::atomic<unsigned> working_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> discarding_{false};
};

}  // namespace

outcome measure(const row& of, const may_go_on& ask) { return measurement(of).run(ask); }

}  // namespace tidegate::lab
