#include "top/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>

#include "pump/failure.hpp"

#include "top/terminal_kind.hpp"

#define NCURSES_NOMACROS
#include <curses.h>

namespace tidegate::top {
namespace {

using counters::tone;

constexpr int escape_delay_ms = 25;
constexpr int patience_ms = 200;  // for a terminal that takes nothing
constexpr short good_pair = 1;
constexpr short warn_pair = 2;
constexpr short bad_pair = 3;

bool takes_output() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, patience_ms) > 0 && (out.revents & POLLOUT) != 0;
}

/// A terminal that is stopped in the middle of a write keeps it for ever, and ncurses asks again and again. While one
/// of these lives, a timer looks whether a signal waits that ends the program, and then ends it: with the terminal's
/// modes as they were, and nothing else. The signals themselves stay blocked, as the owner wants them.
class impatience {
 public:
  explicit impatience(const termios& before) : outer_(modes.exchange(&before)) {
    (void)std::signal(SIGALRM, &impatience::look);
    every(patience_ms);
  }
  impatience(const impatience&) = delete;
  impatience& operator=(const impatience&) = delete;
  ~impatience() {
    every(0);
    modes = outer_;
  }

 private:
  static void every(int period_ms) {
    const timeval period{0, period_ms * 1000};
    const itimerval timer{period, period};
    (void)::setitimer(ITIMER_REAL, &timer, nullptr);
  }

  /// Async-signal-safe, all of it.
  static void look(int) {
    sigset_t waiting;
    const termios* const before = modes;
    if (before == nullptr || ::sigpending(&waiting) != 0) return;
    for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
      if (::sigismember(&waiting, each) != 1) continue;
      ::tcsetattr(STDIN_FILENO, TCSANOW, before);
      ::_exit(static_cast<int>(pump::exit_code::interrupted));
    }
  }

  static inline std::atomic<const termios*> modes = nullptr;
  const termios* outer_;
};

attr_t attributes(tone how, bool colour) {
  switch (how) {
    case tone::plain: return A_NORMAL;
    case tone::dim: return A_DIM;
    case tone::bold: return A_BOLD;
    case tone::good: return colour ? static_cast<attr_t>(COLOR_PAIR(good_pair)) : A_NORMAL;
    case tone::warn: return colour ? static_cast<attr_t>(COLOR_PAIR(warn_pair)) : A_BOLD;
    case tone::bad: return colour ? static_cast<attr_t>(COLOR_PAIR(bad_pair)) | A_BOLD : A_BOLD;
  }
  return A_NORMAL;
}

command meaning_of(int key) {
  constexpr int enter = '\n';
  constexpr int control_l = 12;
  switch (key) {
    case 'q':
    case 'Q': return command::quit;
    case 's': return command::next_sort;
    case 'S': return command::last_sort;
    case 'r': return command::reverse;
    case 'k':
    case KEY_UP: return command::up;
    case 'j':
    case KEY_DOWN: return command::down;
    case KEY_PPAGE: return command::page_up;
    case KEY_NPAGE: return command::page_down;
    case 'g':
    case KEY_HOME: return command::first;
    case 'G':
    case KEY_END: return command::last;
    case 'd':
    case enter:
    case KEY_ENTER: return command::details;
    case 'h':
    case '?': return command::help;
    case 'p':
    case ' ': return command::pause;
    case control_l: ::clearok(::curscr, true); return command::none;
    default: return command::none;
  }
}

}  // namespace

struct screen::terminal {
  SCREEN* made = nullptr;
  termios before{};
};

screen::screen(bool colour) : terminal_(std::make_unique<terminal>()) {
  ::tcgetattr(STDIN_FILENO, &terminal_->before);
  ::set_escdelay(escape_delay_ms);
  terminal_->made = ::newterm(nullptr, stdout, stdin);
  if (terminal_->made == nullptr) refuse_terminal();
  ::cbreak();
  ::noecho();
  ::curs_set(0);
  ::keypad(::stdscr, true);
  ::nodelay(::stdscr, true);
  colour_ = colour && ::has_colors();
  if (!colour_) return;
  ::start_color();
  const short background = ::use_default_colors() == OK ? -1 : COLOR_BLACK;
  ::init_pair(good_pair, COLOR_GREEN, background);
  ::init_pair(warn_pair, COLOR_YELLOW, background);
  ::init_pair(bad_pair, COLOR_RED, background);
}

/// A terminal that takes nothing, because it is stopped or gone, gets its modes back all the same.
screen::~screen() {
  if (takes_output()) {
    const impatience watched(terminal_->before);
    ::endwin();
  } else {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_->before);
  }
  ::delscreen(terminal_->made);
}

screen_size screen::size() const {
  return {static_cast<std::size_t>(std::max(1, ::getmaxx(::stdscr))),
          static_cast<std::size_t>(std::max(1, ::getmaxy(::stdscr)))};
}

void screen::show(const std::vector<line>& lines) {
  if (!takes_output()) return;  // the next one will do
  ::werase(::stdscr);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    ::wmove(::stdscr, static_cast<int>(row), 0);
    const attr_t selected = lines[row].selected ? A_REVERSE : A_NORMAL;
    for (const piece& each : lines[row].pieces) {
      ::wattrset(::stdscr, static_cast<int>(attributes(each.how, colour_) | selected));
      ::waddnstr(::stdscr, each.text.data(), static_cast<int>(each.text.size()));
    }
  }
  ::wattrset(::stdscr, A_NORMAL);
  const impatience watched(terminal_->before);
  ::wrefresh(::stdscr);
}

void screen::resized() {
  winsize now{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_row == 0 || now.ws_col == 0) return;
  ::resizeterm(now.ws_row, now.ws_col);
  ::clearok(::curscr, true);
}

command screen::next_key(bool& more) {
  const int key = ::wgetch(::stdscr);
  more = key != ERR;
  return more ? meaning_of(key) : command::none;
}

void screen::leave() {
  const impatience watched(terminal_->before);
  ::endwin();
}

void screen::enter() {
  const impatience watched(terminal_->before);
  resized();
  ::clearok(::curscr, true);
  ::wrefresh(::stdscr);
}

}  // namespace tidegate::top
