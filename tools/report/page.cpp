#include "report/page.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "report/assets.hpp"
#include "report/budget.hpp"
#include "report/escape.hpp"
#include "report/markup.hpp"
#include "report/words.hpp"
#include "tidegate/base/config.hpp"

namespace tidegate::report {
namespace {

// Nothing may be fetched, whatever a text tries.
constexpr const char* head =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n";

std::string badges_markup(const std::vector<badge>& badges) {
  if (badges.empty()) return "";
  std::string text = "<ul class=\"badges\">\n";
  for (const badge& one : badges) {
    text += "<li class=\"" + std::string(to_string(one.outcome)) + "\">" + mark_markup(one.outcome) + " " +
            escape_markup(one.label);
    if (!one.detail.empty()) text += "<span class=\"detail\">" + escape_markup(one.detail) + "</span>";
    text += "</li>\n";
  }
  return text + "</ul>\n";
}

std::string machine_markup(const std::vector<std::pair<std::string, std::string>>& machine) {
  if (machine.empty()) return "";
  std::string text = "<details open><summary>Where this was measured</summary>\n<dl class=\"machine\">\n";
  for (const auto& [what, value] : machine) {
    text += "<dt>" + escape_markup(what) + "</dt><dd>" + escape_markup(value) + "</dd>\n";
  }
  return text + "</dl></details>\n";
}

std::string contents_markup(const std::vector<section>& sections) {
  if (sections.size() < 3) return "";  // on one screen
  std::string text = "<nav aria-label=\"Contents\"><ul>\n";
  for (std::size_t i = 0; i < sections.size(); ++i) {
    text += "<li><a href=\"#section-" + std::to_string(i) + "\">" + escape_markup(sections[i].heading) + "</a></li>\n";
  }
  return text + "</ul></nav>\n";
}

std::string header_markup(const page& of) {
  std::string text = "<header>\n<h1>" + escape_markup(of.title) + "</h1>\n" + paragraph_markup(of.subtitle, "subtitle");
  for (const std::string& one : of.summary) text += paragraph_markup(one);
  text += badges_markup(of.badges) + machine_markup(of.machine) + contents_markup(of.sections);
  return text + "</header>\n";
}

std::string section_markup(const section& of, std::size_t number, chart_kind charts, std::size_t stretches) {
  const std::string id = "section-" + std::to_string(number);
  std::string text = "<section id=\"" + id + "\" aria-labelledby=\"" + id + "-heading\">\n<h2 id=\"" + id +
                     "-heading\">" + escape_markup(of.heading) + "</h2>\n";
  for (const std::string& one : of.text) text += paragraph_markup(one);
  for (std::size_t i = 0; i < of.items.size(); ++i) text += to_markup(of.items[i], {number, i, charts, stretches});
  return text + "</section>\n";
}

std::string data_markup(const char* id, const std::string& json) {
  return std::string("<script type=\"application/json\" id=\"") + id + "\">" + escape_script(json) + "</script>\n";
}

std::string script_markup(std::string_view script) { return "<script>" + std::string(script) + "</script>\n"; }

std::string footer_markup(chart_kind charts) {
  std::string text = "<footer>Made by tidegate " + std::to_string(TIDEGATE_VERSION_MAJOR) + "." +
                     std::to_string(TIDEGATE_VERSION_MINOR) + "." + std::to_string(TIDEGATE_VERSION_PATCH) +
                     ". The data is in this page as JSON (the element “report-data”).";
  if (charts == chart_kind::live) text += " Charts are drawn by Chart.js (MIT License).";
  return text + "</footer>\n";
}

std::error_code last_error() { return std::make_error_code(std::errc::io_error); }

}  // namespace

chart_kind best_chart_kind() noexcept { return assets::chart_js().empty() ? chart_kind::still : chart_kind::live; }

std::string to_html(const page& of, chart_kind charts) {
  if (!of.attached_json.empty() && !nlohmann::json::accept(of.attached_json)) {
    throw std::invalid_argument("report: what is attached to the page is not JSON");
  }
  if (assets::chart_js().empty()) charts = chart_kind::still;
  std::string text = head;
  text += "<title>" + escape_markup(of.title) + "</title>\n<style>\n" + std::string(assets::page_css()) + "</style>\n";
  text += "</head>\n<body>\n" + header_markup(of) + "<main>\n";
  const std::size_t stretches = stretches_for(of) / 3;  // a picture takes bytes beside the data
  for (std::size_t i = 0; i < of.sections.size(); ++i) text += section_markup(of.sections[i], i, charts, stretches);
  text += "</main>\n" + footer_markup(charts) + data_markup("report-data", to_json(of));
  if (!of.attached_json.empty()) text += data_markup("attached-data", of.attached_json);
  if (charts == chart_kind::live) text += script_markup(assets::chart_js());
  return text + script_markup(assets::page_js()) + "</body>\n</html>\n";
}

std::error_code write_html(const page& of, const std::filesystem::path& path) {
  std::filesystem::path beside = path;
  beside += ".part";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << to_html(of);
    file.close();
    if (!file) return last_error();
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  return error;
}

}  // namespace tidegate::report
