#include "log/command_line.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::log {
namespace {

using pump::concat;

struct subcommand {
  action what;
  const char* name;
  const char* help;
  const char* footer;
};

constexpr std::array<subcommand, 4> subcommands{{
    {action::list, "list", "The logs in DIR, their segments, and what state each is in",
     "Reads everything and changes nothing.\nExit code: 0 listed, whatever was found; 2 bad usage or unreadable."},
    {action::verify, "verify", "Check every record of every log in DIR",
     "Changes nothing. What an earlier --salvage has closed is told and accepted.\n"
     "Exit code: 0 all is well; 1 corruption or a torn tail, in one line with file and offset; 2 bad usage or "
     "unreadable."},
    {action::cat, "cat", "Write the records of a log to standard output",
     "Each record as it is and a newline behind it; --prefixed: a 32-bit length in little endian before it instead,\n"
     "as `tidegate pump --prefixed` reads it; --raw: nothing between them, which gives back what `tidegate pump` "
     "wrote.\n"
     "A torn tail is where the log ends.\n"
     "Exit code: 0 all written; 1 corruption was met (what is before it was written) or standard output failed; 2 bad "
     "usage or unreadable."},
    {action::truncate_tail, "truncate-tail", "Cut off what a crash left half-written",
     "Without --yes it says what it would do. Corruption before valid records is refused; --salvage closes it with a\n"
     "gap and says what is lost: the rest can then be read and written on. The damaged bytes stay in the file.\n"
     "Exit code: 0 done, or nothing to do; 1 corruption or a failing disk; 2 bad usage, unreadable, or in use."},
}};

std::uint64_t parse_seq(std::string_view option, const std::optional<std::string>& text, std::uint64_t otherwise) {
  if (!text) return otherwise;
  const auto value = pump::parse_count(*text);
  if (!value || *value == 0) pump::refuse(concat(option, " '", *text, "' is not accepted; accepted: 1 or above"));
  return *value;
}

}  // namespace

struct command_line::texts {
  request given;
  std::optional<std::string> from, to;
  std::array<CLI::App*, subcommands.size()> apps{};
};

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  app.require_subcommand(1);
  request& given = texts_->given;
  for (std::size_t index = 0; index < subcommands.size(); ++index) {
    const subcommand& each = subcommands[index];
    CLI::App* const sub = texts_->apps[index] = app.add_subcommand(each.name, each.help);
    sub->footer(each.footer);
    sub->add_option("DIR", given.directory, "Where the log is")->required()->type_name("");
    sub->add_option("--name", given.name, "Which log, if there are several in DIR")->type_name("NAME");
    sub->add_option("--failover", given.failover, "The log's second directory")->type_name("DIR");
    if (each.what != action::cat) sub->add_flag("--json", given.json, "One JSON object instead of lines");
  }
  CLI::App* const cat = texts_->apps[static_cast<std::size_t>(action::cat)];
  cat->add_option("--from", texts_->from, "The first record (default: the oldest there is)")->type_name("SEQ");
  cat->add_option("--to", texts_->to, "The last record (default: the newest there is)")->type_name("SEQ");
  cat->add_flag("--with-seq", given.with_seq, "Before each record its seq and a tab");
  cat->add_flag("--prefixed", given.prefixed, "A length before each record, no newline behind it");
  cat->add_flag("--raw", given.raw, "The records and nothing else");
  cat->add_flag("--salvage", given.salvage, "Go on behind corruption; says what is lost, exit code 1");
  CLI::App* const truncate = texts_->apps[static_cast<std::size_t>(action::truncate_tail)];
  truncate->add_flag("--yes", given.yes, "Do it");
  truncate->add_flag("--salvage", given.salvage, "Also close corruption before valid records");
}

command_line::~command_line() = default;

request command_line::checked() const {
  request wanted = texts_->given;
  for (std::size_t index = 0; index < subcommands.size(); ++index) {
    if (texts_->apps[index]->parsed()) wanted.what = subcommands[index].what;
  }
  wanted.from_seq = parse_seq("--from", texts_->from, wanted.from_seq);
  wanted.to_seq = parse_seq("--to", texts_->to, wanted.to_seq);
  if (wanted.from_seq > wanted.to_seq) pump::refuse("--from is behind --to; accepted: --from SEQ <= --to SEQ");
  const char* const first = wanted.prefixed ? "--prefixed" : "--raw";
  const char* const second = wanted.with_seq ? "--with-seq" : "--raw";
  if (int{wanted.prefixed} + int{wanted.raw} + int{wanted.with_seq} > 1) {
    pump::refuse(concat(first, " and ", second, " contradict each other; accepted: one of them"));
  }
  return wanted;
}

}  // namespace tidegate::log
