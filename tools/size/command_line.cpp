#include "size/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::size {
namespace {

using pump::concat;

constexpr const char* footer = R"(Questions, any of them at once:
  --latency with --rate          the largest capacity whose last element leaves in time
  --pause with --arrivals        the room that a pause of the consumer needs
  --rate with --service          the permits that this rate needs (Little's law)
  --memory with --item-size      the tasks that fit into the memory

Example: tidegate size --latency 100ms --rate 2000 --service 2ms --arrivals 400 --pause 200ms

Rates: elements a second such as 2000, 2.5k or 1M/s. Durations: 500us, 100ms, 5s. Sizes: 64K = 65536, 64kB = 64000.
Exit code: 0 answered; 1 answered, but not everything can be had (the line `problem`); 2 bad usage.)";

constexpr std::string_view rate_forms = "elements a second above 0 such as 2000, 2.5k or 1M/s";
constexpr double most_per_second = 1e12;

/// "2.5k/s" is 2500: powers of 1000.
std::optional<double> parse_per_second(std::string_view text) {
  constexpr std::string_view per_second = "/s";
  if (text.ends_with(per_second)) text.remove_suffix(per_second.size());
  double factor = 1;
  if (text.ends_with('k')) factor = 1e3;
  if (text.ends_with('M')) factor = 1e6;
  if (text.ends_with('G')) factor = 1e9;
  if (factor != 1) text.remove_suffix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;  // no sign, no "inf"
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || rest != end) return std::nullopt;
  const double value = number * factor;
  return value > 0 && value <= most_per_second ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_safety(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !(number > 0 && number <= 1)) return std::nullopt;
  return number;
}

/// The value of an option that was given.
template <class Parse>
auto parsed(std::string_view option, const std::optional<std::string>& text, Parse parse, std::string_view forms)
    -> decltype(parse(*text)) {
  if (!text) return std::nullopt;
  const auto value = parse(*text);
  if (!value) pump::refuse(concat(option, " '", *text, "' is not accepted; accepted: ", forms));
  return value;
}

/// Two options that only mean something together.
void need(bool given, std::string_view option, bool partner_given, std::string_view partner) {
  if (given && !partner_given) pump::refuse(concat(option, " needs ", partner, "; accepted: both"));
}

}  // namespace

struct command_line::texts {
  std::optional<std::string> latency, rate, service, arrivals, pause, memory, item_size, safety;
  bool json = false;
};

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  const auto add = [&app](const char* name, std::optional<std::string>& text, const char* what, const char* type) {
    app.add_option(name, text, what)->type_name(type);
  };
  add("--latency", texts_->latency, "Budget of one element: waiting and service", "DURATION");
  add("--rate", texts_->rate, "What the consumers drain", "RATE");
  add("--service", texts_->service, "What one element takes (default: nothing)", "DURATION");
  add("--arrivals", texts_->arrivals, "What arrives", "RATE");
  add("--pause", texts_->pause, "A pause of the consumer that must lose nothing", "DURATION");
  add("--memory", texts_->memory, "Memory for tasks", "SIZE");
  add("--item-size", texts_->item_size, "Memory of one element or task", "SIZE");
  add("--safety", texts_->safety, "Share of --memory that may be used (default: 1)", "SHARE");
  app.add_flag("--json", texts_->json, "One JSON object instead of lines");
  app.footer(footer);
}

command_line::~command_line() = default;

question command_line::checked() const {
  const texts& from = *texts_;
  question asked;
  asked.latency = parsed("--latency", from.latency, pump::parse_duration, pump::duration_forms);
  asked.drain_per_second = parsed("--rate", from.rate, parse_per_second, rate_forms);
  asked.arrivals_per_second = parsed("--arrivals", from.arrivals, parse_per_second, rate_forms);
  asked.service = parsed("--service", from.service, pump::parse_duration, pump::duration_forms).value_or(asked.service);
  asked.pause = parsed("--pause", from.pause, pump::parse_duration, pump::duration_forms);
  asked.memory_bytes = parsed("--memory", from.memory, pump::parse_size, pump::size_forms);
  asked.item_bytes = parsed("--item-size", from.item_size, pump::parse_size, pump::size_forms);
  asked.safety = parsed("--safety", from.safety, parse_safety, "a share above 0, at most 1").value_or(asked.safety);
  asked.json = from.json;
  if (asked.item_bytes == 0U) pump::refuse("--item-size '0' is not accepted; accepted: 1 byte or more");
  need(from.latency.has_value(), "--latency", from.rate.has_value(), "--rate");
  need(from.service.has_value(), "--service", from.rate.has_value(), "--rate");
  need(from.pause.has_value(), "--pause", from.arrivals.has_value(), "--arrivals");
  need(from.memory.has_value(), "--memory", from.item_size.has_value(), "--item-size");
  need(from.safety.has_value(), "--safety", from.memory.has_value(), "--memory");
  if (!from.latency && !from.pause && !from.memory && !from.service) {
    pump::refuse(
        "nothing was asked; accepted: --latency and --rate, --pause and --arrivals, --rate and --service, or "
        "--memory and --item-size");
  }
  return asked;
}

pump::exit_code run(const question& asked) {
  const answer found = answer_to(asked);
  const std::string text = asked.json ? to_json(asked, found) : to_text(asked, found);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw pump::failure(pump::exit_code::lost, "standard output: the answer could not be written");
  }
  return found.code();
}

}  // namespace tidegate::size
