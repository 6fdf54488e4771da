#include "bench/run.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "bench/compare.hpp"
#include "bench/measure.hpp"
#include "bench/page.hpp"
#include "bench/programs.hpp"
#include "bench/summary.hpp"
#include "pump/concat.hpp"
#include "report/page.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;
using pump::exit_code;

exit_code print(const std::string& text, exit_code code) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw pump::failure(exit_code::lost, "standard output takes no more");
  }
  return code;
}

void write_page(const results& found, const std::string& path) {
  if (const std::error_code error = report::write_html(page_of(found), path)) {
    pump::refuse(concat("cannot write '", path, "': ", error.message(), "; accepted: a place for a new file"));
  }
}

/// Now, and not after half an hour.
void expect_writable(const std::string& path) {
  const bool was_there = ::access(path.c_str(), F_OK) == 0;
  if (!std::ofstream(path, std::ios::app)) {
    pump::refuse(concat("cannot write '", path, "'; accepted: --out of a place for two new files"));
  }
  if (!was_there) std::remove(path.c_str());
}

exit_code measure_and_write(const request& asked) {
  const std::vector<program> programs = find_programs(asked);
  const std::string json = asked.out + ".json";
  const std::string html = asked.out + ".html";
  expect_writable(json);
  expect_writable(html);
  const results found = measure(programs, asked);
  write_file(json, to_json(found));
  write_page(found, html);
  static_cast<void>(print(concat(to_text(found), json, " and ", html, " are written\n"), exit_code::done));
  if (found.interrupted) return exit_code::interrupted;
  return failures_of(found).empty() ? exit_code::done : exit_code::lost;
}

exit_code compare_files(const request& asked) {
  const results before = read_results(asked.first_file);
  const results after = read_results(asked.second_file);
  const comparison found = compare(before, after, asked.all, asked.least);
  const exit_code code = asked.gate && has_regression(found) ? exit_code::lost : exit_code::done;
  return print(asked.json ? to_json(found) : to_text(found, before, after), code);
}

exit_code show(const request& asked) {
  const results found = read_results(asked.first_file);
  if (asked.html.empty()) return print(to_text(found), exit_code::done);
  write_page(found, asked.html);
  return exit_code::done;
}

}  // namespace

exit_code run(const request& asked) {
  switch (asked.what) {
    case action::list: return print(list_of(find_programs(asked)), exit_code::done);
    case action::compare: return compare_files(asked);
    case action::report: return show(asked);
    case action::table: return print(readme_table(read_results(asked.first_file)), exit_code::done);
    default: return measure_and_write(asked);
  }
}

}  // namespace tidegate::bench
