#include "tidegate/observe/pressure_log.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace tidegate {
namespace {

/// As it is, or in quotes with escapes where a reader of `key=value` would stumble.
std::string quoted(std::string_view name) {
  const auto plain = [](char each) { return each > ' ' && each < 0x7F && each != '"' && each != '\\' && each != '='; };
  if (!name.empty() && std::ranges::all_of(name, plain)) return std::string(name);
  std::string text = "\"";
  for (const char each : name) {
    const auto byte = static_cast<unsigned char>(each);
    if (each == '"' || each == '\\') text += '\\';
    if (byte < ' ' || byte == 0x7F) {
      char escape[5];
      std::snprintf(escape, sizeof escape, "\\x%02x", byte);
      text += escape;
    } else {
      text += each;
    }
  }
  return text + '"';
}

std::string number(const char* format, double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, format, value);
  return digits;
}

std::string seconds(std::chrono::nanoseconds span) {
  if (span == pressure::never) return "never";
  return number("%.3gs", std::chrono::duration<double>(span).count());
}

/// What every line about a thing says.
std::string line_about(const pressure& now, std::string_view event) {
  std::string line = "event=";
  line.append(event).append(" ").append(to_string(now.kind)).append("=").append(quoted(now.name));
  line += " saturation=" + number("%.2f", now.saturation());
  line += " depth=" + std::to_string(now.depth);
  if (now.capacity != 0) line += " capacity=" + std::to_string(now.capacity);
  line += " arrivals=" + number("%.0f", now.arrival_rate) + "/s drain=" + number("%.0f", now.drain_rate) + "/s";
  return line + " age=" + seconds(now.oldest_age);
}

bool grows(const pressure& now) noexcept { return now.slope > 0 && now.slope > 3 * now.slope_error; }

}  // namespace

pressure_log::pressure_log(pressure_log_config config, writer write) : config_(config), write_(std::move(write)) {
  const bool sound = config.low >= 0 && config.low <= config.high && config.full_within.count() >= 0 &&
                     config.most_lines > 0 && config.interval.count() >= 0;
  if (!sound || !write_) {
    throw std::invalid_argument(
        "pressure_log: 0 <= low <= high, most_lines of 1 or more, no negative time and a writer are needed");
  }
}

void pressure_log::look(std::span<const pressure> now) {
  ++samples_;
  for (const pressure& each : now) {
    thing& at = things_[std::string(to_string(each.kind)) + " " + each.name];
    at.seen = samples_;
    look(at, each);
  }
  std::erase_if(things_, [this](const auto& each) { return each.second.seen != samples_; });
}

void pressure_log::look(thing& at, const pressure& now) {
  const double saturation = now.saturation();
  if (!at.saturated && saturation >= config_.high) {
    at.saturated = true;
    say(at.lines, now.at, line_about(now, "saturated"));
  } else if (at.saturated && saturation <= config_.low) {
    at.saturated = false;
    say(at.lines, now.at, line_about(now, "relieved"));
  }
  if (!at.filling && !at.saturated && grows(now) && now.time_to_full < config_.full_within) {
    at.filling = true;
    say(at.lines, now.at, line_about(now, "full_soon") + " time_to_full=" + seconds(now.time_to_full));
  } else if (at.filling && (!grows(now) || now.time_to_full / 2 > config_.full_within)) {
    at.filling = false;  // not worth a line: what was foretold did not happen, or was told as saturated
  }
  look_at_losses(at, now);
}

/// What was lost before the first look is not news.
void pressure_log::look_at_losses(thing& at, const pressure& now) {
  for (std::size_t i = 0; i < loss_kinds; ++i) {
    if (now.losses[i] == 0 || std::exchange(at.loses[i], true) || !at.known) continue;
    say(at.lines, now.at,
        line_about(now, "first_loss") + " reason=" + std::string(to_string(static_cast<loss_kind>(i))) +
            " count=" + std::to_string(now.losses[i]));
  }
  at.known = true;
}

void pressure_log::look(readiness_state state, time_point when) {
  const readiness_state before = std::exchange(state_, state);
  if (before == state) return;
  say(readiness_lines_, when,
      "event=readiness state=" + std::string(to_string(state)) + " before=" + std::string(to_string(before)));
}

void pressure_log::say(budget& of, time_point when, std::string line) {
  if (of.lines == 0 || when - of.since >= config_.interval) {
    of.since = when;
    of.lines = 0;
  }
  if (of.lines == config_.most_lines) {
    ++of.left_out;
    ++suppressed_;
    return;
  }
  ++of.lines;
  if (of.left_out > 0) line += " suppressed=" + std::to_string(std::exchange(of.left_out, 0));
  write_(line);
}

}  // namespace tidegate
