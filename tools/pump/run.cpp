#include "pump/run.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "pump/concat.hpp"
#include "pump/console.hpp"
#include "pump/deal.hpp"
#include "pump/descriptors.hpp"
#include "pump/direct_passage.hpp"
#include "pump/live_line.hpp"
#include "pump/metrics_endpoint.hpp"
#include "pump/metrics_pages.hpp"
#include "pump/open_counters.hpp"
#include "pump/open_sinks.hpp"
#include "pump/open_sources.hpp"
#include "pump/outlet.hpp"
#include "pump/queue_view.hpp"
#include "pump/reader.hpp"
#include "pump/report.hpp"
#include "pump/residence.hpp"
#include "pump/shared_passage.hpp"
#include "pump/signals.hpp"
#include "pump/sockets.hpp"
#include "pump/verdict.hpp"
#include "pump/watched_run.hpp"
#include "tidegate/observe/pressure_log.hpp"

namespace tidegate::pump {
namespace {

using clock = std::chrono::steady_clock;
constexpr int live_interval_ms = 200;

/// 0 when unknown. Not getrusage(2): its maximum survives exec(2) and may be that of whoever started us.
std::uint64_t peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    unsigned long kibibytes = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %lu kB", &kibibytes) == 1) return std::uint64_t{kibibytes} * 1024;
  }
  return 0;
}

std::unique_ptr<passage> make_passage(const options& wanted, std::size_t readers, block_pool& blocks, control& until) {
  const bool evicts = wanted.overflow == overflow_policy::drop_oldest;
  if (readers == 1 && wanted.workers == 0 && !wanted.record_deadline && !evicts && wanted.lanes.empty()) {
    return std::make_unique<direct_passage>(queue_config{.capacity = wanted.capacity, .name = "pump"});
  }
  return std::make_unique<shared_passage>(wanted, readers, blocks, until);
}

/// Everything that lives as long as the run does.
class session {
 public:
  session(const options& wanted, const sizing& sizes, control& steps, inputs&& from, outputs&& to, unique_fd interrupts,
          unique_fd metrics_socket, std::unique_ptr<counters_file> counters)
      : wanted_(wanted),
        control_(steps),
        total_bytes_(from.total_bytes),
        interrupts_(std::move(interrupts)),
        hands_(deal(std::move(from), reader_count(wanted, sizes))),
        blocks_(sizes.block_bytes, sizes.credits, static_cast<std::uint32_t>(hands_.size()),
                wanted.lanes.empty() ? 1 : static_cast<std::uint32_t>(hands_.size())),
        passage_(make_passage(wanted, hands_.size(), blocks_, steps)),
        outlet_(wanted, std::move(to), passage_->exit(), blocks_, control_, shown_,
                [this](const std::string& line) { console_.say(line); }) {
    counters_ = std::move(counters);
    make_readers();
    if (wanted.watched()) be_watched(std::move(metrics_socket));
  }

  [[nodiscard]] report move_everything();

  [[nodiscard]] const unique_fd& interrupts() const noexcept { return interrupts_; }

  /// Unless a reader has said it already.
  void say_once(const std::string& line) {
    if (!line.empty() && line != total_.problem) console_.say(line);
  }

 private:
  void make_readers();
  void be_watched(unique_fd metrics_socket);
  void log_pressure();
  void publish_counters();
  [[nodiscard]] std::uint64_t bound_bytes() const;
  void watch();
  void interrupt();
  void show_live(live_line& line);
  [[nodiscard]] report settle(double seconds);

  const options& wanted_;
  control& control_;
  std::optional<std::uint64_t> total_bytes_;
  unique_fd interrupts_;
  console console_;
  progress shown_;
  std::vector<inputs> hands_;  // what each reader reads; moved to it
  block_pool blocks_;
  std::unique_ptr<passage> passage_;
  unique_fd finished_{::eventfd(0, EFD_CLOEXEC)};
  clock::time_point start_ = clock::now();
  bool interrupted_ = false;
  fading_counts recent_{start_};
  entry_rules rules_{wanted_};
  std::vector<std::unique_ptr<reader>> readers_;
  outlet outlet_;
  reading total_;  // of all readers, once they have ended
  queue_view view_{*passage_, blocks_, shown_};
  std::unique_ptr<counters_file> counters_;  // none: nobody wants them
  std::unique_ptr<watched_run> watched_;     // none: nobody looks
  std::unique_ptr<metrics_endpoint> endpoint_;
};

