// Writes the sample report, as it is and without live charts, and its pictures, into a folder.
#include "tests/report/sample.hpp"

#include <cstdio>
#include <fstream>

#include "report/still.hpp"

namespace {

using namespace tidegate::report;

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return static_cast<bool>(file);
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return std::fputs("usage: report_sample FOLDER\n", stderr), 2;
  const std::filesystem::path folder = words[1];
  const page sample = testing::sample_page();
  const bool done = write(folder / "live.html", to_html(sample)) &&
                    write(folder / "still.html", to_html(sample, chart_kind::still)) &&
                    write(folder / "long.html", to_html(testing::long_page(20'000))) &&
                    write(folder / "overload.svg", draw_still(testing::overload())) &&
                    write(folder / "ranking.svg", draw_still(testing::ranking(axis_scale::linear)));
  return done ? 0 : 1;
}
