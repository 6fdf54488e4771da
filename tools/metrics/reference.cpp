#include "metrics/outputs.hpp"
#include "pump/concat.hpp"

namespace tidegate::metrics {

std::string reference(const std::string& prefix) {
  require_metric_prefix(prefix);
  std::string text = "| name | type | unit | labels | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const metric_family& each : metric_table) {
    std::string labels;
    for (const std::string_view label : each.labels) {
      if (!label.empty()) labels += pump::concat(labels.empty() ? "`" : ", `", label, "`");
    }
    text += pump::concat("| `", prefix, each.name, "` | ", to_string(each.type), " | ", each.unit, " | ", labels, " | ",
                         each.help, " |\n");
  }
  return text;
}

}  // namespace tidegate::metrics