void session::make_readers() {
  const auto listening = static_cast<std::size_t>(
      std::ranges::count_if(hands_, [](const inputs& each) { return !each.listeners.empty(); }));
  for (std::uint32_t i = 0; i < hands_.size(); ++i) {
    readers_.push_back(std::make_unique<reader>(wanted_, std::move(hands_[i]), listening, passage_->entrance(i), rules_,
                                                blocks_, i, control_, shown_, console_));
  }
}

void session::be_watched(unique_fd metrics_socket) {
  watched_ = std::make_unique<watched_run>();
  watched_->watch(view_, {.name = "pump", .policy = to_string(wanted_.overflow)});
  outlet_.be_watched(*watched_);
  if (wanted_.pressure_log) log_pressure();
  if (counters_) publish_counters();
  watched_->start();
  if (metrics_socket) endpoint_ = std::make_unique<metrics_endpoint>(std::move(metrics_socket), pages_of(*watched_));
}

void session::log_pressure() {
  const auto log = std::make_shared<pressure_log>(
      pressure_log_config{}, [this](std::string_view line) { console_.say(concat("pressure: ", line)); });
  watched_->on_sample([this, log](std::span<const pressure> all) {
    log->look(all);
    log->look(watched_->ready().state(), clock::now());
  });
}

void session::publish_counters() {
  watched_->on_sample([this, told = false](std::span<const pressure> all) mutable {
    counters_->publish(all);
    const std::error_code error = counters_->error();
    if (error && !told) console_.say(concat("counters: ", counters_->path(), ": ", error.message()));
    told = static_cast<bool>(error);
  });
}

std::uint64_t session::bound_bytes() const {
  return blocks_.max_bytes() + passage_->max_bytes() + outlet_.max_bytes() + readers_.size() * sizeof(reader) +
         carry_budget::max_bytes(wanted_.records.max_record_bytes());
}

report session::move_everything() {
  std::vector<std::thread> moving;
  for (const auto& each : readers_) moving.emplace_back([&each] { each->run(); });
  for (std::size_t i = 0; i < passage_->workers(); ++i) moving.emplace_back([this, i] { passage_->work(i); });
  std::thread writing([this] {
    outlet_.run();
    const std::uint64_t one = 1;
    static_cast<void>(::write(finished_.get(), &one, sizeof one));
  });
  watch();
  writing.join();
  for (std::thread& each : moving) each.join();
  const double seconds = std::chrono::duration<double>(clock::now() - start_).count();
  endpoint_.reset();
  if (watched_) watched_->stop();
  console_.show("");
  return settle(seconds);
}

/// Until the sink thread is done: signals and the live line.
void session::watch() {
  const bool live = wanted_.stats && ::isatty(STDERR_FILENO) == 1;
  live_line line(start_, total_bytes_);
  for (;;) {
    pollfd polled[] = {{finished_.get(), POLLIN, 0}, {interrupts_.get(), POLLIN, 0}};
    ::poll(polled, 2, live ? live_interval_ms : -1);
    if (polled[0].revents != 0) return;
    if (polled[1].revents != 0 && take_interrupt(interrupts_)) interrupt();
    if (live) show_live(line);
  }
}

void session::interrupt() {
  if (!std::exchange(interrupted_, true)) {
    control_.stop(deadline::after(clock::now(), wanted_.drain_for));
  } else {
    control_.give_up();
  }
}

