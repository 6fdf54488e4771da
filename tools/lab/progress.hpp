// progress.hpp: how far a run is: a bar with the time left on a terminal, a line for each row elsewhere. On standard
// error.
#pragma once

#include <cstddef>
#include <string>

#include "pump/console.hpp"

namespace tidegate::lab {

class progress {
 public:
  /// Of so many rows, which take so long together.
  progress(std::size_t rows, double all_s);

  void begin(const std::string& scenario, const std::string& row, double row_s);
  /// The row has run for so long.
  void show(double at_s);
  /// The row has ended.
  void end();
  /// Takes the bar away.
  void close();

 private:
  const bool on_terminal_;
  const std::size_t rows_;
  const double all_s_;
  pump::console console_;
  std::string what_;
  double done_s_ = 0;
  double row_s_ = 0;
  std::size_t row_ = 0;
};

}  // namespace tidegate::lab
