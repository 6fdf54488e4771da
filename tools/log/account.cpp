#include "log/account.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"
#include "tidegate/base/config.hpp"

namespace tidegate::log {
namespace {

using pump::concat;
using pump::exit_code;
using pump::group_digits;
using pump::printable;

/// The segment whose end is torn; nullptr: none.
const segment_report* torn_segment(const log_recovery& found) {
  const auto torn = std::ranges::find(found.segments, segment_state::torn, &segment_report::state);
  return torn == found.segments.end() ? nullptr : &*torn;
}

std::string lost_text(const log_damage& damage) {
  if (damage.last_lost == 0) return concat("everything from seq ", group_digits(damage.first_lost), " on is lost");
  if (damage.last_lost < damage.first_lost) return "no record is known to be lost";
  const std::string first = concat("seq ", group_digits(damage.first_lost));
  return damage.first_lost == damage.last_lost ? concat(first, " is lost")
                                               : concat(first, " to ", group_digits(damage.last_lost), " are lost");
}

std::string counted(std::uint64_t count, std::string_view one) {
  return concat(group_digits(count), " ", one, count == 1 ? "" : "s");
}

nlohmann::ordered_json segment_json(const segment_report& segment) {
  return {
      {"path", printable(segment.path)},  {"state", to_string(segment.state)}, {"number", segment.number},
      {"first_seq", segment.first_seq},   {"records", segment.records},        {"file_bytes", segment.file_bytes},
      {"used_bytes", segment.used_bytes}, {"cut_bytes", segment.cut_bytes},    {"cut_records", segment.cut_records}};
}

nlohmann::ordered_json damage_json(const log_damage& damage) {
  return {{"path", printable(damage.path)},  {"offset", damage.offset},       {"bytes", damage.bytes},
          {"first_lost", damage.first_lost}, {"last_lost", damage.last_lost}, {"closed", damage.closed}};
}

nlohmann::ordered_json log_json(const named_log& log) {
  nlohmann::ordered_json object{{"name", printable(log.name)},       {"problem", complaint(log.found)},
                                {"records", log.found.records},      {"payload_bytes", log.found.payload_bytes},
                                {"first_seq", log.found.first_seq},  {"next_seq", log.found.next_seq},
                                {"cut_bytes", log.found.cut_bytes()}};
  object["segments"] = nlohmann::ordered_json::array();
  for (const segment_report& segment : log.found.segments) object["segments"].push_back(segment_json(segment));
  object["damage"] = nlohmann::ordered_json::array();
  for (const log_damage& damage : log.found.damage) object["damage"].push_back(damage_json(damage));
  return object;
}

}  // namespace

exit_code judge(const log_recovery& found) {
  const std::error_code error = found.error;
  if (!error) return torn_segment(found) != nullptr ? exit_code::lost : exit_code::done;
  const bool failed_check = error == log_errc::corrupt || error == log_errc::double_segment ||
                            error == log_errc::order_of_numbers || error == log_errc::record_too_large ||
                            error == std::errc::io_error || error == std::errc::no_space_on_device;
  return failed_check ? exit_code::lost : exit_code::unusable;
}

std::string complaint(const log_recovery& found) {
  if (found.error) return printable(found.problem);
  const segment_report* const torn = torn_segment(found);
  if (torn == nullptr) return {};
  std::string line = concat(printable(torn->path), ": offset ", std::to_string(torn->used_bytes), ": torn tail of ",
                            counted(torn->cut_bytes, "byte"));
  if (torn->cut_records > 0) line += concat(", ", counted(torn->cut_records, "record"), " in it were never durable");
  return line;
}

std::string headline(const named_log& log) {
  const log_recovery& found = log.found;
  std::string line = concat(printable(log.name), ": ", counted(found.records, "record"), " (",
                            group_digits(found.payload_bytes), " bytes)");
  if (found.records > 0) {
    line += concat(", seq ", group_digits(found.first_seq), " to ", group_digits(found.next_seq - 1));
  }
  return line + concat(", ", counted(found.segments.size(), "segment"), "\n");
}

std::string segment_lines(const log_recovery& found) {
  std::string lines;
  for (const segment_report& segment : found.segments) {
    lines +=
        concat("  ", printable(segment.path), "  ", to_string(segment.state), ", ", counted(segment.records, "record"),
               ", ", group_digits(segment.used_bytes), " of ", counted(segment.file_bytes, "byte"), "\n");
  }
  return lines;
}

std::string damage_lines(const log_recovery& found) {
  std::string lines;
  for (const log_damage& damage : found.damage) {
    if (damage.first_lost == 0) {
      lines += concat("  ", printable(damage.path), ": given up, what it held is lost\n");
      continue;
    }
    lines += concat("  ", printable(damage.path), ": offset ", std::to_string(damage.offset), ": ",
                    counted(damage.bytes, "byte"), damage.closed ? " closed by salvage, " : " damaged, ",
                    lost_text(damage), "\n");
  }
  return lines;
}

std::string to_json(const char* command, const std::vector<named_log>& logs, exit_code code) {
  nlohmann::ordered_json object;
  object["command"] = command;
  object["version"] = concat(std::to_string(TIDEGATE_VERSION_MAJOR), ".", std::to_string(TIDEGATE_VERSION_MINOR), ".",
                             std::to_string(TIDEGATE_VERSION_PATCH));
  object["exit_code"] = static_cast<int>(code);
  object["logs"] = nlohmann::ordered_json::array();
  for (const named_log& log : logs) object["logs"].push_back(log_json(log));
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tidegate::log
