#include "pump/report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "pump/concat.hpp"
#include "pump/deal.hpp"
#include "pump/printable.hpp"
#include "pump/sink_text.hpp"
#include "pump/units.hpp"
#include "tidegate/base/config.hpp"

namespace tidegate::pump {
namespace {

using term = std::pair<const char*, tally ledger::*>;
constexpr std::array<term, 9> terms{{{"delivered", &ledger::delivered},
                                     {"filtered", &ledger::filtered},
                                     {"dropped", &ledger::dropped},
                                     {"rejected", &ledger::rejected},
                                     {"sampled", &ledger::sampled},
                                     {"evicted", &ledger::evicted},
                                     {"expired", &ledger::expired},
                                     {"timed_out", &ledger::timed_out},
                                     {"undelivered", &ledger::undelivered}}};

std::string identity(const ledger& account, std::uint64_t tally::*unit) {
  std::string line = concat("offered ", group_digits(account.offered.*unit));
  const char* joint = " = ";
  for (const auto& [name, member] : terms) {
    line += concat(std::exchange(joint, " + "), name, " ", group_digits((account.*member).*unit));
  }
  return line + "\n";
}

std::string verdict(const report& of) {
  if (!of.balanced()) return "does NOT balance";
  if (of.unfinished.bytes == 0) return "balanced";
  return concat("balanced; ", group_digits(of.unfinished.bytes),
                " bytes read never made a whole record and were not offered");
}

std::string stay(const report& of, const options& wanted) {
  if (!of.residence_p99) return "no record was in the queue";
  return concat("p99 ", format_duration(*of.residence_p99), " in the queue, from ", group_digits(of.residence_samples),
                of.residence_samples == 1 ? " record sampled" : " records sampled",
                wanted.record_deadline ? concat("; at most ", format_duration(*wanted.record_deadline)) : "");
}

std::string work(const report& of, const options& wanted) {
  std::string line = std::to_string(wanted.workers);
  if (wanted.work.pattern) {
    line += concat("; --grep took ", group_digits(of.account.filtered.records), " of ",
                   group_digits(of.account.offered.records), " records out");
  }
  if (wanted.work.hash) line += concat("; --hash added ", group_digits(of.added_bytes), " bytes");
  return line;
}

std::string policy(const options& wanted) {
  std::string text = to_string(wanted.overflow);
  if (wanted.overflow == overflow_policy::sample) text += concat(":", std::to_string(wanted.sample_every));
  return text;
}

/// What the kept records stand for.
std::string weights(const report& of) {
  const std::uint64_t kept = of.account.offered.records - of.account.sampled.records;
  return concat(group_digits(kept), " records kept, which stand for ", group_digits(of.kept_weight), "; ",
                group_digits(of.unrepresented), " at the end have none that stands for them");
}

nlohmann::ordered_json sampling_json(const report& of, const options& wanted) {
  if (wanted.overflow != overflow_policy::sample) return nullptr;
  return {{"every", wanted.sample_every}, {"kept_weight", of.kept_weight}, {"unrepresented", of.unrepresented}};
}

std::string lane_shares(const report& of, const options& wanted) {
  std::string line;
  const std::vector<lane> lanes = lanes_of(wanted);
  for (std::size_t i = 0; i < std::min(lanes.size(), of.taken_by_lane.size()); ++i) {
    line += concat(i == 0 ? "" : "; ", printable(lanes[i].source->text), " weight ", std::to_string(lanes[i].weight),
                   ": ", group_digits(of.taken_by_lane[i]), " records");
  }
  return line;
}

nlohmann::ordered_json lanes_json(const report& of, const options& wanted) {
  auto all = nlohmann::ordered_json::array();
  const std::vector<lane> lanes = lanes_of(wanted);
  for (std::size_t i = 0; i < std::min(lanes.size(), of.taken_by_lane.size()); ++i) {
    all.push_back({{"source", lanes[i].source->text}, {"weight", lanes[i].weight}, {"taken", of.taken_by_lane[i]}});
  }
  return all;
}

/// Null: no limit.
nlohmann::ordered_json max_waiters_json(const options& wanted) {
  return wanted.max_waiters == queue_config::any_number ? nullptr : nlohmann::ordered_json(wanted.max_waiters);
}

nlohmann::ordered_json identity_json(const ledger& account, std::uint64_t tally::*unit) {
  nlohmann::ordered_json object{{"offered", account.offered.*unit}};
  for (const auto& [name, member] : terms) object[name] = (account.*member).*unit;
  return object;
}

nlohmann::ordered_json seconds_or_null(const std::optional<std::chrono::nanoseconds>& span) {
  return span ? nlohmann::ordered_json(seconds_of(*span)) : nullptr;
}

nlohmann::ordered_json queue_json(const report& of, const options& wanted) {
  return {{"capacity", of.queue.capacity},
          {"capacity_bytes", wanted.capacity_bytes},
          {"overflow", to_string(wanted.overflow)},
          {"max_waiters", max_waiters_json(wanted)},
          {"pushed", of.queue.pushed},
          {"popped", of.queue.popped},
          {"push_waits", of.queue.push_waits},
          {"push_wait_seconds", seconds_of(of.queue.push_wait_time)},
          {"block_waits", of.block_waits},
          {"pop_waits", of.queue.pop_waits},
          {"pop_wait_seconds", seconds_of(of.queue.pop_wait_time)},
          {"residence_p99_seconds", seconds_or_null(of.residence_p99)},
          {"residence_samples", of.residence_samples},
          {"deadline_per_record_seconds", seconds_or_null(wanted.record_deadline)}};
}

nlohmann::ordered_json workers_json(const report& of, const options& wanted) {
  return {{"count", wanted.workers},
          {"grep", wanted.work.pattern ? nlohmann::ordered_json(*wanted.work.pattern) : nullptr},
          {"inverted", wanted.work.inverted},
          {"hash", wanted.work.hash},
          {"added_bytes", of.added_bytes}};
}

}  // namespace

const char* to_string(overflow_policy policy) noexcept {
  switch (policy) {
    case overflow_policy::block: return "block";
    case overflow_policy::reject: return "reject";
    case overflow_policy::drop_newest: return "drop-newest";
    case overflow_policy::drop_oldest: return "drop-oldest";
    case overflow_policy::sample: break;
  }
  return "sample";
}

bool report::balanced() const noexcept {
  const bool all = std::ranges::all_of(sinks, [&](const branch_report& each) { return each.accounted() == taken; });
  return all && account.balanced() && read_bytes == account.offered.bytes + unfinished.bytes;
}

std::string to_text(const report& of, const options& wanted) {
  const double seconds = of.seconds > 0 ? of.seconds : 1e-9;
  const tally& delivered = of.account.delivered;
  const auto bytes = [](auto count) { return format_bytes(static_cast<double>(count)); };
  std::string text = concat("records  ", identity(of.account, &tally::records));
  text += concat("bytes    ", identity(of.account, &tally::bytes));
  text += concat("account  ", verdict(of), "\n");
  text += concat("rate     ", bytes(delivered.bytes), " in ", decimal(seconds),
                 " s: ", bytes(static_cast<double>(delivered.bytes) / seconds), "/s, ",
                 format_count(static_cast<double>(delivered.records) / seconds), " records/s\n");
  text += concat("queue    ", group_digits(of.queue.capacity), " records, ", bytes(wanted.capacity_bytes), ", ",
                 policy(wanted), "; reading waited ", group_digits(of.queue.push_waits + of.block_waits),
                 " times for room\n");
  text += concat("stay     ", stay(of, wanted), "\n");
  if (!wanted.lanes.empty()) text += concat("lanes    ", lane_shares(of, wanted), "\n");
  if (wanted.overflow == overflow_policy::sample) text += concat("sample   ", weights(of), "\n");
  if (wanted.workers > 0) text += concat("workers  ", work(of, wanted), "\n");
  for (const branch_report& each : of.sinks) text += concat("sink     ", sink_text(each), "\n");
  text += concat("memory   at most ", bytes(of.bound_bytes), " for records; process peak ", bytes(of.peak_bytes), "\n");
  return text;
}

std::string to_json(const report& of, const options& wanted) {
  const double seconds = of.seconds > 0 ? of.seconds : 1e-9;
  const std::string version =
      concat(std::to_string(TIDEGATE_VERSION_MAJOR), ".", std::to_string(TIDEGATE_VERSION_MINOR), ".",
             std::to_string(TIDEGATE_VERSION_PATCH));
  nlohmann::ordered_json object;
  object["command"] = "pump";
  object["version"] = version;
  object["exit_code"] = static_cast<int>(of.code);
  object["problem"] = of.problem;
  object["balanced"] = of.balanced();
  object["records"] = identity_json(of.account, &tally::records);
  object["bytes"] = identity_json(of.account, &tally::bytes);
  object["read_bytes"] = of.read_bytes;
  object["unfinished"] = {{"records", of.unfinished.records}, {"bytes", of.unfinished.bytes}};
  object["readers"] = of.readers;
  object["connections"] = of.connections;
  object["seconds"] = of.seconds;
  object["bytes_per_second"] = static_cast<double>(of.account.delivered.bytes) / seconds;
  object["records_per_second"] = static_cast<double>(of.account.delivered.records) / seconds;
  object["queue"] = queue_json(of, wanted);
  object["lanes"] = lanes_json(of, wanted);
  object["sampling"] = sampling_json(of, wanted);
  object["workers"] = workers_json(of, wanted);
  object["sink"] = of.sinks.empty() ? nullptr : sink_json(worst(of.sinks));
  object["sinks"] = nlohmann::ordered_json::array();
  for (const branch_report& each : of.sinks) object["sinks"].push_back(sink_json(each));
  object["memory"] = {{"bound_bytes", of.bound_bytes}, {"peak_resident_bytes", of.peak_bytes}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tidegate::pump
