// keyed_rate_limiter: a rate limit for each key (tenant, address), in a table whose size is fixed.
//
// A slot is one word: a mark of the key and the instant up to which it has spent (flow/detail/gcra.hpp). The hash of a
// key names its one slot. A slot whose key has rested long enough to have its whole burst again remembers nothing that
// matters, and the next key takes it over in the same step in which it is admitted: nothing is swept, and no key is
// ever in two slots.
//
// Full: the slot belongs to another key that has not rested. What then happens is chosen, and counted as a collision:
// `share` (both spend from one allowance: never too much, perhaps too little; the default), `refuse`, or `admit`. With
// s slots and m keys that have not rested a key meets another with a chance of about m / s: take 8 slots a key.
// Threads: any number.  Progress: lock-free.  Memory: 8 bytes a slot, allocated by the constructor.
// Exact for each key that shares no slot, as rate_limiter. Limits: two keys of one slot and with the same 16 bits of
// mark (one in 65,536 of those) are one key; a thread that is stopped for more than a minute between reading the clock
// and its act may be admitted by a key's rest that was none; intervals are rounded up to whole nanoseconds; a key that
// comes back after about 3 days and 6 hours, or a multiple, may wait as if it had just spent.
// Origin: GCRA, see there; a slot for a hash as in stochastic fairness queueing, McKenney, INFOCOM 1990.
#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/gcra.hpp"
#include "tidegate/flow/detail/tally.hpp"
#include "tidegate/flow/rate_limit.hpp"

namespace tidegate {

/// What happens to a key whose slot belongs to another one.
enum class collision_rule : std::uint8_t {
  share,   ///< both spend from one allowance
  refuse,  ///< `limited`, until the other key has rested
  admit,   ///< admitted, and not limited at all
};

struct keyed_rate_config {
  rate_limit limit;   ///< of each key
  std::size_t slots;  ///< rounded up to a power of two
  collision_rule on_collision = collision_rule::share;
};

template <class Key, class Hash = std::hash<Key>, class Sync = native_sync>
class keyed_rate_limiter {
 public:
  using time_point = deadline::time_point;

  explicit keyed_rate_limiter(keyed_rate_config config, Hash hash = {})
      : rule_(config.on_collision),
        algorithm_(in_ns(config)),
        mask_(std::bit_ceil(config.slots) - 1),
        hash_(hash),
        slots_(std::make_unique<slot[]>(mask_ + 1)) {}
  keyed_rate_limiter(const keyed_rate_limiter&) = delete;
  keyed_rate_limiter& operator=(const keyed_rate_limiter&) = delete;

  /// `count` permits of `key` now, all or none.
  rate_answer try_acquire(const Key& key, std::uint64_t count = 1, time_point now = Sync::now()) {
    if (count == 0) return {rate_status::ok};
    const std::uint64_t hashed = mixed(static_cast<std::uint64_t>(hash_(key)));
    slot& mine = slots_[hashed & mask_];
    const std::uint64_t mark = hashed >> 48;
    const std::uint64_t tick = (static_cast<std::uint64_t>(detail::ns_of(now) - began_ns_) + 1) & time_mask;
    std::uint64_t word = mine.load(order::relaxed);  // one word, which guards no data
    bool collided = false;
    for (;;) {
      const std::uint64_t lead = lead_of(word, tick);
      if (lead != 0 && word >> 48 != mark && !collided) {
        collided = true;
        collisions_.add();
        if (rule_ == collision_rule::refuse) return {rate_status::limited, std::chrono::nanoseconds(lead)};
        if (rule_ == collision_rule::admit) return {rate_status::ok};
      }
      const detail::gcra::step step = algorithm_.try_step(lead, 0, count);
      if (step.status == rate_status::limited) {
        return {step.status, std::chrono::nanoseconds(static_cast<std::int64_t>(step.value))};
      }
      if (step.status != rate_status::ok) return {step.status};
      const std::uint64_t owner = lead == 0 ? mark : word >> 48;  // who shares leaves the slot to its owner
      const std::uint64_t spent = owner << 48 | ((tick + step.value) & time_mask);
      // relaxed: as above
      if (mine.compare_exchange_weak(word, spent, order::relaxed, order::relaxed)) return {rate_status::ok};
    }
  }

  [[nodiscard]] std::size_t slots() const noexcept { return mask_ + 1; }
  [[nodiscard]] std::uint64_t collision_count() const noexcept { return collisions_.read(); }

 private:
  using slot = typename Sync::template atomic<std::uint64_t>;  // mark (16 bits), instant in ns (48 bits); 0: nobody
  static constexpr std::uint64_t time_mask = (std::uint64_t{1} << 48) - 1;
  /// How far ahead of a clock an instant may be beyond the burst: threads read their clocks some time before they act.
  static constexpr std::uint64_t skew = std::uint64_t{60} * 1'000'000'000;

  /// The algorithm counts in whole nanoseconds here: a tick is one.
  [[nodiscard]] static detail::gcra in_ns(const keyed_rate_config& config) {
    detail::require(config.slots > 0, "keyed_rate_limiter: slots is 0; accepted: 1 or more");
    detail::require(config.slots <= std::size_t{1} << 32, "keyed_rate_limiter: slots is above 2^32");
    const detail::gcra exact(config.limit);
    const std::uint64_t interval = (exact.interval() - 1) / detail::gcra::ticks_per_ns + 1;
    detail::require(config.limit.burst <= (std::uint64_t{1} << 46) / interval,
                    "keyed_rate_limiter: a burst takes more than 19 hours to earn");
    return detail::gcra::of_ticks(interval, config.limit.burst);
  }

  /// What the slot has spent in advance; 0: its key has rested.
  [[nodiscard]] std::uint64_t lead_of(std::uint64_t word, std::uint64_t tick) const noexcept {
    const std::uint64_t lead = ((word & time_mask) - tick) & time_mask;
    return word == 0 || lead > algorithm_.burst() * algorithm_.interval() + skew ? 0 : lead;
  }

  /// Spreads what a weak hash leaves together; the finaliser of SplitMix64.
  [[nodiscard]] static constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }

  const collision_rule rule_;
  const detail::gcra algorithm_;
  const std::size_t mask_;
  const Hash hash_;
  const std::int64_t began_ns_ = detail::ns_of(Sync::now());
  const std::unique_ptr<slot[]> slots_;
  detail::tally<Sync> collisions_;
};

}  // namespace tidegate
