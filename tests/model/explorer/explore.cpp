#include "tests/model/explorer/explore.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

namespace tidegate::model {

namespace {

/// How an execution is begun and led.
struct tape_start {
  execution_rules rules;
  writer_masks writers{};
};

/// "0103": two hexadecimal digits a location, without the zeros at the end.
std::string writers_text(const writer_masks& writers) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (const unsigned mask : writers) (text += hex[mask / 16]) += hex[mask % 16];
  while (text.ends_with("00")) text.resize(text.size() - 2);
  return text;
}

/// "2,1,1/0103:0102" or "free/0103:0102"; a frozen thread and its step go between: "2,1,1,T0@5/0103:0102".
std::string tape_text(const execution_rules& rules, const writer_masks& writers, const std::string& digits) {
  std::string text = "free";
  if (!rules.unbounded) {
    text = std::to_string(rules.limits.preemptions) + "," + std::to_string(rules.limits.stale_reads) + "," +
           std::to_string(rules.limits.surprises);
  }
  if (rules.frozen_thread >= 0) {
    text += ",T" + std::to_string(rules.frozen_thread) + "@" + std::to_string(rules.frozen_step);
  }
  return text + "/" + writers_text(writers) + ":" + digits;
}

/// Takes a number off the front of `text`.
std::optional<unsigned> take_number(std::string_view& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool take_limits(std::string_view& text, bounds& limits) {
  for (unsigned* limit : {&limits.preemptions, &limits.stale_reads, &limits.surprises}) {
    if (limit != &limits.preemptions && !take(text, ",")) return false;
    const auto value = take_number(text);
    if (!value) return false;
    *limit = *value;
  }
  return true;
}

bool take_writers(std::string_view& text, writer_masks& writers) {
  for (std::uint8_t& mask : writers) {
    if (text.starts_with(":")) return true;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(2, text.size()), mask, 16);
    if (error != std::errc() || end != text.data() + 2) return false;
    text.remove_prefix(2);
  }
  return true;
}

/// What stands in front of the colon; the digits are left in `text`.
std::optional<tape_start> take_start(std::string_view& text) {
  tape_start start;
  execution_rules& rules = start.rules;
  if (take(text, "free")) {
    rules.unbounded = true;
  } else if (!take_limits(text, rules.limits)) {
    return std::nullopt;
  }
  if (take(text, ",T")) {
    const auto thread = take_number(text);
    const auto step = take(text, "@") ? take_number(text) : std::nullopt;
    if (!thread || !step) return std::nullopt;
    rules.frozen_thread = static_cast<int>(*thread);
    rules.frozen_step = *step;
  }
  if (!take(text, "/") || !take_writers(text, start.writers) || !take(text, ":")) return std::nullopt;
  return start;
}

/// The bounds on the way to `limits`, smallest first.
std::vector<bounds> steps_to(const bounds& limits) {
  std::vector<bounds> all;
  for (unsigned level = 0;; ++level) {
    const bounds next{std::min(level, limits.preemptions), std::min(level, limits.stale_reads),
                      std::min(level, limits.surprises)};
    all.push_back(next);
    if (next == limits) return all;
  }
}

/// One client, run again and again.
class explorer_run {
 public:
  explorer_run(const client_type& client, report& into) : client_(client), into_(into) {}

  /// Until the search ends, a failure, or `most` executions. True: the search came to its end.
  bool go(search& choices, const execution_rules& rules, std::uint64_t most) {
    const std::uint64_t executions_before = into_.executions;
    const std::uint64_t frozen_before = into_.frozen;
    for (std::uint64_t done = 0; done < most; ++done) {
      choices.begin();
      const writer_masks writers = execution_.writers();
      if (!execution_.run(client_, choices, rules, into_.probes, nullptr)) {
        keep_failure(choices.text(), {rules, writers});
        return false;
      }
      ++into_.executions;
      if (execution_.froze()) ++into_.frozen;
      into_.most_steps = std::max(into_.most_steps, execution_.steps());
      if (execution_.must_begin_again() && choices.mode() == search_mode::exhaustive) {
        choices.restart();
        into_.executions = executions_before;
        into_.frozen = frozen_before;
        continue;
      }
      if (!choices.advance()) return true;
    }
    return false;
  }

