#include "bench/measure.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "bench/budget.hpp"
#include "bench/child.hpp"
#include "bench/collector.hpp"
#include "bench/progress.hpp"
#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/signals.hpp"
#include "pump/units.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", seconds);
  return text;
}

/// One suite, from its first start to its last.
class suite_run {
 public:
  suite_run(const program& what, const request& asked, collector& into, progress& shown, unique_fd& interrupts)
      : what_(what), asked_(asked), into_(into), shown_(shown), interrupts_(interrupts), left_(what.cells) {}

  /// `share_before` and `share_here`: of the whole run. False when it was interrupted.
  bool run(double budget_s, double share_before, double share_here) {
    share_before_ = share_before;
    share_here_ = share_here;
    whole_s_ = std::max(expense_of(what_.cells).seconds(longest_sample_s), 1e-9);
    const double end_s = shown_.elapsed_s() + budget_s;
    while (!left_.empty()) {
      const std::size_t starts_left = left_.size();
      child running(words(std::max(end_s - shown_.elapsed_s(), 1.0)));
      current_ = {};
      last_words_.clear();
      if (!listen(running)) {
        running.stop();
        return false;
      }
      const std::string how = running.wait();
      if (left_.empty()) break;
      if (!blame(how) && left_.size() == starts_left) return give_up(how);
    }
    return true;
  }

 private:
  std::vector<std::string> words(double budget_s) const {
    std::vector<std::string> all{what_.path,   "--json-lines",         "--rounds",     std::to_string(asked_.rounds),
                                 "--budget-s", seconds_text(budget_s), "--watchdog-s", asked_.quick ? "20" : "40"};
    for (const planned_cell& one : left_) all.insert(all.end(), {"--cell", one.id});
    for (const std::string& one : asked_.queues) all.insert(all.end(), {"--queue", one});
    for (const std::string& one : without_) all.insert(all.end(), {"--without", one});
    if (!asked_.cpus.empty() && what_.suite != "sink") {  // which shares the first two with everybody
      const bool pair = what_.suite != "mpmc" && what_.suite != "broadcast";
      const std::size_t count = pair ? std::min<std::size_t>(asked_.cpus.size(), 2) : asked_.cpus.size();
      all.emplace_back("--cpus");
      for (std::size_t i = 0; i < count; ++i) all.push_back(asked_.cpus[i]);
    }
    return all;
  }

  /// Until its end, or false at an interrupt.
  bool listen(child& running) {
    for (;;) {
      pollfd both[] = {{running.fd(), POLLIN, 0}, {interrupts_.get(), POLLIN, 0}};
      if (::poll(both, 2, -1) < 0) continue;
      if ((both[1].revents & POLLIN) != 0 && pump::take_interrupt(interrupts_)) return false;
      if (both[0].revents == 0) continue;
      const bool more = running.read_some();
      while (const auto line = running.next_line()) hear(*line);
      if (!more) return true;
    }
  }

  void hear(const std::string& line) {
    const event told = into_.take(line);
    if (told.what == event::kind::other && !line.empty()) last_words_ = line;
    if (told.what == event::kind::next) current_ = told;
    if (told.what == event::kind::cell) {
      std::erase_if(left_, [&](const planned_cell& one) { return one.id == told.cell; });
      current_ = {};
    }
    if (told.what == event::kind::next) {
      shown_.show(share(told), concat(what_.suite, " ", told.cell, told.entrant.empty() ? "" : ", ", told.entrant));
    }
  }

  double share(const event& told) const {
    double left_s = expense_of(left_).seconds(longest_sample_s);
    for (const planned_cell& one : left_) {
      if (one.id != told.cell || told.all == 0) continue;
      const double part = static_cast<double>(told.done) / static_cast<double>(told.all);
      left_s -= expense_of({one}).seconds(longest_sample_s) * part;
    }
    return share_before_ + share_here_ * (1 - left_s / whole_s_);
  }

