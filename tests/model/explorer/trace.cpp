#include "tests/model/explorer/trace.hpp"

#include <cstring>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>
#include <string_view>

#include "tests/model/explorer/knowledge.hpp"

namespace tidegate::model {

namespace {

std::vector<std::string> read_lines(const char* file) {
  std::vector<std::string> lines;
  std::ifstream source(file);
  for (std::string line; std::getline(source, line);) lines.push_back(line);
  return lines;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

/// "spsc_packed.hpp:214"
std::string short_name(const site& at) {
  const char* const slash = std::strrchr(at.file, '/');
  return std::string(slash == nullptr ? at.file : slash + 1) + ":" + std::to_string(at.line);
}

}  // namespace

std::string trace::text() const {
  constexpr std::size_t first_shown = 40;
  constexpr std::size_t last_shown = 120;
  std::map<std::string_view, std::vector<std::string>> sources;
  std::ostringstream out;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (i == first_shown && lines_.size() > first_shown + last_shown) {
      i = lines_.size() - last_shown;
      out << "  ...\n";
    }
    const trace_line& line = lines_[i];
    auto& source = sources[line.at.file];
    if (source.empty()) source = read_lines(line.at.file);
    out << std::setw(5) << line.step << "  " << (line.thread == setup_thread ? "  " : "T" + std::to_string(line.thread))
        << "  " << std::left << std::setw(62) << line.what << "  " << std::setw(24) << short_name(line.at)
        << std::right;
    if (line.at.line >= 1 && line.at.line <= source.size()) out << "  " << trimmed(source[line.at.line - 1]);
    out << '\n';
  }
  return out.str();
}

}  // namespace tidegate::model
