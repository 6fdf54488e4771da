#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include "counters/locate.hpp"
#include "counters/watched.hpp"
#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/signals.hpp"
#include "stat/request.hpp"
#include "stat/text.hpp"
#include "tidegate/io/unique_fd.hpp"
#include "tidegate/observe/counters_reader.hpp"

namespace tidegate::stat {
namespace {

using pump::concat;
using pump::exit_code;
using clock = std::chrono::steady_clock;

/// 0, EPIPE (whoever read it has enough) or EINTR (a signal). Throws pump::failure.
int put(std::string_view text, const unique_fd& interrupts = unique_fd()) {
  const int error = pump::write_unless_interrupted(STDOUT_FILENO, text, interrupts);
  if (error == 0 || error == EPIPE || error == EINTR) return error;
  throw pump::failure(exit_code::lost, concat("standard output: ", std::strerror(error)));
}

exit_code list(const request& wanted, const std::vector<counters::located>& all) {
  if (all.empty() && wanted.form != output_form::json) counters::refuse_nothing();
  (void)put(wanted.form == output_form::json ? list_json(all) : list_text(all));
  return exit_code::done;
}

/// Why a sample that is shown is not a good one; empty: it is.
std::string complaint(const counters_snapshot& seen) {
  if (seen.writer.state != writer_state::alive) {
    return concat("pid ", std::to_string(seen.writer.pid), " is ", counters::state_text(seen.writer));
  }
  const auto bad = std::count(seen.whole_rows.begin(), seen.whole_rows.end(), false);
  return bad == 0 ? "" : concat(std::to_string(bad), " of ", std::to_string(seen.rows), " rows are unreadable");
}

/// Shows one file, once or again and again.
class display {
 public:
  display(const request& wanted, std::string path) : wanted_(wanted), path_(std::move(path)) {}

  exit_code run();

 private:
  [[nodiscard]] bool show();
  [[nodiscard]] std::string text_of(const counters_snapshot& seen);
  [[nodiscard]] bool wait_until(clock::time_point next);
  [[nodiscard]] bool is_last() const { return !wanted_.every || (wanted_.count > 0 && shown_ >= wanted_.count); }

  const request& wanted_;
  std::string path_;
  std::uint64_t shown_ = 0;
  std::string complaint_;  ///< what was said last
  std::string csv_head_;
  bool bad_ = false;
  int cut_ = 0;  ///< why nothing more is to be shown, as put() says it
  unique_fd interrupts_ = {};
};

std::string display::text_of(const counters_snapshot& seen) {
  if (wanted_.form == output_form::json) return json_line(path_, seen);
  if (wanted_.form == output_form::text) {
    return (shown_ > 0 ? "\n" : "") + (wanted_.all ? field_lines(seen) : table_text(seen));
  }
  std::string head = csv_head(seen);
  const bool known = head == csv_head_;
  csv_head_ = std::move(head);
  return (known ? "" : csv_head_) + csv_lines(seen);
}

/// False: the process has taken its file away.
bool display::show() {
  const counters_snapshot seen = read_counters(path_);
  if (seen.error) {
    if (shown_ > 0 && seen.error == std::errc::no_such_file_or_directory) return false;
    throw pump::failure(exit_code::unusable, concat(seen.problem, "; accepted: a counters file"));
  }
  cut_ = put(text_of(seen), interrupts_);
  ++shown_;
  const std::string problem = complaint(seen);
  if (!problem.empty()) bad_ = true;
  if (!problem.empty() && complaint_.empty()) {
    std::fprintf(stderr, "tidegate stat: %s: %s\n", pump::printable(path_).c_str(), problem.c_str());
  }
  complaint_ = problem;
  return true;
}

/// False: a signal came, or nobody reads any more; see cut_.
bool display::wait_until(clock::time_point next) {
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now());
  pollfd watched[] = {{interrupts_.get(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
  if (::poll(watched, 2, static_cast<int>(std::max<std::int64_t>(pause.count(), 0))) <= 0) return true;
  cut_ = watched[0].revents != 0 ? EINTR : EPIPE;
  return false;
}

exit_code display::run() {
  const auto verdict = [this] { return bad_ ? exit_code::lost : exit_code::done; };
  if (wanted_.every) interrupts_ = pump::catch_interrupts();
  for (auto next = clock::now(); show();) {
    if (cut_ == 0 && is_last()) return verdict();
    next = std::max(next + wanted_.every.value_or(std::chrono::nanoseconds(0)), clock::now());
    if (cut_ != 0 || !wait_until(next)) return cut_ == EINTR ? exit_code::interrupted : verdict();
  }
  std::fprintf(stderr, "tidegate stat: %s: its process has ended\n", pump::printable(path_).c_str());
  return verdict();
}

}  // namespace

exit_code run(const request& wanted) {
  (void)std::setlocale(LC_CTYPE, "");  // how wide names are
  pump::ignore_write_signals();
  if (!wanted.which.empty()) return display(wanted, counters::resolve(wanted.which)).run();
  std::vector<counters::located> all = counters::all_there_are();
  if (wanted.list) return list(wanted, all);
  if (all.empty()) counters::refuse_nothing();
  if (all.size() > 1) {  // one that lives says more than what dead ones have left
    const auto lives = [](const counters::located& each) { return each.seen.writer.state != writer_state::gone; };
    if (std::ranges::count_if(all, lives) != 1) return list(wanted, all);
    return display(wanted, std::ranges::find_if(all, lives)->path).run();
  }
  return display(wanted, all.front().path).run();
}

}  // namespace tidegate::stat
