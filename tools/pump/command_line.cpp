#include "pump/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pump/choices.hpp"
#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/progress.hpp"
#include "pump/sink_options.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

constexpr const char* footer = R"(SOURCE  -  file:PATH  tcp-listen:ADDR:PORT  unix-listen:PATH
SINK    -  file:PATH  tcp:ADDR:PORT  unix:PATH  log:DIR  null:
Several sources, and several connections to one listener, are merged record by record. A listener ends when it has
served at least one connection and all are closed (--keep-listening: never). At most 512 connections are read at
once, 8 of them inside a record above 4 KiB; others wait. An output file is created or truncated. Each source has a
thread of its own, up to 8 and to the blocks that --capacity-bytes holds (--rate-limit: one for all); records of one
source stay in order, also behind workers.

Workers: --grep and --hash look at a record's content, without newline or length prefix. A record that --grep takes out
counts as filtered. --hash puts 16 hexadecimal digits (FNV-1a, 64 bits) and a blank before the content; a prefixed
record's length grows by these 17 bytes. What a worker holds, or what waits for its turn behind another one, counts
against --capacity and --capacity-bytes. A slow worker delays only what was read after its records by the same thread,
until the capacity is used up.

Several sinks (--tee): each gets every record, and the slowest one sets the pace. A sink that fails is given up at once
and the others go on; the exit code is 1 then. --evict-stuck: so is one whose peer takes and confirms nothing for so
long. Where the account names one sink, it is the one that delivered least; each has a line of its own.
log:DIR keeps records in segment files log-NUMBER-SEQ.log in DIR, which must exist: one record of the log for each, as
it was read, newline or prefix included; with --raw for each block, whose boundaries mean nothing. `tidegate log cat
--raw DIR` gives the bytes back. What a crash left half-written is cut off first, which is told. --sync batch: records
are durable before they count as delivered, many by one sync; interval:MS: a sync at least so often; none: they survive
a killed process, not a power cut. Full disk: `block` waits for room, and so does reading; `drop` drops for this log
what finds no credit, and counts it (exit code stays 0); `fail` gives the log up.

Full queue: `block` stops reading (lossless); `drop-newest` drops the record and counts it (exit code stays 0);
`drop-oldest` evicts the oldest records in the queue for it and counts them (exit code stays 0): a record is dropped
itself only when none is left there, as the sink, workers or another source hold all of --capacity-bytes, or as many
workers all of --capacity; `reject` refuses and counts it, and the command ends with exit code 1, because nobody can
offer it again; `sample:N` keeps one of N once half of --capacity or --capacity-bytes is in use, counts the others as
sampled (exit code stays 0), and tells how many records those that were kept stand for. --max-waiters: when N source
threads wait already, a record that finds no room is rejected, as by `reject`.
--lane WEIGHT, once for each source and in their order: each source has a lane of its own, with an equal part of
--capacity and --capacity-bytes. While several lanes have records, the sink takes bytes from them in the ratio of their
weights; none starves. A listener's connections share its lane. Up to 8 sources and one worker.
--deadline-per-record: a record that waited for longer, from when it was read until it is taken out of the queue, is
dropped and counts as expired (exit code stays 0). What has left the queue is delivered, however long that takes.
SIGINT or SIGTERM: stops reading and drains what was read by the --deadline; a second one gives up at once.

--metrics: GET /metrics is for Prometheus (`tidegate metrics table` explains it; rules and a dashboard are there, too),
/healthz says that it lives, /readyz answers 503 with Retry-After while records get too old or the queue stays full,
/inventory tells worst-case memory. The address is printed once it listens. --pressure-log: saturated and relieved, full
soon, ready or not, the first loss of a kind; at most 5 lines in 10 s about one thing, the others are counted.
--counters: a file that `tidegate top` and `tidegate stat` read while this runs, and no longer; `auto`: where they look
without being told.

The summary goes to standard output, or to standard error when standard output is the sink. It must balance:
offered = delivered + filtered + dropped + rejected + sampled + evicted + expired + timed_out + undelivered, in records
and in bytes as read. Timed out is what waited for room, undelivered what was in the queue or the sink, when the
--deadline passed; all of that is undelivered when the sink fails or a second signal comes.

Sizes: 64K = 64KiB = 65536, 64kB = 64000; also M, G. Rates: a size, or a size and /s. Durations: 500ms, 5s, 2min.
Exit code: 0 done; 1 data lost against the policy, an endpoint failed or a check failed; 2 bad usage or unusable
input; 3 interrupted after a clean drain.)";

/// The arguments in the usage line as they are meant.
class help_format : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string name) const override {
    return concat("Usage: ", name, " [OPTIONS] SOURCE... SINK\n");
  }
};

}  // namespace

