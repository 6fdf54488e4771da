#include "counters/locate.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/printable.hpp"
#include "tidegate/observe/counters_file.hpp"

namespace tidegate::counters {
namespace {

using pump::concat;

std::vector<std::string> names_in(const std::string& folder) {
  std::error_code error;
  auto names = list_counters(folder, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    pump::refuse(concat(folder, ": ", error.message(), "; accepted: the path of a counters file"));
  }
  return names;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// NAME of NAME.PID.
std::string_view without_pid(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && is_number(name.substr(dot + 1)) ? name.substr(0, dot) : name;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + pump::printable(name);
  return all;
}

/// Those whose process lives, if there are any.
std::vector<std::string> prefer_living(const std::string& folder, std::vector<std::string> names) {
  std::vector<std::string> living;
  for (const std::string& name : names) {
    const counters_snapshot seen = read_counters(folder + "/" + name);
    if (!seen.error && seen.writer.state != writer_state::gone) living.push_back(name);
  }
  return living.empty() ? std::move(names) : living;
}

}  // namespace

std::vector<located> all_there_are() {
  const std::string folder = counters_folder();
  std::vector<located> all;
  for (const std::string& name : names_in(folder)) {
    std::string path = concat(folder, "/", name);
    counters_snapshot seen = read_counters(path);
    if (!seen.error) all.push_back({std::move(path), std::move(seen)});
  }
  return all;
}

std::string resolve(const std::string& argument) {
  const bool number = is_number(argument);
  if (argument.find('/') != std::string::npos) return argument;
  if (!number && ::access(argument.c_str(), F_OK) == 0) return argument;
  const std::string folder = counters_folder();
  std::vector<std::string> names = names_in(folder);
  std::erase_if(names, [&](const std::string& name) {
    return name != argument && (number ? !name.ends_with("." + argument) : without_pid(name) != argument);
  });
  names = prefer_living(folder, std::move(names));
  if (names.size() == 1) return concat(folder, "/", names.front());
  if (names.empty()) {
    pump::refuse(concat("'", argument, "' publishes no counters in ", folder,
                        "; accepted: a path, the number of a process, or a name that `tidegate stat --list` shows"));
  }
  pump::refuse(concat("'", argument, "' is said by several; accepted: one of ", joined(names)));
}

void refuse_nothing() {
  pump::refuse(concat("no process publishes counters in ", counters_folder(),
                      "; accepted: the path of a counters file, as made by `tidegate pump --counters PATH`"));
}

}  // namespace tidegate::counters
