// policies.hpp: the lab's policies. See scenario.hpp for what each is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "lab/policy.hpp"
#include "tidegate/flow/adaptive_lifo.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/expiry.hpp"
#include "tidegate/flow/limits/adaptive_limit.hpp"
#include "tidegate/queue/fair_queue.hpp"
#include "tidegate/queue/lane_queue.hpp"
#include "tidegate/queue/limited_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"

namespace tidegate::lab {

/// A row for each worker.
[[nodiscard]] inline queue_config numbers_of(std::size_t capacity, const row& of) {
  return {.capacity = capacity, .rows = {.producers = 2, .consumers = of.workers}};
}

template <overflow_kind Overflow>
using job_queue = mpmc_queue<job, queue_options{.wait = wait_kind::park, .overflow = Overflow}, lab_sync>;

/// A queue that refuses, evicts or waits.
template <overflow_kind Overflow>
class queue_policy : public policy {
 public:
  explicit queue_policy(const row& of) : queue_(numbers_of(of.policy.capacity, of)) {}

  push_status offer(job& one) override {
    if (lab_sync::simulated && Overflow == overflow_kind::block) return queue_.try_push(std::move(one));
    return queue_.offer(std::move(one));
  }
  pop_status take(job& out, unsigned, deadline until) override { return queue_.pop_until(out, until.when()); }
  [[nodiscard]] std::size_t depth() const override { return queue_.depth_hint(); }
  [[nodiscard]] losses lost() const override { return {.evicted = queue_.stats().evicted}; }
  [[nodiscard]] watching watched_by(registry& of) const override { return of.add(queue_, {.name = "requests"}); }
  void close() override { queue_.close(); }

 protected:
  job_queue<Overflow> queue_;
};

using rejecting = queue_policy<overflow_kind::reject>;

/// What can no longer be done in time is dropped at the exit; and, if so wished, refused at the door.
class expiring_policy : public rejecting {
 public:
  explicit expiring_policy(const row& of)
      : rejecting(of),
        rule_({.service = {.first_guess = from_seconds(of.policy.margin_s)}, .servers = of.workers}),
        learns_(of.policy.learns_margin),
        refuses_(of.policy.kind == policy_kind::refuse_late) {}

  push_status offer(job& one) override {
    return refuses_ ? rule_.push_live(queue_, std::move(one)) : rejecting::offer(one);
  }
  pop_status take(job& out, unsigned worker, deadline until) override {
    return rule_.pop_live_by([&](job& into) { return rejecting::take(into, worker, until); }, out);
  }
  void done(const job& one) override {
    if (learns_ || refuses_) rule_.record(one.service);
  }
  [[nodiscard]] losses lost() const override { return {.expired = rule_.expired_count()}; }

 private:
  expiry<lab_sync> rule_;
  const bool learns_;
  const bool refuses_;
};

class codel_policy : public rejecting {
 public:
  explicit codel_policy(const row& of)
      : rejecting(of),
        rule_({.target = from_seconds(of.policy.target_s), .interval = from_seconds(of.policy.interval_s)}) {}

  pop_status take(job& out, unsigned worker, deadline until) override {
    return rule_.pop_fresh_by([&](job& into) { return rejecting::take(into, worker, until); }, out);
  }
  [[nodiscard]] losses lost() const override { return {.shed = rule_.shed_count()}; }

 private:
  codel<lab_sync> rule_;
};

/// A part with one consumer, shared by the workers under a lock: whoever holds it waits for all.
class lifo_policy : public rejecting {
 public:
  explicit lifo_policy(const row& of)
      : rejecting(of),
        stack_({.capacity = of.policy.capacity,
                .patience = from_seconds(of.policy.patience_s),
                .rush = from_seconds(of.policy.rush_s)}) {}

  pop_status take(job& out, unsigned worker, deadline until) override {
    const std::lock_guard lock(one_consumer_);
    pop_status status = pop_status::ok;
    while (status == pop_status::ok) {
      const pop_status found = stack_.pop(queue_, out, lost_);
      held_.store(stack_.held(), std::memory_order_relaxed);
      if (found == pop_status::ok) return found;
      job next;
      status = rejecting::take(next, worker, until);
      if (status == pop_status::ok) stack_.put(std::move(next), lost_);
    }
    return status;
  }
  [[nodiscard]] std::size_t depth() const override {
    return rejecting::depth() + held_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] losses lost() const override {
    return {.evicted = stack_.evicted_count(), .expired = stack_.timed_out_count()};
  }

 private:
  static constexpr auto lost_ = [](job&&, lifo_loss) noexcept {};

  std::mutex one_consumer_;
  adaptive_lifo<job, lab_sync> stack_;
  std::atomic<std::size_t> held_{0};  // an observation
};

/// One budget for what waits and what runs.
class reserving_policy : public policy {
 public:
  explicit reserving_policy(const row& of) : reserving_policy(of, of.policy.permits) {}

  push_status offer(job& one) override { return queue_.try_push(std::move(one)); }
  pop_status take(job& out, unsigned, deadline until) override {
    element whole;
    const pop_status status = queue_.pop_until(whole, until.when());
    if (status == pop_status::ok) {
      out = std::move(whole.value);
      out.room = std::move(whole.room);
    }
    return status;
  }
  [[nodiscard]] std::size_t depth() const override { return queue_.depth_hint(); }
  [[nodiscard]] std::size_t limit() const override { return limiter_.total(); }
  void close() override { queue_.close(); }

