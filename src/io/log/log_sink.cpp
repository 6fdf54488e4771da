#include "tidegate/io/log_sink.hpp"

#include <sys/random.h>

#include <cerrno>
#include <new>
#include <utility>

#include "io/group_core.hpp"
#include "io/log/log_core.hpp"
#include "io/log/log_format.hpp"
#include "io/log/log_lock.hpp"
#include "io/log/log_repair.hpp"
#include "io/log/open_log_files.hpp"
#include "io/log/segment_files.hpp"

namespace tidegate {

namespace {

using detail::log_core;

std::error_code system_error_of(int error_number) noexcept { return {error_number, std::system_category()}; }

/// A log of which nothing is there yet is a good beginning.
std::error_code recover(const detail::held_log& held, recovery_policy policy, log_recovery& found) {
  detail::segment_files files;
  found = detail::recover_held(files, held, policy);
  if (found.error != log_errc::no_log) return found.error;
  found = {};
  return {};
}

std::unique_ptr<log_core> open_core(log_config config, log_recovery& found, std::error_code& error) {
  error = log_core::resolve_limits(config);
  if (!error && !detail::is_log_name(config.name)) error = log_errc::bad_name;
  if (error) return nullptr;
  detail::held_log held = detail::hold_log({config.directory, config.name, config.failover_directory}, config.recovery);
  error = recover(held, config.recovery, found);
  if (error) return nullptr;
  config.directory = held.log.directory;
  config.failover_directory = held.log.failover_directory;
  detail::log_origin origin{found.next_seq, found.last_number + 1, 0};
  if (::getrandom(&origin.salt, sizeof origin.salt, 0) != static_cast<ssize_t>(sizeof origin.salt)) {
    error = system_error_of(errno);
    return nullptr;
  }
  backend_report report;
  auto files = detail::open_log_files(config, held, report, error);
  if (error) return nullptr;
  auto core = std::make_unique<log_core>(std::move(files), config, origin, std::move(report));
  const int refusal = core->start();
  if (refusal == ENOMEM) throw std::bad_alloc();
  if (refusal != 0) error = system_error_of(refusal);
  if (!error && config.group != nullptr) core->join(detail::group_core::share(*config.group));
  return error ? nullptr : std::move(core);
}

std::unique_ptr<log_core> or_throw(std::unique_ptr<log_core> core, std::error_code error, const log_recovery& found) {
  if (error) throw std::system_error(error, found.problem.empty() ? "log_sink" : "log_sink: " + found.problem);
  return core;
}

}  // namespace

log_sink::log_sink(const log_config& config) {
  std::error_code error;
  core_ = open_core(config, found_, error);
  core_ = or_throw(std::move(core_), error, found_);
}

log_sink::log_sink(std::unique_ptr<log_core> core, log_recovery found) noexcept
    : core_(std::move(core)), found_(std::move(found)) {}

log_sink::~log_sink() = default;

std::unique_ptr<log_sink> log_sink::make(const log_config& config, std::error_code& error,
                                         log_recovery* found) noexcept {
  try {
    log_recovery report;
    auto core = open_core(config, report, error);
    if (found != nullptr) *found = report;
    if (error) return nullptr;
    return std::unique_ptr<log_sink>(new log_sink(std::move(core), std::move(report)));
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
  } catch (const std::system_error& failure) {
    error = failure.code();
  } catch (...) {
    error = std::make_error_code(std::errc::io_error);
  }
  return nullptr;
}

sink_status log_sink::write(std::span<const std::byte> record) noexcept { return core_->write(record); }
sink_status log_sink::write(std::span<const std::span<const std::byte>> parts) noexcept { return core_->write(parts); }
sink_status log_sink::write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept {
  return core_->write_run(bytes, lengths);
}
sink_status log_sink::claim(std::size_t max_bytes, std::span<std::byte>& place) noexcept {
  return core_->claim(max_bytes, place);
}
sink_status log_sink::publish(std::size_t used) noexcept { return core_->publish(used); }
bool log_sink::writable() const noexcept { return core_->writable(); }
sink_credits log_sink::credits() const noexcept { return core_->credits(); }
void log_sink::cork() noexcept { core_->set_corked(true); }
void log_sink::uncork() noexcept { core_->set_corked(false); }
bool log_sink::corked() const noexcept { return core_->corked(); }
std::size_t log_sink::pump() noexcept { return core_->pump(); }
wait_status log_sink::wait_progress(deadline until) noexcept { return core_->wait_progress(until); }
wait_status log_sink::wait(deadline until) noexcept { return core_->wait(until); }
wait_status log_sink::drain(deadline until) noexcept { return core_->drain(until); }
wait_status log_sink::flush(deadline until) noexcept { return core_->flush(until); }
wait_status log_sink::sync(deadline until) noexcept { return core_->sync(until); }
log_close_report log_sink::close(deadline until, const undelivered_callback& on_undelivered) {
  return core_->close(until, on_undelivered);
}
bool log_sink::rebind_owner() noexcept { return core_->rebind_owner(); }
log_position log_sink::position() const noexcept { return core_->position(); }
std::uint64_t log_sink::next_seq() const noexcept { return core_->next_seq(); }
std::uint64_t log_sink::durable_seq() const noexcept { return core_->durable_seq(); }
bool log_sink::suspended() const noexcept { return core_->suspended(); }
deadline log_sink::next_due() const noexcept { return core_->next_due(); }
std::error_code log_sink::error() const noexcept { return core_->error(); }
const log_stats& log_sink::stats() const noexcept { return core_->stats(); }
const backend_report& log_sink::backend() const noexcept { return core_->backend(); }
const log_config& log_sink::config() const noexcept { return core_->config(); }
const log_recovery& log_sink::recovered() const noexcept { return found_; }
std::size_t log_sink::max_bytes() const noexcept { return core_->max_bytes(); }

}  // namespace tidegate
