// policies.hpp: what stands between arrivals and workers, each made of the parts that a user would take.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/simulation/server.hpp"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/adaptive_lifo.hpp"
#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/expiry.hpp"
#include "tidegate/flow/limits/adaptive_limit.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {

/// A ring that refuses when it is full.
struct reject {
  spsc_ring<request, ring_options{}, virtual_sync> ring;
  std::uint64_t rejected = 0;

  explicit reject(std::size_t capacity) : ring(capacity) {}
  void push(const request& one) { rejected += ring.try_push(one) == push_status::full ? 1 : 0; }
  bool pop(request& out) { return ring.try_pop(out) == pop_status::ok; }
  void done(nanoseconds, nanoseconds) {}
  [[nodiscard]] std::size_t depth() const { return ring.depth_hint(); }
  [[nodiscard]] std::uint64_t lost() const { return rejected; }
};

/// The oldest one makes room.
struct drop_oldest {
  mpmc_ring<request, exchange_options{}, virtual_sync> ring;
  std::uint64_t evicted = 0;

  explicit drop_oldest(std::size_t capacity) : ring(capacity) {}
  void push(request one) {
    static_cast<void>(ring.push_evict(std::move(one), [this](request&&) noexcept { ++evicted; }));
  }
  bool pop(request& out) { return ring.try_pop(out) == pop_status::ok; }
  void done(nanoseconds, nanoseconds) {}
  [[nodiscard]] std::size_t depth() const { return ring.depth_hint(); }
  [[nodiscard]] std::uint64_t lost() const { return evicted; }
};

/// What has expired, or cannot be finished any more, is dropped at the exit.
struct expire : reject {
  expiry<virtual_sync> rule;
  bool learns;

  /// margin: what must be left; or learnt from what work takes.
  expire(std::size_t capacity, nanoseconds margin, bool learnt = false)
      : reject(capacity), rule({.service = {.first_guess = margin}, .servers = 4}), learns(learnt) {}
  bool pop(request& out) { return rule.pop_live(ring, out) == pop_status::ok; }
  void done(nanoseconds service, nanoseconds) {
    if (learns) rule.record(service);
  }
  [[nodiscard]] std::uint64_t lost() const { return rejected + rule.expired_count(); }
};

/// And what could not be finished in time is not let in.
struct refuse_late : expire {
  explicit refuse_late(std::size_t capacity) : expire(capacity, nanoseconds{0}, true) {}
  void push(const request& one) { rejected += accepted(rule.push_live(ring, one)) ? 0 : 1; }
};

/// What has waited for too long is shed while the queue stands.
struct shed_by_age : reject {
  codel<virtual_sync> shedder;

  explicit shed_by_age(std::size_t capacity) : reject(capacity) {}
  bool pop(request& out) { return shedder.pop_fresh(ring, out) == pop_status::ok; }
  [[nodiscard]] std::uint64_t lost() const { return rejected + shedder.shed_count(); }
};

/// The newest one is served first while the queue stands.
struct newest_first : reject {
  adaptive_lifo<request, virtual_sync> stack;
  std::uint64_t handed_back = 0;

  explicit newest_first(std::size_t capacity) : reject(capacity), stack({.capacity = capacity}) {}
  bool pop(request& out) {
    return stack.pop(ring, out, [this](request&&, lifo_loss) noexcept { ++handed_back; }) == pop_status::ok;
  }
  [[nodiscard]] std::size_t depth() const { return ring.depth_hint() + stack.held(); }
  [[nodiscard]] std::uint64_t lost() const { return rejected + handed_back; }
};

/// Permits of one thread: what a limiter of many is to the simulations.
class plain_limiter {
 public:
  explicit plain_limiter(std::size_t total) : left_(total) {}
  [[nodiscard]] bool try_acquire() { return left_ != 0 && left_-- != 0; }
  void release() { ++left_; }
  [[nodiscard]] std::size_t left_hint() const { return left_; }

 private:
  std::size_t left_;
};

/// The library's own, for the same questions. Its permits are alike, so that any of them may go.
class real_limiter {
 public:
  explicit real_limiter(std::size_t total) : limiter_(total) {}
  [[nodiscard]] bool try_acquire() {
    auto permit = limiter_.try_acquire();
    if (!permit) return false;
    held_.push_back(std::move(permit));
    return true;
  }
  void release() { held_.pop_back(); }
  [[nodiscard]] std::size_t left_hint() const { return static_cast<std::size_t>(limiter_.free_hint()); }
  [[nodiscard]] std::size_t in_flight() const { return held_.size(); }
  void set_total(std::size_t total) { limiter_.set_total(total); }

 private:
  using limiter_type = basic_capacity_limiter<credit_options{}, virtual_sync>;
  limiter_type limiter_;
  std::vector<limiter_type::permit_type> held_;
};

/// A permit is taken at the door and given back when the work is done: one budget for what waits and what runs.
template <class Limiter>
struct reserve_first : reject {
  Limiter limiter;

  explicit reserve_first(std::size_t permits) : reject(permits), limiter(permits) {}
  void push(const request& one) {
    if (!limiter.try_acquire() || ring.try_push(one) != push_status::ok) ++rejected;
  }
  void done(nanoseconds, nanoseconds) { limiter.release(); }
};

/// The number of permits is found by an algorithm, from how long work is inside.
template <class Algorithm>
struct adapting_limit : reserve_first<real_limiter> {
  adaptive_limit<Algorithm, virtual_sync> driver;
  std::size_t highest = 0;  ///< limit, after three seconds

  explicit adapting_limit(const Algorithm& algorithm)
      : reserve_first(algorithm.limit()),
        driver(algorithm, {.window = std::chrono::milliseconds(100), .least_samples = 10}) {}
  void push(const request& one) {
    if (!limiter.try_acquire() || wide.try_push(one) != push_status::ok) ++rejected;
  }
  bool pop(request& out) { return wide.try_pop(out) == pop_status::ok; }
  void done(nanoseconds, nanoseconds sojourn) {
    driver.record(sojourn, limiter.in_flight());
    limiter.release();
    driver.update(limiter);
    if (virtual_sync::now() - began > std::chrono::seconds(3)) highest = std::max(highest, driver.algorithm().limit());
  }
  [[nodiscard]] std::size_t depth() const { return wide.depth_hint(); }

 private:
  spsc_ring<request, ring_options{}, virtual_sync> wide{1024};  // the limit grows beyond where it began
  const deadline::time_point began = virtual_sync::now();
};

}  // namespace tidegate::test
