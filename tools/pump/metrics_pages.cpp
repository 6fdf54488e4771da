#include "pump/metrics_pages.hpp"

#include <chrono>
#include <vector>

#include "pump/concat.hpp"
#include "tidegate/observe/metrics.hpp"

namespace tidegate::pump {
namespace {

std::string metrics_of(watched_run& of) {
  const std::vector<pressure> all = of.sampler().read();
  metric_source from{.watched = all,
                     .readiness = of.ready().state(),
                     .readiness_transitions = of.ready().transitions(),
                     .inventory_bytes = of.things().inventory().total_bytes};
  if (!all.empty()) from.sample_age = std::chrono::steady_clock::now() - all.front().at;
  return to_prometheus(collect_metrics(from));
}

metrics_endpoint::readiness_page readiness_of(watched_run& of) {
  readiness& now = of.ready();
  const readiness_state state = now.state();
  std::string text(to_string(state));
  if (state != readiness_state::ready) text += concat(": ", to_string(now.reason()));
  if (state != readiness_state::not_ready) return {text + "\n"};
  return {text + "\n", now.retry_after()};
}

}  // namespace

metrics_endpoint::pages pages_of(watched_run& of) {
  return {.metrics = [&of] { return metrics_of(of); },
          .inventory = [&of] { return of.things().inventory().to_json() + "\n"; },
          .readiness = [&of] { return readiness_of(of); }};
}

}  // namespace tidegate::pump
