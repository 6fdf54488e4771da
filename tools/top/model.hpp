// model.hpp: what `tidegate top` knows: the last sample of each process, as values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "counters/watched.hpp"
#include "tidegate/observe/counters_reader.hpp"

namespace tidegate::top {

struct process_view {
  std::string path;
  std::string problem = {};  ///< why nothing newer is known; empty: all is well
  counters_process writer = {};
  std::vector<counters::watched> rows = {};
  std::uint64_t left_out = 0;
  std::optional<std::uint64_t> max_bytes = {};       ///< of all rows, in the worst case
  std::optional<std::uint64_t> resident_bytes = {};  ///< of the process; nothing when it is not to be had
};

struct model {
  std::vector<process_view> processes;
};

/// Reads files again and again; a process that has gone stays as it was, with a problem.
class watcher {
 public:
  /// These paths; none: every living process of this user, also those that come later. Throws pump::failure.
  explicit watcher(std::vector<std::string> paths);

  /// Looks once. The first look throws pump::failure when there is nothing to show.
  const model& look();

 private:
  void find_new();
  void look_at(process_view& process);

  bool follow_all_;
  bool first_ = true;
  model model_;
};

}  // namespace tidegate::top
