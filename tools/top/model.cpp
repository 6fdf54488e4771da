#include "top/model.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "counters/locate.hpp"
#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::top {
namespace {

std::optional<std::uint64_t> resident_bytes(std::uint32_t pid) {
  std::ifstream file(pump::concat("/proc/", std::to_string(pid), "/statm"));
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (!(file >> all >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

watcher::watcher(std::vector<std::string> paths) : follow_all_(paths.empty()) {
  for (std::string& path : paths) model_.processes.push_back({.path = std::move(path)});
}

void watcher::find_new() {
  for (counters::located& each : counters::all_there_are()) {
    const bool known = std::ranges::find(model_.processes, each.path, &process_view::path) != model_.processes.end();
    if (!known && each.seen.writer.state != writer_state::gone) {
      model_.processes.push_back({.path = std::move(each.path)});
    }
  }
}

void watcher::look_at(process_view& process) {
  const counters_snapshot seen = read_counters(process.path);
  if (seen.error) {
    if (first_) throw pump::failure(pump::exit_code::unusable, seen.problem + "; accepted: a counters file");
    const bool ended = seen.error == std::errc::no_such_file_or_directory;
    process.problem = ended ? "ended" : seen.error.message();
    process.writer.state = writer_state::gone;
    process.resident_bytes.reset();
    return;
  }
  process.problem.clear();
  process.writer = seen.writer;
  process.rows = counters::watched_of(seen);
  process.left_out = seen.left_out;
  process.max_bytes = counters::total_max_bytes(process.rows);
  process.resident_bytes.reset();
  if (seen.writer.state == writer_state::alive) process.resident_bytes = resident_bytes(seen.writer.pid);
}

const model& watcher::look() {
  if (follow_all_) find_new();
  if (first_ && model_.processes.empty()) counters::refuse_nothing();
  for (process_view& process : model_.processes) look_at(process);
  if (follow_all_ && model_.processes.size() > 1) {  // whoever has ended goes, the last one stays to be read
    std::erase_if(model_.processes, [](const process_view& each) { return each.problem == "ended"; });
  }
  first_ = false;
  return model_;
}

}  // namespace tidegate::top
