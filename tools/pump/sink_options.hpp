// sink_options.hpp: the options that only sinks have: more of them, eviction, and what a log is told.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pump/options.hpp"

namespace CLI {
class App;
}

namespace tidegate::pump {

class sink_options {
 public:
  void add_to(CLI::App& app);

  /// `sink`: the last argument. Throws failure for values that are not accepted, and for options that no sink heeds.
  void into(const std::string& sink, options& wanted) const;

 private:
  void sinks_into(const std::string& sink, options& wanted) const;
  void log_into(options& wanted) const;
  void refuse_without_log() const;
  [[nodiscard]] static sync_policy policy(const std::string& text);

  std::vector<std::string> tees_;
  std::optional<std::string> evict_stuck_, sync_, engine_, failover_, on_disk_full_;
};

}  // namespace tidegate::pump
