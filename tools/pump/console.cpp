#include "pump/console.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <limits>

#include "pump/printable.hpp"

namespace tidegate::pump {
namespace {

constexpr std::string_view erase_line = "\r\x1b[K";

/// A reader that has stopped reading may keep us from talking, not from ending.
constexpr int patience_ms = 200;

bool ready(int wait_ms) {
  pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&standard_error, 1, wait_ms) > 0;
}

void write_all(std::string_view text) {
  while (!text.empty() && ready(patience_ms)) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;  // nowhere left to complain to
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Columns of the terminal; a large number when it does not tell.
std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : std::numeric_limits<std::size_t>::max();
}

}  // namespace

void console::say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string text(live_.empty() ? "" : erase_line);
  text += "tidegate pump: ";
  text += printable(line);
  text += '\n';
  write_all(text + live_);
}

void console::show(const std::string& live) {
  const std::lock_guard lock(mutex_);
  if (live.empty() && live_.empty()) return;
  live_ = live.substr(0, columns() - 1);
  if (!live_.empty() && !ready(0)) return;
  write_all(std::string(erase_line) + live_);
}

}  // namespace tidegate::pump
