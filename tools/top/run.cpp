#include <langinfo.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "counters/locate.hpp"
#include "pump/concat.hpp"
#include "pump/signals.hpp"
#include "tidegate/io/unique_fd.hpp"
#include "top/model.hpp"
#include "top/request.hpp"
#include "top/screen.hpp"
#include "top/terminal_kind.hpp"
#include "top/view.hpp"

namespace tidegate::top {
namespace {

using clock = std::chrono::steady_clock;
using pump::exit_code;

constexpr int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP};

/// Signals as something to poll, so that none of them ends the process before the terminal is as it was.
unique_fd catch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int each : caught) sigaddset(&set, each);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  unique_fd readable(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!readable) pump::refuse(pump::concat("cannot make a signal descriptor: ", std::strerror(errno)));
  return readable;
}

std::optional<int> next_signal(const unique_fd& from) {
  signalfd_siginfo taken{};
  if (::read(from.get(), &taken, sizeof taken) != static_cast<ssize_t>(sizeof taken)) return std::nullopt;
  return static_cast<int>(taken.ssi_signo);
}

/// As Ctrl-Z does it to any program; returns when that goes on.
void stop_here() {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGTSTP);
  const auto before = std::signal(SIGTSTP, SIG_DFL);
  ::raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
  std::signal(SIGTSTP, before);
}

/// What woke the loop.
struct wake {
  bool keys = false;
  bool signals = false;
  bool lost = false;  ///< the terminal is gone
};

wake wait(const unique_fd& signals, clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
  pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {signals.get(), POLLIN, 0}};
  const auto most = std::chrono::milliseconds(std::chrono::hours(24));
  const auto pause = std::clamp(left, std::chrono::milliseconds(0), most);
  if (::poll(watched, 2, static_cast<int>(pause.count())) <= 0) return {};
  const bool keys = (watched[0].revents & POLLIN) != 0;
  return {keys, watched[1].revents != 0, !keys && watched[0].revents != 0};
}

/// The full-screen view, from the first look to the last key.
class session {
 public:
  session(const request& wanted, watcher& from, const unique_fd& signals)
      : wanted_(wanted), watcher_(from), signals_(signals), seen_(from.look()), screen_(wanted.colour) {
    state_.sort = wanted.sort;
    look_.unicode = !wanted.ascii && std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
    look_.colour = screen_.has_colour();
  }

  exit_code run() {
    for (auto next = clock::now();;) {
      if (clock::now() >= next) {
        if (!state_.paused) seen_ = watcher_.look();
        next = std::max(next + wanted_.every, clock::now());
      }
      screen_.show(draw(seen_, state_, screen_.size(), look_));
      const wake why = wait(signals_, next);
      if (why.lost) return exit_code::interrupted;
      if (why.signals && !take_signals()) return exit_code::interrupted;
      if (why.keys && !take_keys()) return exit_code::done;
    }
  }

 private:
  /// False: one that ends the program.
  bool take_signals() {
    while (const auto which = next_signal(signals_)) {
      if (*which == SIGWINCH) {
        screen_.resized();
      } else if (*which == SIGTSTP) {
        screen_.leave();
        stop_here();
        screen_.enter();
      } else {
        return false;
      }
    }
    return true;
  }

  /// False: the one that quits.
  bool take_keys() {
    for (bool more = true; more;) {
      const command what = screen_.next_key(more);
      if (what == command::quit) return false;
      if (more) apply(what, seen_, state_, screen_.size());
    }
    return true;
  }

  const request& wanted_;
  watcher& watcher_;
  const unique_fd& signals_;
  model seen_;
  screen screen_;
  view_state state_;
  counters::look look_;
};

std::string plain_text(const std::vector<line>& lines) {
  std::string text;
  for (const line& each : lines) {
    std::string made;
    for (const piece& part : each.pieces) made += part.text;
    made.erase(made.find_last_not_of(' ') + 1);
    text += made + "\n";
  }
  return text;
}

/// For a terminal that cannot place its cursor: one table after the other.
exit_code run_in_lines(const request& wanted, watcher& from, const unique_fd& signals) {
  view_state state{.sort = wanted.sort};
  for (auto next = clock::now();; next = std::max(next + wanted.every, clock::now())) {
    const model& seen = from.look();
    std::size_t rows = 3;
    for (const process_view& process : seen.processes) rows += 1 + process.rows.size();
    auto lines = draw(seen, state, {80, rows}, {});
    lines.pop_back();                                                                        // the keys
    (void)pump::write_unless_interrupted(STDOUT_FILENO, plain_text(lines) + "\n", signals);  // wait() takes the signal
    for (wake why{}; clock::now() < next + wanted.every;) {
      why = wait(signals, next + wanted.every);
      const auto which = why.signals ? next_signal(signals) : std::nullopt;
      if (why.lost || (which && *which != SIGWINCH && *which != SIGTSTP)) return exit_code::interrupted;
      if (which == SIGTSTP) stop_here();
      char typed = 0;
      if (why.keys && ::read(STDIN_FILENO, &typed, 1) <= 0) return exit_code::interrupted;
      if (typed == 'q') return exit_code::done;
    }
  }
}

}  // namespace

exit_code run(const request& wanted) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    pump::refuse("needs a terminal; accepted: standard input and output on one, or `tidegate stat --every 1s`");
  }
  (void)std::setlocale(LC_CTYPE, "");
  pump::ignore_write_signals();
  std::vector<std::string> paths;
  for (const std::string& which : wanted.which) paths.push_back(counters::resolve(which));
  watcher from(std::move(paths));
  const unique_fd signals = catch_signals();
  if (can_place_cursor()) return session(wanted, from, signals).run();
  return run_in_lines(wanted, from, signals);
}

}  // namespace tidegate::top
