#include "pump/open_counters.hpp"

#include <string_view>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/watched_run.hpp"

namespace tidegate::pump {
namespace {

std::string reason(const std::error_code& error) {
  if (error == std::errc::file_exists) return "is there, and is no counters file";
  if (error == std::errc::device_or_resource_busy) return "a living process publishes there";
  return error.message();
}

}  // namespace

std::unique_ptr<counters_file> open_counters(const std::string& where) {
  std::error_code error;
  const std::string path = where == "auto" ? default_counters_path("pump", error) : where;
  if (error) {
    refuse(concat("--counters auto: ", counters_folder(), ": ", error.message(),
                  "; accepted: a folder there that is this user's alone, or --counters PATH"));
  }
  auto file = counters_file::make({.path = path, .period = watched_run::default_period}, error);
  if (!file) {
    refuse(concat("--counters '", path, "': ", reason(error),
                  "; accepted: a path that is free, or what a dead process has published there"));
  }
  return file;
}

}  // namespace tidegate::pump
