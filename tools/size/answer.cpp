#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "pump/concat.hpp"
#include "pump/units.hpp"
#include "size/question.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/flow/sizing.hpp"

namespace tidegate::size {
namespace {

using pump::concat;
using pump::format_duration;
using pump::group_digits;
using std::chrono::nanoseconds;

/// The value, or the end with a line that says which one is missing.
template <class T>
std::optional<T> given(std::optional<T> value, std::string_view what) {
  if (!value) pump::refuse(concat(what, " is too large to be counted; accepted: smaller numbers"));
  return value;
}

std::string rate_text(double per_second) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.6g/s", per_second);
  return text.data();
}

template <class T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}
nlohmann::ordered_json seconds_or_null(const std::optional<nanoseconds>& span) {
  return span ? nlohmann::ordered_json(std::chrono::duration<double>(*span).count()) : nlohmann::ordered_json(nullptr);
}

void answer_latency(const question& asked, answer& found) {
  if (asked.service > *asked.latency) {
    pump::refuse(concat("--service ", format_duration(asked.service), " is longer than --latency ",
                        format_duration(*asked.latency), "; accepted: service <= latency"));
  }
  found.capacity = given(sizing::capacity_for(*asked.latency, *asked.drain_per_second, asked.service), "the capacity");
  found.wait = given(sizing::stay_for(*found.capacity, *asked.drain_per_second), "the wait");
  if (found.capacity == 0U) {
    found.problem = "the budget leaves no time to wait: only a hand-off without a queue (rendezvous) keeps it";
  }
}

}  // namespace

answer answer_to(const question& asked) {
  answer found;
  if (asked.latency) answer_latency(asked, found);
  if (asked.pause) found.burst = given(sizing::burst_for_pause(*asked.arrivals_per_second, *asked.pause), "the burst");
  if (asked.drain_per_second && asked.service > nanoseconds{0}) {
    found.in_flight = given(sizing::in_flight_for(*asked.drain_per_second, asked.service), "what is in flight");
  }
  if (asked.memory_bytes) {
    found.permits = given(sizing::permits_for_memory(*asked.memory_bytes, *asked.item_bytes, asked.safety), "memory");
  }
  if (found.capacity && asked.item_bytes) {
    found.capacity_bytes = given(sizing::bytes_for(*found.capacity, *asked.item_bytes), "the memory of the queue");
  }
  if (found.capacity && asked.arrivals_per_second) {
    found.to_full = sizing::time_to_full(*found.capacity, *asked.arrivals_per_second, *asked.drain_per_second);
  }
  if (found.problem.empty() && found.capacity && found.burst && *found.burst > *found.capacity) {
    found.problem = concat("the pause brings ", group_digits(*found.burst), " elements, and the budget allows ",
                           group_digits(*found.capacity), ": drain faster, pause less, or lose some");
  }
  if (found.problem.empty() && found.permits && found.capacity && *found.permits < *found.capacity) {
    found.problem = concat("the memory holds ", group_digits(*found.permits), " elements, fewer than the capacity of ",
                           group_digits(*found.capacity), ": take the smaller number");
  }
  return found;
}

std::string to_text(const question& asked, const answer& found) {
  std::string text;
  if (found.capacity) {
    text += concat("capacity   ", group_digits(*found.capacity), ": at ", rate_text(*asked.drain_per_second),
                   " the last one has waited ", format_duration(*found.wait));
    if (asked.service > nanoseconds{0}) text += concat(", and is done ", format_duration(asked.service), " later");
    text += "\n";
  }
  if (found.capacity_bytes) {
    text += concat("memory     ", pump::format_bytes(static_cast<double>(*found.capacity_bytes)), " when it is full\n");
  }
  if (found.burst) {
    text += concat("burst      ", group_digits(*found.burst), ": arrive in ", format_duration(*asked.pause), " at ",
                   rate_text(*asked.arrivals_per_second), "\n");
  }
  if (found.to_full) text += concat("full       ", format_duration(*found.to_full), " after an overload begins\n");
  if (found.in_flight) {
    text += concat("in flight  ", group_digits(*found.in_flight), ": the permits that ",
                   rate_text(*asked.drain_per_second), " of ", format_duration(asked.service), " need\n");
  }
  if (found.permits) text += concat("permits    ", group_digits(*found.permits), ": fit into the memory\n");
  if (!found.problem.empty()) text += concat("problem    ", found.problem, "\n");
  return text;
}

std::string to_json(const question& asked, const answer& found) {
  nlohmann::ordered_json object;
  object["command"] = "size";
  object["version"] = concat(std::to_string(TIDEGATE_VERSION_MAJOR), ".", std::to_string(TIDEGATE_VERSION_MINOR), ".",
                             std::to_string(TIDEGATE_VERSION_PATCH));
  object["exit_code"] = static_cast<int>(found.code());
  object["problem"] = found.problem;
  object["drain_per_second"] = or_null(asked.drain_per_second);
  object["arrivals_per_second"] = or_null(asked.arrivals_per_second);
  object["latency_seconds"] = seconds_or_null(asked.latency);
  object["service_seconds"] = std::chrono::duration<double>(asked.service).count();
  object["capacity"] = or_null(found.capacity);
  object["wait_seconds"] = seconds_or_null(found.wait);
  object["capacity_bytes"] = or_null(found.capacity_bytes);
  object["burst"] = or_null(found.burst);
  object["to_full_seconds"] = seconds_or_null(found.to_full);
  object["in_flight"] = or_null(found.in_flight);
  object["permits"] = or_null(found.permits);
  return object.dump() + "\n";
}

}  // namespace tidegate::size
