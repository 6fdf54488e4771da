#include "lab/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"

namespace tidegate::lab {
namespace {

using pump::concat;

constexpr std::size_t bar_columns = 24;

}  // namespace

progress::progress(std::size_t rows, double all_s)
    : on_terminal_(::isatty(STDERR_FILENO) == 1), rows_(rows), all_s_(all_s) {}

void progress::begin(const std::string& scenario, const std::string& row, double row_s) {
  ++row_;
  row_s_ = row_s;
  what_ = concat(std::to_string(row_), "/", std::to_string(rows_), " ", scenario, ": ", pump::printable(row));
  if (on_terminal_) return show(0);
  std::fprintf(stderr, "tidegate lab: %s, %.0f s\n", what_.c_str(), row_s);
}

void progress::show(double at_s) {
  if (!on_terminal_) return;
  const double done_s = done_s_ + std::min(at_s, row_s_);
  const double share = all_s_ > 0 ? std::min(1.0, done_s / all_s_) : 1;
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_columns));
  const std::string bar = std::string(filled, '#') + std::string(bar_columns - filled, '.');
  console_.show(concat("[", bar, "] ", pump::format_clock(std::max(0.0, all_s_ - done_s)), " left  ", what_));
}

void progress::end() {
  done_s_ += row_s_;
  show(0);
}

void progress::close() { console_.show(""); }

}  // namespace tidegate::lab