  /// It ended too early: because of whom? False when nobody was being measured.
  bool blame(const std::string& how) {
    if (current_.entrant.empty()) return false;
    const std::string why = concat("the program did not get over it (", last_words_.empty() ? how : last_words_, ")");
    into_.blame(current_.cell, current_.entrant, why);
    const unsigned times = ++ends_[current_.entrant];
    without_.push_back(concat(times > 1 ? "*" : current_.cell, ": ", current_.entrant));
    shown_.say(concat(what_.suite, " ", current_.cell, ": ", current_.entrant, ": ", why,
                      times > 1 ? "; it is left out from now on" : "; it is left out of this cell"));
    std::erase_if(left_, [&](const planned_cell& one) { return !anybody_left(one); });
    return true;
  }

  /// A cell whose entrants are all out would never come.
  bool anybody_left(const planned_cell& one) const {
    return std::any_of(one.entrants.begin(), one.entrants.end(), [&](const std::string& name) {
      return std::find(without_.begin(), without_.end(), concat(one.id, ": ", name)) == without_.end() &&
             std::find(without_.begin(), without_.end(), concat("*: ", name)) == without_.end();
    });
  }

  bool give_up(const std::string& how) {
    throw pump::failure(pump::exit_code::lost,
                        concat("'", what_.path, "' ", how.empty() ? "left out cells that it had offered" : how,
                               last_words_.empty() ? "" : ": ", last_words_));
  }

  const program& what_;
  const request& asked_;
  collector& into_;
  progress& shown_;
  unique_fd& interrupts_;
  std::vector<planned_cell> left_;
  std::vector<std::string> without_ = {};
  std::map<std::string, unsigned> ends_ = {};
  event current_ = {};
  std::string last_words_ = {};
  double share_before_ = 0;
  double share_here_ = 0;
  double whole_s_ = 0;
};

void warn_of_length(const std::vector<program>& programs, double wanted_s, progress& shown) {
  const double least_s = expense_of(programs, 0).seconds(shortest_sample_s);
  if (least_s <= wanted_s) return;
  shown.say(concat("this takes ", pump::format_clock(least_s), " at least, longer than the ",
                   pump::format_clock(wanted_s), " it was given"));
}

}  // namespace

double budget_s(const request& asked) noexcept {
  constexpr double whole_s = 24 * 60;
  constexpr double quick_s = 160;
  if (asked.budget.count() > 0) return asked.budget.count();
  return asked.quick ? quick_s : whole_s;
}

unsigned rounds_of(const request& asked) noexcept {
  if (asked.rounds != 0) return asked.rounds;
  return asked.quick ? 5 : 7;
}

results measure(const std::vector<program>& programs, const request& asked) {
  results found;
  const bool chosen = !asked.suites.empty() || !asked.regimes.empty() || !asked.cells.empty() || !asked.queues.empty();
  found.kind = asked.quick ? "quick" : chosen ? "chosen" : "whole";
  collector into(found);
  unique_fd interrupts = pump::catch_interrupts();
  progress shown;
  const double all_s = budget_s(asked);
  const double whole_s = expense_of(programs, 0).seconds(longest_sample_s);
  warn_of_length(programs, all_s, shown);
  double share = 0;
  for (std::size_t i = 0; i < programs.size() && !found.interrupted; ++i) {
    const double share_here = expense_of(programs[i].cells).seconds(longest_sample_s) / whole_s;
    const double budget = share_s(programs, i, all_s - shown.elapsed_s());
    suite_run one(programs[i], asked, into, shown, interrupts);
    found.interrupted = !one.run(budget, share, share_here);
    share += share_here;
  }
  found.elapsed_s = shown.elapsed_s();
  return found;
}

std::vector<std::string> failures_of(const results& found) {
  std::vector<std::string> failures;
  for (const suite& one : found.suites) {
    for (const cell& where : one.cells) {
      for (const entry& each : where.entries) {
        if (each.failure.empty()) continue;
        failures.push_back(concat(one.name, " ", where.id, ": ", each.name, ": ", each.failure));
      }
    }
  }
  return failures;
}

}  // namespace tidegate::bench
