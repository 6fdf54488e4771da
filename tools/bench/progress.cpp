#include "bench/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"

namespace tidegate::bench {
namespace {

std::size_t columns() {
  constexpr std::size_t usual = 80;
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

}  // namespace

std::string bar_line(double share, double left_s, std::string_view what, std::size_t columns) {
  constexpr std::size_t width = 20;
  const double part = std::clamp(share, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(part * width);
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, "] %3.0f %%  %s left  ", part * 100, pump::format_clock(left_s).c_str());
  const std::string line =
      pump::concat("[", std::string(full, '#'), std::string(width - full, '.'), numbers, pump::printable(what));
  return line.substr(0, columns > 0 ? columns - 1 : 0);
}

progress::progress() : on_(::isatty(STDERR_FILENO) != 0) {}

double progress::elapsed_s() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

void progress::show(double share, const std::string& what) {
  constexpr auto pause = std::chrono::milliseconds(100);
  const auto now = clock::now();
  if (!on_ || (drawn_yet_ && now - drawn_ < pause)) return;
  drawn_ = now;
  drawn_yet_ = true;
  const double left_s = share > 0 ? elapsed_s() / share * (1 - share) : 0;
  std::fprintf(stderr, "\r\033[K%s", bar_line(share, left_s, what, columns()).c_str());
}

void progress::say(const std::string& line) {
  clear();
  std::fprintf(stderr, "tidegate bench: %s\n", pump::printable(line).c_str());
}

void progress::clear() {
  if (on_ && drawn_yet_) std::fprintf(stderr, "\r\033[K");
  drawn_yet_ = false;
}

}  // namespace tidegate::bench