  /// Runs the failing execution once more and writes it down.
  void keep_failure(const std::string& digits, const tape_start& start) {
    into_.failed = true;
    into_.failure = execution_.failure();
    into_.tape = tape_text(start.rules, start.writers, digits);
    search again(search_mode::replay, 0);
    static_cast<void>(again.load_tape(digits));
    run_traced(again, start);
  }

  bool run_traced(search& choices, const tape_start& start) {
    execution_.set_writers(start.writers);
    trace record;
    probe_counts ignored;
    choices.begin();
    const bool good = execution_.run(client_, choices, start.rules, ignored, &record);
    into_.trace = record.text();
    return good;
  }

  [[nodiscard]] const execution& last() const noexcept { return execution_; }

 private:
  client_type client_;
  report& into_;
  execution execution_;
};

void check_probes(const client_type& client, report& result) {
  for (const char* probe : client.probes) {
    if (result.probes.count(probe) != 0 || result.failed) continue;
    result.failed = true;
    result.failure = std::string("never reached: ") + probe;
  }
}

}  // namespace

report explore(const client_type& client, const exploration& how) {
  report result;
  result.client = client.name;
  explorer_run run(client, result);
  execution_rules rules;
  rules.unbounded = how.mode != search_mode::exhaustive;
  const std::vector<bounds> levels =
      how.deepen && !rules.unbounded ? steps_to(how.limits) : std::vector<bounds>{how.limits};
  for (const bounds& limits : levels) {
    search choices(how.mode, how.seed, how.pct_depth);
    rules.limits = limits;
    result.executions = 0;
    result.probes.clear();
    result.exhausted = run.go(choices, rules, how.most_executions) && how.mode == search_mode::exhaustive;
    if (result.failed) return result;
  }
  if (rules.unbounded || result.exhausted) check_probes(client, result);  // cut short, a search says nothing of them
  if (!result.failed && !rules.unbounded && result.executions < how.least_executions) {
    result.failed = true;
    result.failure = "vacuous: only " + std::to_string(result.executions) + " executions";
  }
  return result;
}

report replay(const client_type& client, const std::string& tape) {
  report result;
  result.client = client.name;
  result.tape = tape;
  std::string_view text = tape;
  const auto start = take_start(text);
  search choices(search_mode::replay, 0);
  if (!start || !choices.load_tape(text)) {
    result.failed = true;
    result.failure =
        "not a tape: " + tape + " (accepted: PREEMPTIONS,STALE,SURPRISES or free, [,Tn@STEP]/WRITERS:DIGITS)";
    return result;
  }
  explorer_run run(client, result);
  result.failed = !run.run_traced(choices, *start);
  result.failure = run.last().failure();
  result.executions = 1;
  return result;
}

report explore_frozen(const client_type& client, const exploration& how) {
  report result;
  result.client = client.name;
  explorer_run run(client, result);
  execution_rules rules;
  rules.limits = how.limits;
  result.exhausted = true;
  for (unsigned thread = 0; thread < client.threads; ++thread) {
    if ((client.may_freeze >> thread & 1) == 0) continue;
    rules.frozen_thread = static_cast<int>(thread);
    for (std::uint64_t frozen_before = ~result.frozen; frozen_before != result.frozen;) {
      frozen_before = result.frozen;
      ++rules.frozen_step;
      search choices(search_mode::exhaustive, how.seed);
      result.exhausted = run.go(choices, rules, how.most_executions) && result.exhausted;
      if (result.failed) return result;
    }
    rules.frozen_step = 0;
  }
  return result;
}

std::string report::text() const {
  std::ostringstream out;
  out << client << ": " << failure << '\n';
  if (!tape.empty()) out << "replay: --replay " << client << " " << tape << '\n';
  out << trace;
  return out.str();
}

}  // namespace tidegate::model
