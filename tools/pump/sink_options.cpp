#include "pump/sink_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <utility>

#include "pump/choices.hpp"
#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/units.hpp"

namespace tidegate::pump {
namespace {

std::ptrdiff_t count(const options& wanted, endpoint_kind kind) {
  return std::ranges::count(wanted.sinks, kind, &endpoint::kind);
}

/// Two sinks that would write over each other. Two connections to one address are two peers.
bool collide(const endpoint& one, const endpoint& other) {
  const bool alone = one.kind == endpoint_kind::null || one.kind == endpoint_kind::tcp;
  return !alone && one.kind != endpoint_kind::unix_socket && one.kind == other.kind && one.path == other.path;
}

}  // namespace

void sink_options::add_to(CLI::App& app) {
  const auto add = [&app](const char* name, auto& text, const char* what, const char* type, const char* group) {
    return app.add_option(name, text, what)->type_name(type)->group(group);
  };
  add("--tee", tees_, "One more sink, which gets every record, too; repeat it for more", "SINK", "Sinks")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add("--evict-stuck", evict_stuck_, "Give up a sink whose peer makes no progress for so long", "DURATION", "Sinks");
  const char* const log = "Logs (sinks log:DIR)";
  add("--sync", sync_, "When records become durable: batch (default), interval:MS or none", "POLICY", log);
  add("--engine", engine_, "How a log writes: auto, buffered, inline or direct", "ENGINE", log);
  add("--failover", failover_, "Where a log goes on when writing to DIR fails", "DIR", log);
  add("--on-disk-full", on_disk_full_, "block (default: wait for room), drop (and count) or fail", "POLICY", log);
}

void sink_options::into(const std::string& sink, options& wanted) const {
  sinks_into(sink, wanted);
  log_into(wanted);
  if (!evict_stuck_) return;
  wanted.evict_stuck = parse_duration(*evict_stuck_);
  if (!wanted.evict_stuck || wanted.evict_stuck->count() == 0) {
    refuse_value("--evict-stuck", *evict_stuck_, concat(duration_forms, ", above 0"));
  }
  const auto without_peer = count(wanted, endpoint_kind::log) + count(wanted, endpoint_kind::null);
  if (without_peer == std::ssize(wanted.sinks)) {
    refuse(
        "--evict-stuck: no sink has a peer; accepted: with a sink -, file:PATH (a pipe), tcp:ADDR:PORT or "
        "unix:PATH");
  }
}

void sink_options::sinks_into(const std::string& sink, options& wanted) const {
  wanted.sinks.push_back(parse_sink(sink));
  for (const std::string& text : tees_) wanted.sinks.push_back(parse_sink(text));
  if (wanted.sinks.size() > most_sinks) {
    refuse(concat("--tee is given ", std::to_string(tees_.size()), " times; accepted: up to ",
                  std::to_string(most_sinks - 1)));
  }
  for (auto one = wanted.sinks.begin(); one != wanted.sinks.end(); ++one) {
    const auto same =
        std::find_if(wanted.sinks.begin(), one, [&](const endpoint& each) { return collide(each, *one); });
    if (same != one) refuse(concat("'", one->text, "' is given twice as a sink; accepted: once"));
  }
}

void sink_options::log_into(options& wanted) const {
  const auto logs = count(wanted, endpoint_kind::log);
  if (logs == 0) return refuse_without_log();
  if (sync_) wanted.log.sync = policy(*sync_);
  if (engine_) {
    wanted.log.engine = chosen<log_engine>("--engine", *engine_,
                                           {{"auto", log_engine::automatic},
                                            {"buffered", log_engine::buffered},
                                            {"inline", log_engine::inlined},
                                            {"direct", log_engine::direct}});
  }
  if (on_disk_full_) {
    wanted.log.on_disk_full = chosen<disk_full_policy>(
        "--on-disk-full", *on_disk_full_,
        {{"block", disk_full_policy::block}, {"drop", disk_full_policy::drop_new}, {"fail", disk_full_policy::fail}});
  }
  if (!failover_) return;
  if (failover_->empty()) refuse_value("--failover", *failover_, "a directory");
  if (logs > 1) refuse("--failover takes over for one log, and there are several; accepted: one sink log:DIR");
  if (std::ranges::find(wanted.sinks, endpoint_kind::log, &endpoint::kind)->path == *failover_) {
    refuse(concat("--failover ", *failover_, " is the log's own directory; accepted: another one"));
  }
  wanted.log.failover = *failover_;
}

void sink_options::refuse_without_log() const {
  for (const auto& [name, text] : {std::pair("--sync", &sync_), std::pair("--engine", &engine_),
                                   std::pair("--failover", &failover_), std::pair("--on-disk-full", &on_disk_full_)}) {
    if (*text) refuse(concat(name, " ", **text, ": no sink is a log; accepted: with a sink log:DIR"));
  }
}

sync_policy sink_options::policy(const std::string& text) {
  constexpr std::string_view interval = "interval:";
  if (text == "none") return sync_policy::none();
  if (text == "batch") return sync_policy::each_batch();
  const auto span =
      text.starts_with(interval) ? parse_count(std::string_view(text).substr(interval.size())) : std::nullopt;
  if (span && *span > 0 && *span <= most_sync_interval_ms) {
    return sync_policy::interval(std::chrono::milliseconds(*span));
  }
  refuse_value("--sync", text,
               concat("none, batch, or interval:MS with MS from 1 to ", std::to_string(most_sync_interval_ms)));
}

}  // namespace tidegate::pump
