#include "tidegate/observe/pressure_sampler.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/all_signals_blocked.hpp"
#include "observe/pressure_track.hpp"
#include "observe/turns.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate {
namespace {

using std::chrono::nanoseconds;
using time_point = deadline::time_point;

sampler_config checked(sampler_config config) {
  detail::require(config.period.count() > 0 && config.half_life.count() > 0,
                  "sampler_config: a period or half-life that is not above 0");
  detail::require(config.window >= 2 * config.period, "sampler_config: a window below two periods");
  detail::require(config.history >= 16, "sampler_config: history (accepted: 16 and more)");
  detail::require(config.significance >= 0, "sampler_config: a negative significance");
  return config;
}

/// One that is registered, and what became of it so far.
struct tracked {
  std::uint64_t id;
  std::string name;
  std::string policy;
  std::unique_ptr<detail::pressure_track> track;
  bool is_there = true;
};

}  // namespace

// Protocol: [stop] stop() → the sampling thread: it ends.
struct pressure_sampler::state {
  registry& of;
  const sampler_config config;
  mutable detail::turns turns;  // for all below but the thread's own
  std::vector<tracked> things;
  std::vector<std::shared_ptr<callback>> callbacks;  // shared, not copied: what one keeps from call to call is kept

  detail::turns running;  // start() and stop()
  std::thread thread;
  wait_point<wait_kind::park> pause;
  native_sync::atomic<bool> stops{false};

  state(registry& watched, sampler_config numbers) : of(watched), config(checked(numbers)) {}

  /// Things keep the order in which they were added, and so do ids.
  void follow(const registry::entry& one, time_point now) {
    auto found = std::ranges::lower_bound(things, one.id, {}, &tracked::id);
    if (found == things.end() || found->id != one.id) {
      tracked fresh{one.id, one.name, std::string(one.policy), std::make_unique<detail::pressure_track>(config)};
      found = things.insert(found, std::move(fresh));
    }
    found->is_there = true;
    found->track->add(now, one.now);
  }

  template <class Clock>
  void sample_all(Clock&& clock) {
    std::vector<pressure> told;
    std::vector<std::shared_ptr<callback>> listeners;
    {
      const permit mine = turns.take();
      for (tracked& each : things) each.is_there = false;
      of.visit([&](const registry::entry& one) { follow(one, clock()); });
      std::erase_if(things, [](const tracked& each) { return !each.is_there; });
      if (!callbacks.empty()) told = report();
      listeners = callbacks;
    }
    for (const auto& tell : listeners) (*tell)(told);
  }

  /// In the caller's turn.
  [[nodiscard]] std::vector<pressure> report() const {
    std::vector<pressure> told;
    told.reserve(things.size());
    for (const tracked& each : things) {
      told.push_back(each.track->report());
      told.back().name = each.name;
      told.back().policy = each.policy;
    }
    return told;
  }

  /// Samples that come too late are left out.
  void run() {
    time_point next = native_sync::now();
    const auto has_to_stop = [this]() noexcept { return stops.load(order::acquire); };  // [stop] pairs with stop()
    while (!has_to_stop()) {
      sample_all([]() noexcept { return native_sync::now(); });
      const time_point now = native_sync::now();
      next += config.period * ((detail::elapsed(next, now) / config.period) + 1);
      static_cast<void>(pause.wait(has_to_stop, next, {}, {}));  // either way: the loop looks
    }
  }
};

pressure_sampler::pressure_sampler(registry& of, sampler_config config) : state_(std::make_unique<state>(of, config)) {}

pressure_sampler::~pressure_sampler() { stop(); }

void pressure_sampler::sample() {
  state_->sample_all([]() noexcept { return native_sync::now(); });
}

void pressure_sampler::sample(deadline::time_point now) {
  state_->sample_all([now]() noexcept { return now; });
}

void pressure_sampler::start() {
  const permit mine = state_->running.take();
  if (state_->thread.joinable()) return;
  state_->stops.store(false, order::relaxed);  // the thread is made below, and sees it
  const detail::all_signals_blocked guard;
  state_->thread = std::thread([of = state_.get()] { of->run(); });
}

void pressure_sampler::stop() noexcept {
  const permit mine = state_->running.take();
  if (!state_->thread.joinable()) return;
  state_->stops.store(true, order::release);  // [stop] pairs with run()
  state_->pause.notify(everyone);
  state_->thread.join();
}

std::vector<pressure> pressure_sampler::read() {
  const permit mine = state_->turns.take();
  std::vector<pressure> told = state_->report();
  for (tracked& each : state_->things) each.track->restart_peak();
  return told;
}

std::vector<pressure> pressure_sampler::look() const {
  const permit mine = state_->turns.take();
  return state_->report();
}

void pressure_sampler::on_sample(callback tell) {
  auto kept = std::make_shared<callback>(std::move(tell));
  const permit mine = state_->turns.take();
  state_->callbacks.push_back(std::move(kept));
}

const sampler_config& pressure_sampler::config() const noexcept { return state_->config; }

}  // namespace tidegate
