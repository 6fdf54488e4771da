#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "report/escape.hpp"
#include "report/markup.hpp"
#include "report/words.hpp"

namespace tidegate::report {
namespace {

const cell nothing;

const cell& cell_at(const table_row& row, std::size_t i) { return i < row.cells.size() ? row.cells[i] : nothing; }

/// Whether its column stands to the right.
bool right(const table& of, std::size_t i) {
  if (of.columns[i].align != alignment::by_content) return of.columns[i].align == alignment::right;
  return std::any_of(of.rows.begin(), of.rows.end(),
                     [i](const table_row& row) { return std::holds_alternative<double>(cell_at(row, i).value); });
}

std::string exact(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string content(const cell& of, unit usual) {
  std::string text;
  if (const auto* words = std::get_if<std::string>(&of.value)) text = escape_markup(*words);
  if (const auto* number = std::get_if<double>(&of.value)) text = format_value(*number, of.in.value_or(usual));
  if (of.mark) text += (text.empty() ? "" : " ") + mark_markup(*of.mark);
  return text.empty() ? "–" : text;
}

std::string cell_markup(const cell& of, unit usual, bool on_the_right) {
  std::string text = on_the_right ? "<td class=\"n\"" : "<td";
  if (const auto* number = std::get_if<double>(&of.value); number != nullptr && std::isfinite(*number)) {
    text +=
        " data-value=\"" + exact(*number) + "\" data-unit=\"" + std::string(to_string(of.in.value_or(usual))) + "\"";
  }
  return text + ">" + content(of, usual) + "</td>";
}

std::string head_markup(const table& of, const std::vector<bool>& rights) {
  std::string text = "<thead><tr>";
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    text += rights[i] ? "<th scope=\"col\" aria-sort=\"none\" class=\"n\">" : "<th scope=\"col\" aria-sort=\"none\">";
    text += "<button type=\"button\">" + escape_markup(of.columns[i].title) + "</button></th>";
  }
  return text + "</tr></thead>\n";
}

}  // namespace

std::string mark_markup(verdict of) {
  const std::string name(to_string(of));
  return "<span class=\"mark " + name + "\">" + std::string(sign_of(of)) + " " + name + "</span>";
}

std::string to_markup(const table& of) {
  std::vector<bool> rights;
  for (std::size_t i = 0; i < of.columns.size(); ++i) rights.push_back(right(of, i));
  const std::string name = escape_markup(of.title.empty() ? "table" : of.title);
  std::string text = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + name + "\"><table>\n";
  if (!of.title.empty()) text += "<caption>" + name + "</caption>\n";
  text += head_markup(of, rights) + "<tbody>\n";
  for (const table_row& row : of.rows) {
    text += row.ours ? "<tr class=\"ours\">" : "<tr>";
    for (std::size_t i = 0; i < of.columns.size(); ++i) {
      text += cell_markup(cell_at(row, i), of.columns[i].in, rights[i]);
    }
    text += "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  if (of.rows.empty()) text += paragraph_markup("No rows.", "note");
  return text + paragraph_markup(of.caption, "note");
}

}  // namespace tidegate::report
