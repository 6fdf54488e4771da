// theory.hpp: what queueing theory says of a server, in closed form.
//
// Origin: Erlang 1917 (B); Kendall's M/M/c/K in equilibrium, as in Gross & Harris, "Fundamentals of queueing theory";
// Little, "A proof for the queuing formula L = lambda W", 1961.
#pragma once

#include <cstddef>

namespace tidegate::lab::theory {

/// The share of `erlangs` of traffic that `servers` without a queue turn away.
[[nodiscard]] double erlang_b(std::size_t servers, double erlangs) noexcept;

/// A queue M/M/c/K in equilibrium: Poisson arrivals, exponential service, `servers`, at most `places` in the system.
struct mmck {
  double blocked = 0;    ///< share of arrivals that are turned away
  double inside = 0;     ///< mean number in the system, L
  double sojourn_s = 0;  ///< mean time in the system of those who are admitted, W = L / (lambda (1 - blocked))
  double served_per_second = 0;
};

/// Rates a second; `mu` of one server.
[[nodiscard]] mmck mmck_of(double lambda, double mu, std::size_t servers, std::size_t places);

/// A line through points, by least squares.
struct line {
  double slope = 0;
  double error = 0;  ///< standard error of the slope; 0 with fewer than three points
};

/// Collects points one by one, in constant memory.
class least_squares {
 public:
  void add(double x, double y) noexcept;
  [[nodiscard]] line fitted() const noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::size_t count_ = 0;
  double mean_x_ = 0, mean_y_ = 0;
  double xx_ = 0, xy_ = 0, yy_ = 0;  // sums of squares and products about the means
};

}  // namespace tidegate::lab::theory
