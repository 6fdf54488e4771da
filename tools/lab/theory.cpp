#include "lab/theory.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::lab::theory {

double erlang_b(std::size_t servers, double erlangs) noexcept {
  double blocked = 1;
  for (std::size_t n = 1; n <= servers; ++n) blocked = erlangs * blocked / (static_cast<double>(n) + erlangs * blocked);
  return blocked;
}

mmck mmck_of(double lambda, double mu, std::size_t servers, std::size_t places) {
  constexpr double huge = 1e200;  // beyond it, all weights are made smaller: only their ratios count
  double last = 1, all = 1, inside = 0;
  for (std::size_t n = 1; n <= places; ++n) {
    last *= lambda / (mu * static_cast<double>(std::min(n, servers)));
    all += last;
    inside += static_cast<double>(n) * last;
    if (inside < huge) continue;
    for (double* const each : {&last, &all, &inside}) *each /= huge;
  }
  mmck found;
  found.blocked = last / all;
  found.inside = inside / all;
  found.served_per_second = lambda * (1 - found.blocked);
  found.sojourn_s = found.inside / found.served_per_second;
  return found;
}

// Welford 1962, for two variables.
void least_squares::add(double x, double y) noexcept {
  ++count_;
  const auto n = static_cast<double>(count_);
  const double from_x = x - mean_x_, from_y = y - mean_y_;
  mean_x_ += from_x / n;
  mean_y_ += from_y / n;
  xx_ += from_x * (x - mean_x_);
  xy_ += from_x * (y - mean_y_);
  yy_ += from_y * (y - mean_y_);
}

line least_squares::fitted() const noexcept {
  if (count_ < 2 || !(xx_ > 0)) return {};
  line found{.slope = xy_ / xx_};
  if (count_ > 2) {
    const double left = std::max(0.0, yy_ - found.slope * xy_);
    found.error = std::sqrt(left / static_cast<double>(count_ - 2) / xx_);
  }
  return found;
}

}  // namespace tidegate::lab::theory