struct command_line::texts {
  std::vector<std::string> endpoints, lanes;
  std::optional<std::string> fixed, throttle, rate_limit, workers, grep, record_deadline, max_waiters, metrics,
      counters;
  std::string max_record = "1M", capacity = "65536", capacity_bytes = "16M", overflow = "block", high = "1M",
              low = "256K";
  std::string backend = "auto", deadline = "5s", summary = "text";
  bool prefixed = false, raw = false, split = false, stats = false, keep_listening = false, json = false;
  bool pressure_log = false;
  bool invert = false, hash = false;
  bool max_record_given = false, summary_given = false;
  sink_options sinks;

  void add_record_options(CLI::App& app);
  void add_queue_options(CLI::App& app);
  void add_worker_options(CLI::App& app);
  void add_flow_options(CLI::App& app);
  void add_report_options(CLI::App& app);
  [[nodiscard]] framing records() const;
  void work_into(options& wanted) const;
  void queue_into(options& wanted) const;
  void overflow_into(options& wanted) const;
  void lanes_into(options& wanted) const;
  [[nodiscard]] summary_format report_format() const;
  void endpoints_into(options& wanted) const;
};

void command_line::texts::add_record_options(CLI::App& app) {
  const char* const group =
      "Records (default: lines, the newline included; a last line without one is delivered as it is)";
  app.add_option("--fixed", fixed, "Records of N bytes")->type_name("N")->group(group);
  app.add_flag("--prefixed", prefixed, "Records behind a 32-bit little-endian length, delivered with it")->group(group);
  app.add_flag("--raw", raw, "Blocks as they are read, no boundaries")->group(group);
  app.add_option("--max-record", max_record, "Longest record, without newline or prefix; longer ones are refused")
      ->type_name("SIZE")
      ->capture_default_str()
      ->each([this](const std::string&) { max_record_given = true; })
      ->group(group);
  app.add_flag("--split", split, "Cut longer lines into records of --max-record bytes instead")->group(group);
}

void command_line::texts::add_queue_options(CLI::App& app) {
  const auto add = [&app](const char* name, auto& text, const char* what, const char* type) {
    app.add_option(name, text, what)->type_name(type)->capture_default_str()->group("Queue");
  };
  add("--capacity", capacity, "Most records in the queue", "RECORDS");
  add("--capacity-bytes", capacity_bytes, "Most memory for records in the queue", "SIZE");
  add("--overflow", overflow, "When full: block, reject, drop-newest, drop-oldest or sample:N", "POLICY");
  add("--max-waiters", max_waiters, "With block: most sources that wait for room; others reject", "N");
  app.add_option("--lane", lanes, "A lane of its own for each source, with this part in the sink's time; once a source")
      ->type_name("WEIGHT")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("Queue");
  add("--deadline-per-record", record_deadline, "Drop records that have waited for longer", "DURATION");
}

void command_line::texts::add_worker_options(CLI::App& app) {
  const char* const group = "Workers (not with --raw)";
  app.add_option("--workers", workers, "Threads between queue and sink (default: none; with --grep or --hash: 1)")
      ->type_name("N")
      ->group(group);
  app.add_option("--grep", grep, "Keep only records that match this POSIX extended regular expression")
      ->type_name("PATTERN")
      ->group(group);
  app.add_flag("--invert", invert, "Keep only records that do not match instead")->group(group);
  app.add_flag("--hash", hash, "Put a hash of each record before it")->group(group);
}

void command_line::texts::add_flow_options(CLI::App& app) {
  const auto add = [&app](const char* name, auto& text, const char* what, const char* type) {
    app.add_option(name, text, what)->type_name(type)->capture_default_str()->group("Flow");
  };
  add("--high", high, "Bytes in flight at which the sink pauses", "SIZE");
  add("--low", low, "Bytes in flight at which it goes on", "SIZE");
  add("--backend", backend, "How the sink writes: auto, uring (not to a terminal) or posix", "KIND");
  add("--throttle", throttle, "Slow the sink down to this on purpose", "RATE");
  add("--rate-limit", rate_limit, "Read no faster than this", "RATE");
  add("--deadline", deadline, "After SIGINT or SIGTERM, how long to drain", "DURATION");
  app.add_flag("--keep-listening", keep_listening, "Listen until interrupted")->group("Flow");
}

