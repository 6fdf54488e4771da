#include "lab/source.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <queue>
#include <vector>

#include "lab/random.hpp"
#include "tidegate/flow/retry_budget.hpp"

namespace tidegate::lab {
namespace {

/// What work takes: a stream of its own, so that arrivals are the same for every kind of service.
class service_times {
 public:
  explicit service_times(const row& of)
      : random_(of.seed + 1'000'003), mean_s_(of.service_s), varies_(of.service == service_kind::exponential) {}
  [[nodiscard]] nanoseconds next() noexcept { return from_seconds(varies_ ? random_.exponential(mean_s_) : mean_s_); }

 private:
  model_random random_;
  const double mean_s_;
  const bool varies_;
};

/// The arrivals of one flow, one after another.
class arrivals {
 public:
  arrivals(const flow& of, spacing_kind spacing) : of_(&of), spacing_(spacing) {}

  /// In seconds; false: there are no more.
  [[nodiscard]] bool next(model_random& random, double& at_s) {
    for (; phase_ < of_->phases.size(); ++phase_) {
      const phase& now = of_->phases[phase_];
      if (now.per_second > 0) {
        last_s_ += spacing_ == spacing_kind::poisson ? random.exponential(1 / now.per_second) : 1 / now.per_second;
        at_s = last_s_;
        if (at_s < begins_s_ + now.span_s) return true;
      }
      last_s_ = begins_s_ += now.span_s;
    }
    return false;
  }

 private:
  const flow* of_;
  const spacing_kind spacing_;
  std::size_t phase_ = 0;
  double begins_s_ = 0;  // of the phase
  double last_s_ = 0;
};

bool in_time(const row& of, nanoseconds latency) { return latency <= from_seconds(of.patience_s); }

/// One flow, in constant memory: runs may be long.
class one_flow : public source {
 public:
  explicit one_flow(const row& of) : of_(of), random_(of.seed), arrivals_(of_.flows.front(), of.spacing), service_(of) {
    step();
  }
  nanoseconds next() override { return next_; }
  bool fire(job& out) override {
    out.service = service_.next();
    step();
    return true;
  }
  bool completed(const job&, nanoseconds latency) override { return in_time(of_, latency); }

 private:
  void step() {
    double at_s = 0;
    next_ = arrivals_.next(random_, at_s) ? from_seconds(at_s) : never;
  }

  const row of_;
  model_random random_;
  arrivals arrivals_;
  service_times service_;
  nanoseconds next_ = never;
};

/// Several: each drawn in turn, then sorted.
class many_flows : public source {
 public:
  explicit many_flows(const row& of) : of_(of), service_(of) {
    model_random random(of.seed);
    for (std::uint32_t i = 0; i < of.flows.size(); ++i) {
      arrivals each(of.flows[i], of.spacing);
      for (double at_s = 0; each.next(random, at_s);) all_.push_back({at_s, i});
    }
    std::sort(all_.begin(), all_.end(), [](const arrival& one, const arrival& other) { return one.at_s < other.at_s; });
  }
  nanoseconds next() override { return next_ < all_.size() ? from_seconds(all_[next_].at_s) : never; }
  bool fire(job& out) override {
    out.flow = all_[next_++].flow;
    out.service = service_.next();
    return true;
  }
  bool completed(const job&, nanoseconds latency) override { return in_time(of_, latency); }

 private:
  struct arrival {
    double at_s;
    std::uint32_t flow;
  };
  const row of_;
  service_times service_;
  std::vector<arrival> all_;
  std::size_t next_ = 0;
};

/// Clients with patience who ask again: at once or after a while, always or within a budget.
class asking_again : public source {
 public:
  explicit asking_again(const row& of) : of_(of), how_(*of.retrying), random_(of.seed), service_(of) {
    if (how_.retries_per_attempt) budget_ = std::make_unique<budget>(retry_budget_config{*how_.retries_per_attempt});
    add(0, happening::arrival, 0);
  }

  nanoseconds next() override {
    const std::lock_guard lock(mutex_);
    return coming_.empty() ? never : from_seconds(coming_.top().at_s);
  }
  bool fire(job& out) override {
    const std::lock_guard lock(mutex_);
    const event now = coming_.top();
    coming_.pop();
    now_s_ = now.at_s;
    is_arrival_ = now.what == happening::arrival;
    if (now.what == happening::timeout) {
      if (awaited_[now.whom]) {
        awaited_[now.whom] = false;
        fail(request_of_[now.whom]);
      }
      return false;
    }
    request_ = now.whom;
    if (is_arrival_) begin();
    out.attempt = awaited_.size();
    out.service = service_.next();
    return true;
  }
  void answered(push_status status) override {
    const std::lock_guard lock(mutex_);
    if (accepted(status)) {
      add(now_s_ + of_.patience_s, happening::timeout, awaited_.size());
      awaited_.push_back(true);
      request_of_.push_back(request_);
    } else {
      fail(request_);
    }
    const double rate = is_arrival_ ? of_.rate_at(now_s_) : 0;
    if (rate > 0) add(now_s_ + random_.exponential(1 / rate), happening::arrival, 0);
  }
  bool completed(const job& one, nanoseconds latency) override {
    const std::lock_guard lock(mutex_);
    request& whose = requests_[request_of_[one.attempt]];
    // A client whose patience is over has gone, though a source that is late has not yet come to it.
    if (!awaited_[one.attempt] || whose.done || !in_time(of_, latency)) return false;
    whose.done = true;
    awaited_[one.attempt] = false;
    return true;
  }

 private:
  using budget = retry_budget<lab_sync>;
  enum class happening : std::uint8_t { arrival, retry, timeout };
  struct event {
    double at_s;
    std::uint64_t order;
    happening what;
    std::uint64_t whom;
    bool operator>(const event& other) const { return at_s != other.at_s ? at_s > other.at_s : order > other.order; }
  };
  struct request {
    unsigned retried = 0;
    bool done = false;
  };

  void add(double at_s, happening what, std::uint64_t whom) { coming_.push({at_s, ++order_, what, whom}); }
  void begin() {
    request_ = requests_.size();
    requests_.emplace_back();
    if (budget_) budget_->attempt();
  }
  void fail(std::uint64_t whom) {
    request& who = requests_[whom];
    if (who.done) return;
    if (who.retried >= how_.retries || (budget_ && !budget_->try_retry())) {
      who.done = true;
      return;
    }
    const double reach_s = how_.backoff_s * static_cast<double>(1U << who.retried++);
    add(now_s_ + (how_.backoff_s > 0 ? reach_s * random_.unit() : 0), happening::retry, whom);
  }

  const row of_;
  const clients how_;
  std::mutex mutex_;  // the source's thread and the workers
  model_random random_;
  service_times service_;
  std::unique_ptr<budget> budget_;
  std::priority_queue<event, std::vector<event>, std::greater<>> coming_;
  std::vector<request> requests_;
  std::vector<bool> awaited_;              // by attempt
  std::vector<std::uint64_t> request_of_;  // by attempt
  std::uint64_t order_ = 0;
  std::uint64_t request_ = 0;  // of the running offer
  bool is_arrival_ = false;
  double now_s_ = 0;
};

}  // namespace

std::unique_ptr<source> make_source(const row& of) {
  if (of.retrying) return std::make_unique<asking_again>(of);
  if (of.flows.size() == 1) return std::make_unique<one_flow>(of);
  return std::make_unique<many_flows>(of);
}

}  // namespace tidegate::lab
