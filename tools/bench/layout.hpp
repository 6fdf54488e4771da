// layout.hpp: numbers and tables as text.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tidegate::bench {

/// Three digits where it matters, no more; "-" for what is no number.
[[nodiscard]] std::string digits(double value);

/// Columns as wide as their content; the first `left` are left-aligned, the others right-aligned.
class text_table {
 public:
  text_table(std::vector<std::string> titles, std::size_t left) : left_(left) { add(std::move(titles)); }

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// Nothing when there is no row but the titles.
  [[nodiscard]] std::string text() const;

  /// The same as a table of a Markdown document.
  [[nodiscard]] std::string markdown() const;

 private:
  std::size_t left_;
  std::vector<std::vector<std::string>> rows_ = {};
};

}  // namespace tidegate::bench
