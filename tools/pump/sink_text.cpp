#include "pump/sink_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

std::string log_text(const log_report& of) {
  std::string text = concat("; engine ", to_string(of.engine), ", durable ", group_digits(of.durable_records), ", ",
                            group_digits(of.stats.syncs), of.stats.syncs == 1 ? " sync, " : " syncs, ",
                            group_digits(of.stats.segments), of.stats.segments == 1 ? " segment" : " segments");
  if (of.stats.suspensions > 0) text += concat(", disk full ", group_digits(of.stats.suspensions), " times");
  if (of.stats.poisoned > 0) {
    text += concat(", ", group_digits(of.stats.poisoned), " given up, ", group_digits(of.stats.rewritten),
                   " records rewritten");
  }
  return text;
}

nlohmann::ordered_json log_json(const log_report& of) {
  return {{"engine", to_string(of.engine)},         {"durable_records", of.durable_records},
          {"durable_seq", of.durable_seq},          {"recovered_records", of.recovered_records},
          {"recovered_cut_bytes", of.cut_bytes},    {"syncs", of.stats.syncs},
          {"segments", of.stats.segments},          {"suspensions", of.stats.suspensions},
          {"poisoned_segments", of.stats.poisoned}, {"rewritten_records", of.stats.rewritten}};
}

nlohmann::ordered_json account_json(const branch_report& of, std::uint64_t tally::*unit) {
  return {{"taken", of.accounted().*unit},
          {"delivered", of.delivered.*unit},
          {"dropped", of.dropped.*unit},
          {"undelivered", of.undelivered.*unit}};
}

}  // namespace

double seconds_of(std::chrono::nanoseconds span) { return std::chrono::duration<double>(span).count(); }

std::string decimal(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

const branch_report& worst(const std::vector<branch_report>& of) {
  return *std::ranges::min_element(of, {}, [](const branch_report& each) { return each.delivered.records; });
}

std::string sink_text(const branch_report& of) {
  std::string text = concat(printable(of.sink), " ", to_string(of.end), ": taken ",
                            group_digits(of.accounted().records), " = delivered ", group_digits(of.delivered.records));
  text +=
      concat(" + dropped ", group_digits(of.dropped.records), " + undelivered ", group_digits(of.undelivered.records));
  if (of.unacknowledged_bytes > 0) text += concat("; ", group_digits(of.unacknowledged_bytes), " bytes not confirmed");
  text += concat("; ", to_string(of.backend.kind), "; paused ", group_digits(of.pauses), " times, waited ",
                 decimal(seconds_of(of.waited)), " s");
  return of.log ? text + log_text(*of.log) : text;
}

nlohmann::ordered_json sink_json(const branch_report& of) {
  return {{"sink", of.sink},
          {"end", to_string(of.end)},
          {"error", of.error ? of.error.message() : std::string()},
          {"records", account_json(of, &tally::records)},
          {"bytes", account_json(of, &tally::bytes)},
          {"backend", to_string(of.backend.kind)},
          {"reason", of.backend.reason},
          {"batches", of.batches},
          {"short_writes", of.short_writes},
          {"pauses", of.pauses},
          {"waits", of.waits},
          {"wait_seconds", seconds_of(of.waited)},
          {"cut_bytes", of.cut_bytes},
          {"unacknowledged_bytes", of.unacknowledged_bytes},
          {"log", of.log ? log_json(*of.log) : nlohmann::ordered_json(nullptr)}};
}

}  // namespace tidegate::pump