void command_line::texts::add_report_options(CLI::App& app) {
  const char* const group = "Report";
  app.add_flag("--stats", stats, "A live line on standard error, if that is a terminal")->group(group);
  app.add_option("--metrics", metrics, "Serve metrics over HTTP; without ADDR on 127.0.0.1, port 0: any free one")
      ->type_name("[ADDR:]PORT")
      ->group(group);
  app.add_flag("--pressure-log", pressure_log, "A line on standard error when pressure begins or ends")->group(group);
  app.add_option("--counters", counters, "Publish counters in this file, for `tidegate top` and `stat`; or auto")
      ->type_name("PATH")
      ->group(group);
  app.add_option("--summary", summary, "Account at the end: text, json or none")
      ->type_name("FORMAT")
      ->capture_default_str()
      ->each([this](const std::string&) { summary_given = true; })
      ->group(group);
  app.add_flag("--json", json, "The same as --summary json")->group(group);
}

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  app.add_option("ENDPOINTS", texts_->endpoints)->group("");  // named in the usage line
  texts_->add_record_options(app);
  texts_->add_queue_options(app);
  texts_->add_worker_options(app);
  texts_->add_flow_options(app);
  texts_->sinks.add_to(app);
  texts_->add_report_options(app);
  app.formatter(std::make_shared<help_format>());
  app.footer(footer);
}

command_line::~command_line() = default;

framing command_line::texts::records() const {
  framing how;
  const int kinds = int{fixed.has_value()} + int{prefixed} + int{raw};
  if (kinds > 1) refuse("--fixed, --prefixed and --raw exclude each other; accepted: one of them, or none for lines");
  if (split && kinds > 0) refuse("--split cuts lines only; accepted: --split without --fixed, --prefixed and --raw");
  how.split = split;
  how.max_content_bytes =
      static_cast<std::uint32_t>(bounded("--max-record", max_record, parse_size, size_forms, 1, most_record_bytes));
  if (prefixed) how.kind = framing_kind::prefixed;
  if (raw) how.kind = framing_kind::raw;
  if (fixed) {
    how.kind = framing_kind::fixed;
    how.fixed_bytes =
        static_cast<std::uint32_t>(bounded("--fixed", *fixed, parse_size, size_forms, 1, most_record_bytes));
    if (max_record_given && how.fixed_bytes > how.max_content_bytes) {
      refuse(concat("--fixed ", *fixed, " is longer than --max-record ", max_record,
                    "; accepted: --fixed <= --max-record"));
    }
  }
  return how;
}

void command_line::texts::work_into(options& wanted) const {
  wanted.work = {.pattern = grep, .inverted = invert, .hash = hash};
  if (invert && !grep) refuse("--invert has nothing to invert; accepted: --invert with --grep PATTERN");
  wanted.workers = wanted.work.any() ? 1 : 0;
  if (workers) {
    wanted.workers = bounded("--workers", *workers, parse_count, "a whole number of threads", 0, most_workers);
  }
  if (wanted.work.any() && wanted.workers == 0) {
    refuse(concat("--workers 0 leaves nobody for ", grep ? "--grep" : "--hash", "; accepted: --workers from 1 to ",
                  std::to_string(most_workers), ", or without it"));
  }
  if (wanted.records.kind == framing_kind::raw && wanted.workers > 0) {
    refuse(concat(grep   ? "--grep"
                  : hash ? "--hash"
                         : "--workers",
                  " needs records, and --raw has none; accepted: lines, --fixed or --prefixed"));
  }
  if (grep) static_cast<void>(matcher(*grep));  // refuses a pattern before anything is opened
}

summary_format command_line::texts::report_format() const {
  const auto format = chosen<summary_format>(
      "--summary", summary,
      {{"text", summary_format::text}, {"json", summary_format::json}, {"none", summary_format::none}});
  if (!json) return format;
  if (summary_given && format != summary_format::json) {
    refuse(concat("--json and --summary ", summary, " exclude each other; accepted: one of them"));
  }
  return summary_format::json;
}

void command_line::texts::endpoints_into(options& wanted) const {
  if (endpoints.size() < 2) {
    refuse(concat(endpoints.empty() ? "no endpoint was given" : "a sink is missing",
                  "; accepted: one or more sources and a sink, as in: tidegate pump ",
                  endpoints.empty() ? "-" : endpoints.front(), " file:copy"));
  }
  for (auto source = endpoints.begin(); source + 1 != endpoints.end(); ++source) {
    wanted.sources.push_back(parse_source(*source));
  }
  const auto standard = std::ranges::count(wanted.sources, endpoint_kind::standard, &endpoint::kind);
  if (standard > 1) refuse(concat("'-' is given as a source ", std::to_string(standard), " times; accepted: once"));
  sinks.into(endpoints.back(), wanted);
}

