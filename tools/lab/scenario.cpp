#include "lab/scenario.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::lab {
namespace {

std::size_t divided(std::size_t number, double k) {
  if (number == 0) return 0;
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(static_cast<double>(number) / k)));
}

/// Of what is inside, the part that is worked on stays.
std::size_t divided_beyond(std::size_t number, std::size_t workers, double k) {
  return number <= workers ? number : workers + divided(number - workers, k);
}

}  // namespace

double row::load_ends_s() const noexcept {
  double latest = 0;
  for (const flow& each : flows) {
    double ends = 0;
    for (const phase& one : each.phases) ends += one.span_s;
    latest = std::max(latest, ends);
  }
  return latest;
}

bool row::needs_real_time() const noexcept {
  return policy.kind == policy_kind::stream_sink || policy.kind == policy_kind::socket_buffer;
}

double row::rate_at(double at_s) const noexcept {
  double sum = 0;
  for (const flow& each : flows) {
    double begins = 0;
    for (const phase& one : each.phases) {
      if (at_s >= begins && at_s < begins + one.span_s) sum += one.per_second;
      begins += one.span_s;
    }
  }
  return sum;
}

double expected_span_s(const row& of) noexcept {
  if (of.ends_s) return *of.ends_s;
  double depth = 0;
  const double ends_s = of.load_ends_s();
  constexpr double step_s = 0.1;
  for (double at_s = 0; at_s < ends_s; at_s += step_s) {
    depth = std::max(0.0, depth + (of.rate_at(at_s) - of.drain_per_second()) * step_s);
  }
  return of.policy.kind == policy_kind::unbounded ? ends_s + depth / of.drain_per_second() : ends_s;
}

row scaled(row whole, double k) {
  if (k == 1) return whole;
  for (flow& each : whole.flows) {
    for (phase& one : each.phases) one.per_second /= k;
  }
  whole.service_s *= k;
  whole.policy.margin_s *= k;
  whole.normal_s *= k;                                                  // normal is a few services
  const bool in_bytes = whole.policy.kind == policy_kind::stream_sink;  // of which a record needs as many as before
  if (!in_bytes) whole.policy.capacity = divided(whole.policy.capacity, k);
  whole.policy.permits = divided_beyond(whole.policy.permits, whole.workers, k);
  return whole;
}

}  // namespace tidegate::lab
