#include "lab/policy.hpp"

#include <array>

#include "lab/policies.hpp"
#include "lab/streams.hpp"
#include "tidegate/flow/limits/aimd.hpp"
#include "tidegate/flow/limits/gradient2.hpp"
#include "tidegate/flow/limits/vegas.hpp"

namespace tidegate::lab {
namespace {

constexpr lane_options shared_lanes{.wait = wait_kind::park, .check_roles = false};
using two_lanes = lane_queue<job, 2, shared_lanes, one_unit, lab_sync>;
using tenants =
    fair_queue<std::uint32_t, job, fair_options{.buckets = shared_lanes}, one_unit, std::hash<std::uint32_t>, lab_sync>;

std::unique_ptr<policy> make_lanes(const row& of) {
  const policy_spec& how = of.policy;
  const auto lane = [&how](std::size_t i) {
    return lane_config{.capacity = how.capacity, .weight = how.weights.at(i)};
  };
  lane_queue_config<2> config{.lanes = {lane(0), lane(1)}};
  if (how.strict) config.all.strict = {.lane = *how.strict, .in_a_row = strict_lane::unlimited};
  return std::make_unique<sorted_policy<two_lanes>>(config);
}

std::unique_ptr<policy> make_adaptive(const row& of) {
  const limit_range range{.first = of.policy.permits, .least = of.workers};
  switch (of.policy.algorithm) {
    case limit_kind::aimd:
      return std::make_unique<adaptive_policy<aimd_limit>>(
          of, aimd_limit({.range = range, .timeout = from_seconds(of.policy.target_s)}));
    case limit_kind::vegas: return std::make_unique<adaptive_policy<vegas_limit>>(of, vegas_limit({.range = range}));
    case limit_kind::gradient2: break;
  }
  return std::make_unique<adaptive_policy<gradient2_limit>>(of, gradient2_limit({.range = range}));
}

}  // namespace

std::unique_ptr<policy> make_policy(const row& of) {
  switch (of.policy.kind) {
    case policy_kind::unbounded: return std::make_unique<unbounded_policy>();
    case policy_kind::reject: return std::make_unique<rejecting>(of);
    case policy_kind::block: return std::make_unique<queue_policy<overflow_kind::block>>(of);
    case policy_kind::drop_oldest: return std::make_unique<queue_policy<overflow_kind::drop_oldest>>(of);
    case policy_kind::expire:
    case policy_kind::refuse_late: return std::make_unique<expiring_policy>(of);
    case policy_kind::codel: return std::make_unique<codel_policy>(of);
    case policy_kind::adaptive_lifo: return std::make_unique<lifo_policy>(of);
    case policy_kind::reserve_first: return std::make_unique<reserving_policy>(of);
    case policy_kind::check_then_act: return std::make_unique<checking_policy>(of);
    case policy_kind::lanes: return make_lanes(of);
    case policy_kind::fair:
      return std::make_unique<sorted_policy<tenants>>(
          fair_queue_config{.buckets = of.policy.buckets, .capacity = of.policy.capacity, .seed = of.seed});
    case policy_kind::adaptive: return make_adaptive(of);
    case policy_kind::stream_sink:
    case policy_kind::socket_buffer: return make_stream_policy(of);
    case policy_kind::pool: break;
  }
  return std::make_unique<pool_policy>(of);
}

}  // namespace tidegate::lab
