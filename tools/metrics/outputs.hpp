// outputs.hpp: what is made from the table of metrics: alert rules, a dashboard, the page's table. Text, no files.
//
// Every metric is named by metric("..."), so that a name that the table does not have does not compile.
#pragma once

#include <chrono>
#include <string>

#include "tidegate/observe/metrics.hpp"

namespace tidegate::metrics {

/// Thresholds of the rules; the defaults are a place to begin.
struct rule_parameters {
  std::string prefix{default_metric_prefix};
  double saturation_warn = 0.70;
  std::chrono::seconds saturation_warn_for{600};
  double saturation_page = 0.95;
  std::chrono::seconds saturation_page_for{60};
  std::chrono::seconds time_to_full{300};
  std::chrono::seconds recovery{300};  ///< within which a backlog must be drained
  double reject_factor = 5;            ///< of the baseline, which is the last day
  std::chrono::seconds waiters_for{300};
  std::chrono::seconds age{30};  ///< how old an element may become
};

/// A rule file for Prometheus. Ends with a newline.
[[nodiscard]] std::string alert_rules(const rule_parameters& with);

/// A dashboard for Grafana, to be imported as JSON. Ends with a newline.
[[nodiscard]] std::string dashboard(const std::string& prefix);

/// The table as Markdown. Ends with a newline.
[[nodiscard]] std::string reference(const std::string& prefix);

}  // namespace tidegate::metrics
