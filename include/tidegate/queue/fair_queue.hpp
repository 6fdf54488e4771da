// fair_queue: elements of many keys (tenants, peers, symbols) into one consumer, so that no key starves another.
//
// Keys are hashed to a fixed number of buckets, each a bounded FIFO; the consumer is served from all that are not empty
// in turns of equal cost (deficit round robin). A key that floods the queue fills its bucket, is refused there, and
// waits for nobody's turn but its own.
// The cap is of a bucket, exact: a key never has more than `capacity` elements inside (times `hand`, below), and shares
// that with the keys that hash to the same bucket. `full` names bucket_of(key): its cap was hit, see stats_of().
// `fair_options{.hand = k}`: each key is dealt k buckets of its own mixture, and an element goes into the shortest of
// them; `full` only if each of them was full at some instant during the call. Two keys then share all their buckets
// only by a chance of one in (buckets over k), and a light key finds room and service beside any heavy one, but the
// elements of one key may overtake each other.
// Roles, exact answers, progress, order of outcomes, close(): as lane_queue, where a lane is a bucket, with many
// producers. No allocation after construction.
// Key: hashed only, never kept. Give `seed` a secret number where strangers choose the keys.
// Source: stochastic fair queueing, McKenney, INFOCOM 1990; the hand: shuffle sharding of Kubernetes API priority and
// fairness (KEP-1040); the mixing of hashes: Steele, Lea & Flood, OOPSLA 2014.
// Tests: tests/contract/lanes, tests/model/clients/lanes, tests/simulation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/queue/detail/addressed_pushes.hpp"
#include "tidegate/queue/detail/lane_hand.hpp"
#include "tidegate/queue/detail/lane_set.hpp"
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/lane_pops.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

/// Options of a fair_queue, a template argument.
struct fair_options {
  lane_options buckets = {};
  std::size_t hand = 1;  ///< buckets of each key: 1 keeps its elements in order

  bool operator==(const fair_options&) const = default;
};

/// Numbers of a fair_queue, a constructor argument. There is no default capacity.
struct fair_queue_config {
  std::size_t buckets;     ///< 1 to 1024, and no fewer than the hand
  std::size_t capacity;    ///< elements of each bucket, exact, >= 1
  std::uint64_t seed = 0;  ///< of the mixing of hashes
  lanes_config all = {};
};

template <class Key, queue_element T, fair_options Options = fair_options{}, class Cost = one_unit,
          class Hash = std::hash<Key>, class Sync = native_sync>
