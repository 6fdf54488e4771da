// client_throttle: a client that is refused often asks less often, so that the server need not spend its time refusing.
//
// Over a sliding window requests that were wanted and answers that were accepted are counted. A request is refused
// here, before it is sent, with probability max(0, (requests - k * accepted) / (requests + 1)). With k = 2 the server
// is asked for about twice of what it accepts; what is refused here counts as wanted, so that the throttle opens when
// the server accepts again: some requests always go through.
//
// Threads: any number.  Progress: lock-free; a request reads 16 counters and changes one.  Chance comes from the
// caller, see flow/random.hpp.
// Origin: Beyer et al., "Site Reliability Engineering", 2016, chapter 21 (client-side throttling).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"
#include "tidegate/flow/random.hpp"

namespace tidegate {

struct client_throttle_config {
  double k = 2;  ///< requests that are sent for each one that is accepted; from 1
  std::chrono::nanoseconds window = std::chrono::minutes(2);
};

namespace detail {

/// The counts of one part of the window: its epoch (16 bits), accepted (24), requests (24). Counts stay at their most.
struct throttle_word {
  static constexpr unsigned accepted_at = 24;
  static constexpr unsigned epoch_at = 48;
  static constexpr std::uint64_t count_mask = (std::uint64_t{1} << 24) - 1;
  static constexpr std::uint64_t epoch_mask = 0xffff;
  static constexpr std::uint64_t one_request = 1;
  static constexpr std::uint64_t one_accepted = std::uint64_t{1} << accepted_at;

  [[nodiscard]] static constexpr std::uint64_t epoch_of(std::uint64_t word) noexcept { return word >> epoch_at; }
  [[nodiscard]] static constexpr double requests_of(std::uint64_t word) noexcept {
    return static_cast<double>(word & count_mask);
  }
  [[nodiscard]] static constexpr double accepted_of(std::uint64_t word) noexcept {
    return static_cast<double>(word >> accepted_at & count_mask);
  }
  /// One more of either, in that epoch: counts of another one are over.
  [[nodiscard]] static constexpr std::uint64_t with(std::uint64_t word, std::uint64_t epoch,
                                                    std::uint64_t one) noexcept {
    const std::uint64_t so_far = epoch_of(word) == epoch ? word : epoch << epoch_at;
    return (so_far & one * count_mask) == one * count_mask ? so_far : so_far + one;
  }
};

}  // namespace detail

template <class Sync = native_sync>
class client_throttle {
 public:
  using time_point = deadline::time_point;

  explicit client_throttle(client_throttle_config config = {})
      : k_(config.k), bucket_span_(config.window / static_cast<std::int64_t>(buckets)) {
    detail::require(config.k >= 1 && config.k <= 1000, "client_throttle: k is not from 1 to 1000");
    detail::require(bucket_span_.count() > 0, "client_throttle: window is below 16 ns");
  }
  client_throttle(const client_throttle&) = delete;
  client_throttle& operator=(const client_throttle&) = delete;

  /// A request is wanted: true if it may be sent.
  template <random_source Random>
  [[nodiscard]] bool admits(Random&& random, time_point now = Sync::now()) noexcept(noexcept(random())) {
    const double refused_share = refusal_probability(now);
    count(word::one_request, now);
    if (refused_share <= 0 || static_cast<double>(random()) >= refused_share) return true;
    refused_.add();
    return false;
  }

  /// The server has accepted a request.
  void accepted(time_point now = Sync::now()) noexcept { count(word::one_accepted, now); }

  /// What share of the requests is refused here. Observation.
  [[nodiscard]] double refusal_probability(time_point now = Sync::now()) const noexcept {
    const std::uint64_t epoch = epoch_of(now);
    double requests = 0;
    double accepted = 0;
    for (const auto& bucket : counts_) {
      const std::uint64_t counts = bucket.load(order::relaxed);  // observation
      if (((epoch - word::epoch_of(counts)) & word::epoch_mask) >= buckets) continue;
      requests += word::requests_of(counts);
      accepted += word::accepted_of(counts);
    }
    const double share = (requests - k_ * accepted) / (requests + 1);
    return share > 0 ? share : 0;
  }

  [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_.read(); }

 private:
  using word = detail::throttle_word;
  static constexpr std::size_t buckets = 16;

  [[nodiscard]] std::uint64_t epoch_of(time_point now) const noexcept {
    return static_cast<std::uint64_t>(detail::elapsed(began_, now) / bucket_span_) & word::epoch_mask;
  }

  void count(std::uint64_t one, time_point now) noexcept {
    const std::uint64_t epoch = epoch_of(now);
    auto& bucket = counts_[epoch % buckets];
    std::uint64_t counts = bucket.load(order::relaxed);  // counters guard no data
    // relaxed: as above
    while (!bucket.compare_exchange_weak(counts, word::with(counts, epoch, one), order::relaxed, order::relaxed)) {
    }
  }

  const double k_;
  const std::chrono::nanoseconds bucket_span_;
  const time_point began_ = Sync::now();
  std::array<typename Sync::template atomic<std::uint64_t>, buckets> counts_{};
  detail::tally<Sync> refused_;
};

}  // namespace tidegate