void command_line::texts::overflow_into(options& wanted) const {
  constexpr std::string_view sample = "sample:";
  if (overflow.starts_with(sample)) {
    const auto every = parse_count(overflow.substr(sample.size()));
    if (!every || *every < 2 || *every > most_sampled) {
      refuse_value("--overflow", overflow, concat("sample:N with N from 2 to ", std::to_string(most_sampled)));
    }
    wanted.overflow = overflow_policy::sample;
    wanted.sample_every = static_cast<std::uint32_t>(*every);
  } else {
    wanted.overflow = chosen<overflow_policy>("--overflow", overflow,
                                              {{"block", overflow_policy::block},
                                               {"reject", overflow_policy::reject},
                                               {"drop-newest", overflow_policy::drop_newest},
                                               {"drop-oldest", overflow_policy::drop_oldest},
                                               {"sample:N", overflow_policy::sample}});
  }
  if (!max_waiters) return;
  wanted.max_waiters =
      bounded("--max-waiters", *max_waiters, parse_count, "a whole number of source threads", 0, most_waiters);
  if (wanted.overflow != overflow_policy::block) {
    refuse(concat("--max-waiters ", *max_waiters, ": nobody waits with --overflow ", overflow,
                  "; accepted: --overflow block"));
  }
}

void command_line::texts::lanes_into(options& wanted) const {
  for (const std::string& text : lanes) {
    wanted.lanes.push_back(static_cast<std::uint32_t>(
        bounded("--lane", text, parse_count, "a whole number as weight", 1, most_lane_weight)));
  }
  if (lanes.empty()) return;
  const std::size_t sources = wanted.sources.size();
  const std::string given = concat("--lane is given ", std::to_string(lanes.size()), " times");
  if (lanes.size() != sources) {
    refuse(concat(given, " for ", std::to_string(sources), " sources; accepted: once for each, in their order"));
  }
  if (sources > most_readers) refuse(concat(given, "; accepted: at most ", std::to_string(most_readers)));
  if (sources > wanted.capacity) refuse(concat(given, "; accepted: at most --capacity ", capacity));
  if (rate_limit)
    refuse("--lane needs a thread for each source, and --rate-limit has one for all; accepted: one of them");
  if (wanted.workers > 1)
    refuse(concat("--lane with --workers ", std::to_string(wanted.workers),
                  ": one thread takes out of all lanes; accepted: --workers 0 or 1"));
  if (wanted.overflow == overflow_policy::drop_oldest) {
    refuse("--lane with --overflow drop-oldest: lanes do not evict; accepted: block, reject, drop-newest or sample:N");
  }
}

void command_line::texts::queue_into(options& wanted) const {
  wanted.capacity = bounded("--capacity", capacity, parse_count, "a whole number of records", 1, most_capacity);
  wanted.capacity_bytes = bounded("--capacity-bytes", capacity_bytes, parse_size, size_forms, 1, most_capacity_bytes);
  overflow_into(wanted);
  lanes_into(wanted);
  if (!record_deadline) return;
  wanted.record_deadline = parse_duration(*record_deadline);
  if (!wanted.record_deadline || wanted.record_deadline->count() == 0) {
    refuse_value("--deadline-per-record", *record_deadline, concat(duration_forms, ", above 0"));
  }
}

options command_line::checked() const {
  const texts& from = *texts_;
  options wanted;
  from.endpoints_into(wanted);
  wanted.records = from.records();
  from.work_into(wanted);
  from.queue_into(wanted);
  wanted.high_bytes = bounded("--high", from.high, parse_size, size_forms, 1, most_mark_bytes);
  wanted.low_bytes = bounded("--low", from.low, parse_size, size_forms, 0, most_mark_bytes);
  wanted.backend = chosen<backend_kind>(
      "--backend", from.backend,
      {{"auto", backend_kind::automatic}, {"uring", backend_kind::uring}, {"posix", backend_kind::posix}});
  constexpr std::uint64_t fastest = std::uint64_t{1} << 40;
  if (from.throttle) wanted.throttle = bounded("--throttle", *from.throttle, parse_rate, rate_forms, 1, fastest);
  if (from.rate_limit) {
    wanted.rate_limit = bounded("--rate-limit", *from.rate_limit, parse_rate, rate_forms, 1, fastest);
  }
  const auto drain_for = parse_duration(from.deadline);
  if (!drain_for) refuse_value("--deadline", from.deadline, duration_forms);
  wanted.drain_for = *drain_for;
  wanted.keep_listening = from.keep_listening;
  wanted.stats = from.stats;
  if (from.metrics) wanted.metrics = parse_metrics_address(*from.metrics);
  wanted.pressure_log = from.pressure_log;
  wanted.counters = from.counters;
  wanted.summary = from.report_format();
  return wanted;
}

}  // namespace tidegate::pump