 protected:
  using element = admitted<job, limiter>;

  reserving_policy(const row& of, std::size_t room)
      : limiter_(of.policy.permits), queue_(numbers_of(room, of), limiter_) {}

  limiter limiter_;

 private:
  limited_queue<mpmc_queue<element, queue_options{.wait = wait_kind::park}, lab_sync>, release_on::done, limiter>
      queue_;
};

/// The number of permits is found by an algorithm, from how long work is inside.
template <class Algorithm>
class adaptive_policy : public reserving_policy {
 public:
  adaptive_policy(const row& of, const Algorithm& algorithm)
      : reserving_policy(of, of.policy.capacity),
        driver_(algorithm, {.window = std::chrono::milliseconds(100), .least_samples = 10}) {}

  void done(const job& one) override { driver_.record(lab_sync::now() - one.since, limiter_.stats().in_use); }
  void tick() override { driver_.update(limiter_); }

 private:
  adaptive_limit<Algorithm, lab_sync> driver_;
};

/// The mistake: a look at the door, and the permit later. Whatever comes between the two is let in.
class checking_policy : public rejecting {
 public:
  explicit checking_policy(const row& of) : rejecting(of), permits_(of.policy.permits) {}

  push_status offer(job& one) override {
    if (permits_.free_hint() <= 0) return push_status::full;
    return rejecting::offer(one);
  }
  pop_status take(job& out, unsigned worker, deadline until) override {
    const pop_status status = rejecting::take(out, worker, until);
    if (status == pop_status::ok) out.room = permits_.acquire();  // there is one for each worker
    return status;
  }
  [[nodiscard]] std::size_t limit() const override { return permits_.total(); }

 private:
  limiter permits_;
};

/// Lanes or tenants. `Queue` has one consumer: its role goes round under a lock.
template <class Queue>
class sorted_policy : public policy {
 public:
  template <class Config>
  explicit sorted_policy(Config config) : queue_(std::move(config)) {}

  push_status offer(job& one) override {
    if constexpr (requires { queue_.lane(0); }) {
      return queue_.lane(one.flow).try_push(std::move(one));
    } else {
      return queue_.try_push(one.flow, std::move(one));
    }
  }
  pop_status take(job& out, unsigned, deadline until) override {
    const std::lock_guard lock(one_consumer_);
    return queue_.pop_until(out, until.when());
  }
  [[nodiscard]] std::size_t depth() const override {
    const queue_stats all = queue_.stats();
    return all.pushed < all.popped ? 0 : static_cast<std::size_t>(all.pushed - all.popped);
  }
  void close() override { queue_.close(); }

 private:
  std::mutex one_consumer_;
  Queue queue_;
};

/// std::deque and a mutex: a queue without a bound, which the library does not have.
class unbounded_policy : public policy {
 public:
  push_status offer(job& one) override {
    const std::lock_guard lock(mutex_);
    if (closed_) return push_status::closed;
    waiting_.push_back(std::move(one));
    there_.notify_one();
    return push_status::ok;
  }
  pop_status take(job& out, unsigned, deadline until) override {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closed_ || !waiting_.empty(); };
    if (lab_sync::simulated) {
      if (!ready()) return pop_status::timed_out;
    } else if (!there_.wait_until(lock, until.when(), ready)) {
      return pop_status::timed_out;
    }
    if (waiting_.empty()) return pop_status::closed;
    out = std::move(waiting_.front());
    waiting_.pop_front();
    return pop_status::ok;
  }
  [[nodiscard]] std::size_t depth() const override {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void close() override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    there_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable there_;
  std::deque<job> waiting_;
  bool closed_ = false;
};

/// Resources behind a waiting line, and threads: whoever waits holds one. The last worker serves another endpoint.
class pool_policy : public policy {
 public:
  explicit pool_policy(const row& of)
      : threads_(of.policy.threads),
        line_(numbers_of(of.policy.capacity, of)),
        other_(numbers_of(of.policy.threads, of)),
        patience_(from_seconds(of.policy.give_up_s)),
        others_worker_(of.workers - 1) {}

  push_status offer(job& one) override {
    one.room = threads_.try_acquire();
    if (!one.room) return push_status::full;
    if (one.flow == 0) one.until = deadline::after(one.since, patience_);
    const push_status status = one.flow == 0 ? line_.try_push(std::move(one)) : other_.try_push(std::move(one));
    if (!accepted(status)) one.room.release();
    return status;
  }
  pop_status take(job& out, unsigned worker, deadline until) override {
    if (worker == others_worker_) return other_.pop_until(out, until.when());
    return rule_.pop_live_by([&](job& into) { return line_.pop_until(into, until.when()); }, out);
  }
  [[nodiscard]] std::size_t depth() const override { return line_.depth_hint() + other_.depth_hint(); }
  [[nodiscard]] losses lost() const override { return {.expired = rule_.expired_count()}; }
  [[nodiscard]] std::size_t limit() const override { return threads_.total(); }
  void close() override {
    line_.close();
    other_.close();
  }

 private:
  limiter threads_;
  job_queue<overflow_kind::reject> line_;
  job_queue<overflow_kind::reject> other_;
  expiry<lab_sync> rule_;
  const nanoseconds patience_;
  const unsigned others_worker_;
};

}  // namespace tidegate::lab