void session::show_live(live_line& line) {
  const clock::time_point now = clock::now();
  const double records = static_cast<double>(passage_->depth_hint()) / static_cast<double>(passage_->capacity());
  recent_.update(passage_->residence().snapshot(), now);
  const auto filtered = wanted_.work.pattern ? std::optional(passage_->filtered()) : std::nullopt;
  console_.show(line.update({.when = now,
                             .delivered_bytes = shown_.sink.delivered_bytes.read(),
                             .delivered_records = shown_.sink.delivered_records.read(),
                             .lost_records = shown_.lost_records() + passage_->expired().records,
                             .filtered = filtered,
                             .saturation = std::max(records, blocks_.saturation_hint()),
                             .disk_full = shown_.sink.full_disks.read() > 0,
                             .residence_p99 = recent_.quantile(0.99)}));
}

report session::settle(double seconds) {
  for (const auto& each : readers_) total_ += each->outcome();
  const reading& in = total_;
  delivery out = outlet_.outcome();
  report of;
  of.account = in.account;
  of.account.filtered = passage_->filtered();
  of.account.expired = passage_->expired();
  add_sinks(of, std::move(out));
  of.kept_weight = in.kept_weight;
  of.unrepresented = rules_.sampling.left_out_hint();
  of.read_bytes = in.read_bytes;
  of.unfinished = in.unfinished;
  of.connections = in.connections;
  of.readers = readers_.size();
  of.seconds = seconds;
  of.queue = passage_->stats();
  of.taken_by_lane = passage_->taken_by_lane();
  const histogram_snapshot stays = passage_->residence().snapshot();
  of.residence_p99 = quantile(stays, 0.99);
  of.residence_samples = stays.count();
  of.block_waits = blocks_.waits();
  of.bound_bytes = bound_bytes();
  of.peak_bytes = peak_resident_bytes();
  judge(of, total_, passage_->problem(), interrupted_);
  return of;
}

void announce(const inputs& from, const outputs& to, const unique_fd& metrics, console& out) {
  for (const output& each : to.all) {
    if (const std::string line = repair_note(each); !line.empty()) out.say(line);
  }
  for (const listener& each : from.listeners) {
    out.say(concat(each.name, ": listening on ",
                   each.socket_path ? each.socket_path.text() : address_of(each.fd.get(), true)));
  }
  if (metrics) out.say(concat("metrics: listening on ", address_of(metrics.get(), true)));
}

/// 0, or the errno value that says why it could not be written. A reader that has gone does not want it.
[[nodiscard]] int print_summary(const report& of, const options& wanted, bool data_on_stdout,
                                const unique_fd& interrupts) {
  if (wanted.summary == summary_format::none) return 0;
  const std::string text = wanted.summary == summary_format::json ? to_json(of, wanted) : to_text(of, wanted);
  const int error = write_unless_interrupted(data_on_stdout ? STDERR_FILENO : STDOUT_FILENO, text, interrupts);
  return error == EPIPE ? 0 : error;
}

}  // namespace

exit_code run(const options& wanted) {
  ignore_write_signals();
  hold_standard_descriptors();
  const sizing sizes = size_up(wanted);
  control steps;
  console messages;
  auto counters = wanted.counters ? open_counters(*wanted.counters) : nullptr;
  unique_fd metrics = wanted.metrics ? listen_tcp(*wanted.metrics, "--metrics") : unique_fd();
  inputs from = open_sources(wanted);
  outputs to = open_sinks(wanted, sizes, steps.sink_wake_fd(), from);
  const bool data_on_stdout = to.standard_output();
  const std::vector<old_file> old_files = std::move(to.old_files);
  announce(from, to, metrics, messages);
  if (counters) messages.say(concat("counters: published in ", counters->path()));
  unique_fd interrupts = catch_interrupts();  // until here a signal ends the process, also while it connects
  session moving(wanted, sizes, steps, std::move(from), std::move(to), std::move(interrupts), std::move(metrics),
                 std::move(counters));
  empty_files(old_files);
  const report of = moving.move_everything();
  moving.say_once(of.problem);
  const int error = print_summary(of, wanted, data_on_stdout, moving.interrupts());
  if (error == 0) return of.code;
  messages.say(concat("cannot write the summary: ", std::generic_category().message(error)));
  return of.code == exit_code::done ? exit_code::lost : of.code;
}

}  // namespace tidegate::pump
