#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "log/account.hpp"
#include "log/request.hpp"
#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"
#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::log {
namespace {

using pump::concat;
using pump::exit_code;
using pump::failure;
using pump::printable;

void put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    throw failure(exit_code::lost, concat("standard output: ", std::strerror(errno)));
  }
}

void put_all() {
  if (std::fflush(stdout) != 0) throw failure(exit_code::lost, concat("standard output: ", std::strerror(errno)));
}

/// One more line on standard error, in the form of every other complaint of the command.
void complain(const request& wanted, std::string_view line) {
  constexpr std::array names{"list", "verify", "cat", "truncate-tail"};
  std::fprintf(stderr, "tidegate log %s: %s\n", names[static_cast<std::size_t>(wanted.what)],
               std::string(line).c_str());
}

/// The logs that are meant: the one that was named, or all there are in either directory. Salvage goes without one
/// directory of the two.
std::vector<std::string> names_in(const request& wanted) {
  if (!wanted.name.empty()) return {wanted.name};
  std::vector<std::string> names;
  std::string problem;
  for (const std::string& directory : {wanted.directory, wanted.failover}) {
    if (directory.empty()) continue;
    std::error_code error;
    const auto found = log_names(directory, error);
    if (error && problem.empty()) problem = concat(directory, ": ", error.message(), "; accepted: a directory");
    names.insert(names.end(), found.begin(), found.end());
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!problem.empty() && (!wanted.salvage || names.empty())) throw failure(exit_code::unusable, problem);
  if (names.empty()) {
    pump::refuse(concat(wanted.directory, ": no log here; accepted: a directory with files NAME-NUMBER-SEQ.log"));
  }
  return names;
}

log_location one_log(const request& wanted) {
  const auto names = names_in(wanted);
  if (names.size() > 1) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    pump::refuse(concat(wanted.directory, ": has several logs; accepted: --name with one of ", all));
  }
  return {wanted.directory, names.front(), wanted.failover};
}

recovery_policy policy_of(const request& wanted) {
  return wanted.salvage ? recovery_policy::salvage : recovery_policy::strict;
}

std::vector<named_log> examine_all(const request& wanted) {
  std::vector<named_log> logs;
  for (const std::string& name : names_in(wanted)) {
    logs.push_back({name, examine_log({wanted.directory, name, wanted.failover})});
  }
  return logs;
}

exit_code list(const request& wanted) {
  const auto logs = examine_all(wanted);
  exit_code code = exit_code::done;
  for (const named_log& log : logs) {
    if (judge(log.found) == exit_code::unusable) code = exit_code::unusable;
  }
  if (wanted.json) put(to_json("log list", logs, code));
  for (const named_log& log : logs) {
    if (!wanted.json) put(headline(log) + segment_lines(log.found) + damage_lines(log.found));
    if (judge(log.found) == exit_code::unusable) complain(wanted, complaint(log.found));
  }
  put_all();
  return code;
}

exit_code verify(const request& wanted) {
  const auto logs = examine_all(wanted);
  exit_code code = exit_code::done;
  for (const named_log& log : logs) code = std::max(code, judge(log.found));
  if (wanted.json) put(to_json("log verify", logs, code));
  for (const named_log& log : logs) {
    if (!wanted.json) put(headline(log) + damage_lines(log.found));
    const std::string line = complaint(log.found);
    if (!line.empty()) complain(wanted, line);
  }
  put_all();
  return code;
}

void put_record(const request& wanted, const log_reader& reader) {
  const auto payload = reader.payload();
  if (wanted.with_seq) put(concat(std::to_string(reader.seq()), "\t"));
  if (wanted.prefixed) {
    auto length = static_cast<std::uint32_t>(payload.size());
    if constexpr (std::endian::native == std::endian::big) length = __builtin_bswap32(length);
    put({reinterpret_cast<const char*>(&length), sizeof length});
  }
  put({reinterpret_cast<const char*>(payload.data()), payload.size()});
  if (!wanted.prefixed && !wanted.raw) put("\n");
}

std::string gap_text(const log_reader& reader) {
  if (reader.last_lost() == 0) return concat("records from seq ", std::to_string(reader.seq()), " on are lost");
  if (reader.last_lost() < reader.seq()) return concat("damage before seq ", std::to_string(reader.seq()));
  return concat("records with seq ", std::to_string(reader.seq()), " to ", std::to_string(reader.last_lost()),
                " are lost");
}

exit_code cat(const request& wanted) {
  const log_location log = one_log(wanted);
  const log_reader_config config{.from_seq = wanted.from_seq, .damage = policy_of(wanted)};
  std::error_code error;
  const auto reader = log_reader::make(log, config, error);
  if (!reader) {
    const log_recovery found = examine_log(log);  // with the line that says why
    throw failure(judge(found), found.problem.empty() ? concat(log.directory, ": ", error.message()) : found.problem);
  }
  exit_code code = exit_code::done;
  for (;;) {
    const read_status status = reader->next();
    if (status == read_status::end || (status != read_status::failed && reader->seq() > wanted.to_seq)) break;
    if (status == read_status::failed) {
      put_all();
      throw failure(judge(reader->found()), reader->problem());
    }
    if (status == read_status::ok) {
      put_record(wanted, *reader);
      if (reader->seq() == wanted.to_seq) break;  // what is behind it does not matter
    } else {
      complain(wanted, concat(printable(reader->found().damage.back().path), ": ", gap_text(*reader)));
      code = exit_code::lost;
    }
  }
  put_all();
  return code;
}

/// What would be, or was, done.
std::string deeds(const log_recovery& found, bool done) {
  const std::string_view would = done ? "" : "would be ";
  std::string lines;
  for (const segment_report& segment : found.segments) {
    if (segment.cut_bytes > 0) {
      lines += concat(printable(segment.path), ": ", would, "cut to ", std::to_string(segment.used_bytes),
                      " bytes: ", std::to_string(segment.cut_bytes), " of a torn tail\n");
    } else if (segment.state == segment_state::not_begun && segment.first_seq != found.next_seq) {
      lines += concat(printable(segment.path), ": ", would, "removed: it holds nothing\n");
    }
  }
  for (const log_damage& damage : found.damage) {
    if (damage.closed) continue;
    if (damage.first_lost == 0) {
      lines += concat(printable(damage.path), ": ", would, "given up\n");
      continue;
    }
    lines += concat(printable(damage.path), ": offset ", std::to_string(damage.offset), ": ", would,
                    "closed: ", std::to_string(damage.bytes), " damaged bytes\n");
  }
  return lines;
}

exit_code truncate_tail(const request& wanted) {
  const log_location log = one_log(wanted);
  const named_log result{log.name,
                         wanted.yes ? recover_log(log, policy_of(wanted)) : examine_log(log, policy_of(wanted))};
  const log_recovery& found = result.found;
  const exit_code code = found.error ? judge(found) : exit_code::done;
  if (wanted.json) {
    put(to_json("log truncate-tail", {result}, code));
  } else if (!found.error) {
    const std::string lines = deeds(found, wanted.yes);
    put(lines.empty() ? "nothing to do\n" : lines + damage_lines(found));
    if (!lines.empty() && !wanted.yes) put("nothing was changed; --yes does it\n");
  }
  put_all();
  if (found.error) complain(wanted, complaint(found));
  return code;
}

}  // namespace

exit_code run(const request& wanted) {
  switch (wanted.what) {
    case action::list: return list(wanted);
    case action::verify: return verify(wanted);
    case action::cat: return cat(wanted);
    case action::truncate_tail: break;
  }
  return truncate_tail(wanted);
}

}  // namespace tidegate::log
