#include "report/budget.hpp"

#include <algorithm>
#include <span>

namespace tidegate::report {
namespace {

constexpr std::size_t stretches_of_all = 45'000;
constexpr std::size_t most_stretches = 500;
constexpr std::size_t least_stretches = 40;

std::size_t long_lines(std::span<const panel> panels) {
  std::size_t count = 0;
  for (const panel& part : panels) {
    count += static_cast<std::size_t>(std::count_if(part.lines.begin(), part.lines.end(), [](const series& line) {
      return line.points.size() > 2 * least_stretches;
    }));
  }
  return count;
}

}  // namespace

std::size_t stretches_for(const page& of) {
  std::size_t count = 0;
  for (const section& part : of.sections) {
    for (const item& one : part.items) {
      if (const auto* lines = std::get_if<line_chart>(&one)) count += long_lines(lines->panels);
      if (const auto* multiples = std::get_if<small_multiples>(&one)) count += long_lines(multiples->panels);
    }
  }
  return std::clamp(stretches_of_all / std::max<std::size_t>(count, 1), least_stretches, most_stretches);
}

}  // namespace tidegate::report
