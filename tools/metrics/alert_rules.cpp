#include <cstdio>

#include "metrics/outputs.hpp"
#include "pump/concat.hpp"

namespace tidegate::metrics {
namespace {

using pump::concat;

/// "5m", "1h30m", "45s".
std::string duration(std::chrono::seconds span) {
  const auto total = span.count();
  std::string text;
  if (total >= 3600) text += concat(std::to_string(total / 3600), "h");
  if (total % 3600 >= 60) text += concat(std::to_string(total % 3600 / 60), "m");
  if (total % 60 > 0 || text.empty()) text += concat(std::to_string(total % 60), "s");
  return text;
}

std::string number(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.12g", value);
  return digits;
}

struct alert {
  std::string name;
  std::string expression;  // lines
  std::chrono::seconds after;
  const char* severity;
  std::string summary;
  std::string description;
};

/// Each line behind as many blanks.
std::string indented(std::size_t blanks, const std::string& lines) {
  std::string text(blanks, ' ');
  for (const char each : lines) {
    text += each;
    if (each == '\n') text.append(blanks, ' ');
  }
  return text;
}

std::string to_yaml(const alert& of) {
  std::string text = concat("      - alert: ", of.name, "\n        expr: |\n", indented(10, of.expression), "\n");
  if (of.after.count() > 0) text += concat("        for: ", duration(of.after), "\n");
  text += concat("        labels:\n          severity: ", of.severity, "\n");
  text += concat("        annotations:\n          summary: \"", of.summary, "\"\n");
  return text + concat("          description: |\n", indented(12, of.description), "\n");
}

/// Builds the alerts for one set of parameters.
class rules {
 public:
  explicit rules(const rule_parameters& with) : with_(with) {}

  [[nodiscard]] std::string text() const {
    std::string all =
        "# Alert rules for tidegate, made by `tidegate metrics rules`; thresholds are options of that command.\n"
        "groups:\n  - name: tidegate\n    rules:\n";
    for (const alert& each : {fills_up(), full(), saturated(), drains_slowly(), too_old(), slow(), rejects(), waiters(),
                              sink_stalled(), records_lost(), not_ready(), stale()}) {
      all += to_yaml(each);
    }
    return all;
  }

 private:
  [[nodiscard]] std::string name(const metric_family& of) const { return concat(with_.prefix, of.name); }

  [[nodiscard]] alert fills_up() const {
    return {"TidegateQueueFillsUp",
            concat(name(metric("queue_lag_slope")), "\n  > 3 * ", name(metric("queue_lag_slope_stderr")), "\nand ",
                   name(metric("queue_time_to_full_seconds")), " < ", std::to_string(with_.time_to_full.count())),
            {},
            "page",
            "Queue {{ $labels.queue }} grows by {{ $value | humanize }} a second and will soon be full",
            "More arrives than leaves, beyond doubt (three standard errors). Nothing has been lost yet:\n"
            "add capacity behind the queue, or shed load in front of it, before it is full."};
  }

  [[nodiscard]] alert full() const {
    return {"TidegateQueueFull",
            concat(name(metric("queue_saturation_ratio")), " > ", number(with_.saturation_page)),
            with_.saturation_page_for,
            "page",
            "Queue {{ $labels.queue }} is {{ $value | humanizePercentage }} full",
            "Its overflow policy is at work: producers wait, or elements are refused or dropped."};
  }

  [[nodiscard]] alert saturated() const {
    return {"TidegateQueueSaturated",
            concat(name(metric("queue_saturation_ratio")), " > ", number(with_.saturation_warn)),
            with_.saturation_warn_for,
            "warn",
            "Queue {{ $labels.queue }} stays {{ $value | humanizePercentage }} full",
            "No room is left for bursts. A queue that stays full only adds latency: see the drain rate."};
  }

  [[nodiscard]] alert drains_slowly() const {
    return {"TidegateQueueDrainsSlowly",
            concat(name(metric("queue_drain_time_seconds")), " > ", std::to_string(with_.recovery.count())),
            std::chrono::seconds(60),
            "warn",
            "Queue {{ $labels.queue }} needs {{ $value | humanizeDuration }} to drain",
            concat("Even if nothing more arrived, the backlog would outlast the ", duration(with_.recovery),
                   " allowed for recovery.")};
  }

