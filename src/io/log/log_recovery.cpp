#include "tidegate/io/log_recovery.hpp"

#include <algorithm>
#include <utility>

#include "io/log/log_format.hpp"
#include "io/log/log_lock.hpp"
#include "io/log/log_repair.hpp"
#include "io/log/log_walk.hpp"
#include "io/log/segment_files.hpp"

namespace tidegate {

namespace {

class log_error_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tidegate.log"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<log_errc>(code)) {
      case log_errc::corrupt: return "the log is corrupt";
      case log_errc::no_log: return "no such log";
      case log_errc::bad_name: return "a log's name has letters, digits, '_', '-' and '.', and no '.' first";
      case log_errc::not_a_file: return "not a regular file";
      case log_errc::newer_version: return "written by a newer version of tidegate";
      case log_errc::double_segment: return "two segments have the same number";
      case log_errc::order_of_numbers: return "segments do not follow one another in the order of their numbers";
      case log_errc::in_use: return "another process writes or recovers this log";
      case log_errc::record_too_large: return "the record is larger than the reader allows";
    }
    return "unknown log error";
  }
};

}  // namespace

const std::error_category& log_category() noexcept {
  static const log_error_category category;
  return category;
}

log_recovery examine_log(const log_location& log, recovery_policy policy) {
  const detail::held_log seen = detail::view_log(log, policy);
  if (seen.refused()) return detail::account_for(seen, {});
  detail::segment_files files;
  detail::log_walk walk(files, seen.log, {.damage = policy});
  while (walk.next() < read_status::end) {
  }
  return detail::account_for(seen, std::move(walk.report()));
}

log_recovery recover_log(const log_location& log, recovery_policy policy) {
  const detail::held_log held = detail::hold_log(log, policy);
  detail::segment_files files;
  return detail::recover_held(files, held, policy);
}

std::vector<std::string> log_names(const std::string& directory, std::error_code& error) {
  detail::segment_files files;
  std::vector<std::string> names;
  error = files.list(directory, names);
  std::vector<std::string> logs;
  for (const std::string& file : names) {
    if (auto name = detail::parse_file_name(file)) logs.push_back(std::move(name->log));
  }
  std::ranges::sort(logs);
  logs.erase(std::unique(logs.begin(), logs.end()), logs.end());
  return logs;
}

}  // namespace tidegate