requires element_cost<Cost, T>
class fair_queue : public lane_pops<fair_queue<Key, T, Options, Cost, Hash, Sync>, T, Options.buckets, Sync>,
                   public detail::addressed_pushes<fair_queue<Key, T, Options, Cost, Hash, Sync>, Key, T> {
  using set_type = detail::lane_set<T, Options.buckets, Cost, Sync>;
  using store_type = typename set_type::store_type;
  using bucket_type = typename set_type::lane_type;
  using hand_type = detail::lane_hand<set_type, Options.hand, T, Options.buckets, Sync>;
  friend lane_pops<fair_queue, T, Options.buckets, Sync>;
  friend shared_pop_calls<fair_queue, T, detail::to_queue_options(Options.buckets), Sync>;
  friend detail::addressed_pushes<fair_queue, Key, T>;
  static_assert(Options.buckets.producers == lane_producers::many, "any key may hash to any bucket");
  static_assert(Options.hand >= 1 && Options.hand <= 8, "a hand of 1 to 8 buckets");
  static_assert(std::is_nothrow_invocable_r_v<std::size_t, const Hash&, const Key&>, "Hash must not throw");

 public:
  using key_type = Key;
  using value_type = T;
  using time_point = deadline::time_point;

  static constexpr overflow_kind overflow_policy = Options.buckets.overflow;
  static constexpr std::size_t max_capacity = bucket_type::max_capacity;
  static constexpr std::size_t max_buckets = store_type::max_lanes;

  /// Reserves all memory now. Throws std::invalid_argument (numbers outside their bounds, memory in a span, a strict
  /// lane), std::bad_alloc, or std::system_error.
  explicit fair_queue(fair_queue_config config) : fair_queue(std::move(config), reserve_or_fail(config)) {}

  fair_queue(const fair_queue&) = delete;
  fair_queue& operator=(const fair_queue&) = delete;

  /// Destroys the elements that are left. No other thread may use the queue any more.
  ~fair_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<fair_queue> make(fair_queue_config config, std::error_code& error) noexcept {
    store_type reserved = reserve(config, error);
    if (error) return nullptr;
    std::unique_ptr<fair_queue> queue(new (std::nothrow) fair_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  /// The buckets of a key, in the order in which ties are decided.
  [[nodiscard]] std::array<std::size_t, Options.hand> hand_of(const Key& key) const noexcept {
    const std::uint64_t hash = mixed(Hash{}(key) ^ seed_);
    std::array<std::size_t, Options.hand> dealt{};
    std::array<std::size_t, Options.hand> sorted{};
    for (std::size_t i = 0; i < Options.hand; ++i) {
      std::size_t card = static_cast<std::size_t>(mixed(hash + i) % (buckets() - i));
      std::size_t below = 0;
      while (below < i && sorted[below] <= card + below) ++below;
      card += below;  // the card-th of those that are not dealt yet
      for (std::size_t j = i; j > below; --j) sorted[j] = sorted[j - 1];
      sorted[below] = dealt[i] = card;
    }
    return dealt;
  }
  [[nodiscard]] std::size_t bucket_of(const Key& key) const noexcept { return hand_of(key)[0]; }

  /// To wait for room for a key together with other things.
  [[nodiscard]] wait_source<Sync> push_source(const Key& key) noexcept
      requires(Options.hand == 1 && parks(Options.buckets.wait)) {
    return set_.at(bucket_of(key)).push_source();
  }

  // Any thread.

  /// No more pushes; what is inside is still delivered. Wakes every waiter. Idempotent. O(buckets).
  void close() noexcept { set_.close(); }
  [[nodiscard]] bool closed() const noexcept { return set_.closed(); }

  /// Waits until every element accepted before the call has been taken out: true; false when `when` came first.
  bool wait_drained(time_point when) noexcept { return set_.wait_drained(when); }

  /// What happened so far, in all buckets together; what a hand refused is counted in bucket_of(key).
  [[nodiscard]] queue_stats stats() const noexcept { return set_.stats(); }
  /// In one of them; its share is of all buckets.
  [[nodiscard]] lane_stats stats_of(std::size_t bucket) const noexcept {
    lane_stats one = set_.stats_of(bucket);
    const std::uint64_t popped = set_.stats().popped;
    one.share = popped == 0 ? 0 : double(one.popped) / double(popped);
    return one;
  }

  [[nodiscard]] const std::string& name() const noexcept { return set_.config().name; }
  [[nodiscard]] std::size_t buckets() const noexcept { return set_.count(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return set_.at(0).capacity(); }
  [[nodiscard]] std::size_t depth_hint(std::size_t bucket) const noexcept { return set_.at(bucket).depth_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) - sizeof(set_) + set_.max_bytes(); }

  /// Lets another thread take the consumer's role. The caller orders the hand-over.
  void rebind_consumer() noexcept { set_.rebind_consumer(); }

 private:
  fair_queue(fair_queue_config&& config, store_type&& reserved) noexcept
      : set_(std::move(config.all), std::move(reserved)), seed_(config.seed) {}

  [[nodiscard]] static store_type reserve(const fair_queue_config& config, std::error_code& error) noexcept {
    error = std::make_error_code(std::errc::invalid_argument);
    if (config.buckets < Options.hand || config.all.strict.lane != strict_lane::none) return {};
    const lane_config each{.capacity = config.capacity};
    return store_type::make(config.buckets, {&each, 1}, config.all, error);
  }
  [[nodiscard]] static store_type reserve_or_fail(const fair_queue_config& config) {
    std::error_code error;
    store_type reserved = reserve(config, error);
    if (error) {
      fail_construction(error, "fair_queue: cannot hold " + std::to_string(config.buckets) + " buckets of " +
                                   std::to_string(config.capacity) + " (accepted: " + std::to_string(Options.hand) +
                                   " to " + std::to_string(max_buckets) + " of 1 to " + std::to_string(max_capacity) +
                                   ", a quantum from 1, no strict lane, no span, and what memory allows)");
    }
    return reserved;
  }

  /// Every bit of the answer depends on every bit of the number, of which many hashes use few.
  [[nodiscard]] static constexpr std::uint64_t mixed(std::uint64_t number) noexcept {
    number += 0x9e37'79b9'7f4a'7c15u;
    number = (number ^ (number >> 30)) * 0xbf58'476d'1ce4'e5b9u;
    number = (number ^ (number >> 27)) * 0x94d0'49bb'1331'11ebu;
    return number ^ (number >> 31);
  }

  [[nodiscard]] set_type& core() noexcept { return set_; }
  [[nodiscard]] typename set_type::port pop_port() noexcept { return {}; }
  [[nodiscard]] bucket_type& place_of(const Key& key) noexcept requires(Options.hand == 1) {
    return set_.at(bucket_of(key));
  }
  [[nodiscard]] hand_type place_of(const Key& key) noexcept requires(Options.hand > 1) { return {set_, hand_of(key)}; }

  set_type set_;
  std::uint64_t seed_;
};

/// fair_queue without exceptions: null and `error` set when it cannot be had.
template <class Key, queue_element T, fair_options Options = fair_options{}, class Cost = one_unit>
[[nodiscard]] std::unique_ptr<fair_queue<Key, T, Options, Cost>> make_fair_queue(fair_queue_config config,
                                                                                 std::error_code& error) noexcept {
  return fair_queue<Key, T, Options, Cost>::make(std::move(config), error);
}

}  // namespace tidegate