  [[nodiscard]] alert too_old() const {
    return {"TidegateQueueTooOld",
            concat(name(metric("queue_oldest_age_seconds")), " > ", std::to_string(with_.age.count())),
            std::chrono::seconds(60),
            "page",
            "The oldest element in queue {{ $labels.queue }} has waited for {{ $value | humanizeDuration }}",
            "Whoever waits for an answer may have given up: the work that is done may be useless."};
  }

  [[nodiscard]] alert slow() const {
    return {"TidegateQueueSlow",
            concat(name(metric("queue_sojourn_seconds")), "{quantile=\"0.99\"} > ", std::to_string(with_.age.count())),
            std::chrono::seconds(300),
            "page",
            "1 % of the elements stay in queue {{ $labels.queue }} for {{ $value | humanizeDuration }} or longer",
            "This is the last of the signals to come: only what has left again can be measured."};
  }

  [[nodiscard]] std::string reject_ratio(const char* window, const char* offset) const {
    const auto rate = [&](const metric_family& of) {
      return concat("sum by (job, instance, queue) (rate(", name(of), "[", window, "]", offset, "))");
    };
    const std::string rejected = rate(metric("queue_rejected_total"));
    return concat("(\n  ", rejected, "\n  / (", rejected, "\n     + ", rate(metric("queue_pushed_total")), ")\n)");
  }

  [[nodiscard]] alert rejects() const {
    return {"TidegateQueueRejects",
            concat(reject_ratio("5m", ""), " > 0.001\nunless\n", reject_ratio("5m", ""),
                   "\n<= ", number(with_.reject_factor), " *\n", reject_ratio("1d", " offset 5m")),
            std::chrono::seconds(60),
            "warn",
            "Queue {{ $labels.queue }} refuses {{ $value | humanizePercentage }} of what is offered",
            concat("More than ", number(with_.reject_factor), " times as much as in the last day.")};
  }

  [[nodiscard]] alert waiters() const {
    return {"TidegateLimiterWaiters",
            concat(name(metric("limiter_waiters")), " > 0"),
            with_.waiters_for,
            "warn",
            "{{ $value }} threads wait for a permit of {{ $labels.limiter }}",
            "All permits have been in use all the time: what they guard is too slow, or too few are allowed."};
  }

  [[nodiscard]] alert sink_stalled() const {
    return {"TidegateSinkStalled",
            concat(name(metric("sink_stalled")), " == 1"),
            std::chrono::seconds(60),
            "page",
            "The peer of sink {{ $labels.sink }} takes nothing",
            "What is in flight stays, and the pressure reaches the queue before the sink."};
  }

  [[nodiscard]] alert records_lost() const {
    return {"TidegateSinkLosesRecords",
            concat("increase(", name(metric("sink_lost_records_total")), "[5m]) > 0"),
            {},
            "page",
            "Sink {{ $labels.sink }} has lost records ({{ $labels.reason }})",
            "They were accepted and will not be delivered."};
  }

  [[nodiscard]] alert not_ready() const {
    return {"TidegateNotReady",
            concat(name(metric("readiness_state")), "{state=\"not_ready\"} == 1"),
            std::chrono::seconds(300),
            "warn",
            "{{ $labels.instance }} has not been ready for five minutes",
            "It is alive; its backlog is older, or needs longer to drain, than it may."};
  }

  [[nodiscard]] alert stale() const {
    return {"TidegateSampleStale",
            concat(name(metric("sample_age_seconds")), " > 30"),
            std::chrono::seconds(60),
            "warn",
            "The numbers of {{ $labels.instance }} are {{ $value | humanizeDuration }} old",
            "The sampler does not run: what the other alerts look at stands still."};
  }

  const rule_parameters& with_;
};

}  // namespace

std::string alert_rules(const rule_parameters& with) {
  require_metric_prefix(with.prefix);
  return rules(with).text();
}

}  // namespace tidegate::metrics
