#include "tidegate/io/sink.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include "io/feature_names.hpp"
#include "io/group_core.hpp"
#include "io/open_lane.hpp"
#include "io/sink_core.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate {

namespace {

using detail::sink_core;
using detail::sink_target;
using detail::target_kind;

class sink_error_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tidegate.sink"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<sink_errc>(code)) {
      case sink_errc::bad_limits: return "the sink's limits contradict each other or are out of range";
      case sink_errc::bad_backend_name: return "TIDEGATE_BACKEND must be automatic, uring or posix";
      case sink_errc::backend_unavailable: return "the io_uring backend was demanded and this system refuses it";
      case sink_errc::not_a_stream: return "not a byte stream";
      case sink_errc::not_a_file: return "not a regular file or block device";
      case sink_errc::not_writable: return "the descriptor is open for reading only";
      case sink_errc::cut_short: return "closed with records left unwritten";
      case sink_errc::bad_feature_name: return detail::feature_names_message();
      case sink_errc::evicted: return "the peer took nothing for too long";
      case sink_errc::forked: return "the sink belongs to the parent process";
    }
    return "unknown sink error";
  }
};

/// Datagrams would lose bytes where a batch is cut.
bool is_stream(const sink_target& target) noexcept {
  if (target.kind == target_kind::file) return false;
  if (target.kind != target_kind::socket) return true;
  int type = 0;
  socklen_t length = sizeof type;
  return ::getsockopt(target.fd.get(), SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

std::unique_ptr<sink_core> make_core(sink_target target, sink_config config, std::uint64_t offset,
                                     std::error_code& error) {
  target.wake_fd = config.wake_fd;
  target.shows_progress = config.stall_after.count() > 0;
  error = sink_core::resolve_limits(config);
  if (!error && config.group != nullptr && detail::group_core::of(*config.group).foreign()) error = sink_errc::forked;
  if (!error) error = target.set(config.socket);
  if (error) return nullptr;
  backend_report report;
  auto lane = detail::open_lane(std::move(target), config, report, error);
  if (error) return nullptr;
  auto core = std::make_unique<sink_core>(std::move(lane), config, offset, std::move(report));
  if (!core->allocate()) throw std::bad_alloc();
  if (config.group != nullptr) core->join(detail::group_core::share(*config.group));
  return core;
}

std::unique_ptr<sink_core> make_stream(unique_fd fd, const sink_config& config, std::error_code& error) {
  error.clear();
  sink_target target = sink_target::inspect(std::move(fd), error);
  if (!error && !is_stream(target)) error = sink_errc::not_a_stream;
  return error ? nullptr : make_core(std::move(target), config, 0, error);
}

std::unique_ptr<sink_core> make_file(unique_fd fd, const sink_config& config, std::uint64_t offset,
                                     std::error_code& error) {
  error.clear();
  sink_target target = sink_target::inspect(std::move(fd), error);
  if (!error && target.kind != target_kind::file) error = sink_errc::not_a_file;
  if (error) return nullptr;
  if (offset == file_sink::at_position) {
    const off_t here = ::lseek(target.fd.get(), 0, SEEK_CUR);
    if (here < 0) error = {errno, std::system_category()};
    if (error) return nullptr;
    offset = static_cast<std::uint64_t>(here);
    target.moves_position = !target.append;
  }
  return make_core(std::move(target), config, offset, error);
}

/// Runs `make`, with every exception turned into an error code.
template <class Make>
std::unique_ptr<sink_core> without_exceptions(std::error_code& error, Make make) noexcept {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
  } catch (...) {
    error = std::make_error_code(std::errc::io_error);
  }
  return nullptr;
}

std::unique_ptr<sink_core> or_throw(std::unique_ptr<sink_core> core, std::error_code error, const char* what) {
  if (error) throw std::system_error(error, what);
  return core;
}

}  // namespace

const std::error_category& sink_category() noexcept {
  static const sink_error_category category;
  return category;
}

// --- sink

sink::sink(std::unique_ptr<sink_core> core) noexcept : core_(std::move(core)) {}
sink::~sink() = default;

sink_status sink::write(std::span<const std::byte> record) noexcept { return core_->write(record); }
sink_status sink::write_run(std::span<const std::byte> bytes, std::span<const std::uint32_t> lengths) noexcept {
  return core_->write_run(bytes, lengths);
}
sink_status sink::write(record_parts parts) noexcept { return core_->write(parts); }
sink_status sink::claim(std::size_t max_bytes, std::span<std::byte>& place) noexcept {
  return core_->claim(max_bytes, place);
}
sink_status sink::commit(std::span<std::byte> place, std::size_t used) noexcept { return core_->commit(place, used); }
bool sink::writable() const noexcept { return core_->writable(); }
sink_credits sink::credits() const noexcept { return core_->credits(); }
void sink::cork() noexcept { core_->set_corked(true); }
void sink::uncork() noexcept { core_->set_corked(false); }
bool sink::corked() const noexcept { return core_->corked(); }
std::size_t sink::pump() noexcept { return core_->pump(); }
wait_status sink::wait_progress(deadline until) noexcept { return core_->wait_progress(until); }
wait_status sink::wait(deadline until) noexcept { return core_->wait(until); }
wait_status sink::drain(deadline until) noexcept { return core_->drain(until); }
wait_status sink::flush(deadline until) noexcept { return core_->flush(until); }
wait_status sink::flush_acked(deadline until) noexcept { return core_->flush_acked(until); }
close_report sink::close(deadline until, const undelivered_callback& on_undelivered) {
  return core_->close(until, on_undelivered);
}
bool sink::rebind_owner() noexcept { return core_->rebind_owner(); }
sink_position sink::position() const noexcept { return core_->position(); }
lost_range sink::lost() const noexcept { return core_->lost(); }
bool sink::tells_acked() const noexcept { return core_->tells_acked(); }
std::size_t sink::kernel_queued() noexcept { return core_->kernel_queued(); }
std::error_code sink::error() const noexcept { return core_->error(); }
sink_stats sink::stats() const noexcept { return core_->stats(); }
const backend_report& sink::backend() const noexcept { return core_->backend(); }
const sink_config& sink::config() const noexcept { return core_->config(); }
std::size_t sink::max_bytes() const noexcept { return core_->max_bytes(); }

// --- stream_sink

stream_sink::stream_sink(std::unique_ptr<sink_core> core) noexcept : sink(std::move(core)) {}

stream_sink::stream_sink(unique_fd fd, const sink_config& config)
    : sink([&] {
        std::error_code error;
        auto core = make_stream(std::move(fd), config, error);
        return or_throw(std::move(core), error, "stream_sink");
      }()) {}

std::unique_ptr<stream_sink> stream_sink::make(unique_fd fd, const sink_config& config,
                                               std::error_code& error) noexcept {
  auto core = without_exceptions(error, [&] { return make_stream(std::move(fd), config, error); });
  if (!core) return nullptr;
  return std::unique_ptr<stream_sink>(new (std::nothrow) stream_sink(std::move(core)));
}

// --- file_sink

file_sink::file_sink(std::unique_ptr<sink_core> core) noexcept : sink(std::move(core)) {}

file_sink::file_sink(unique_fd fd, const sink_config& config, std::uint64_t offset)
    : sink([&] {
        std::error_code error;
        auto core = make_file(std::move(fd), config, offset, error);
        return or_throw(std::move(core), error, "file_sink");
      }()) {}

std::unique_ptr<file_sink> file_sink::make(unique_fd fd, const sink_config& config, std::uint64_t offset,
                                           std::error_code& error) noexcept {
  auto core = without_exceptions(error, [&] { return make_file(std::move(fd), config, offset, error); });
  if (!core) return nullptr;
  return std::unique_ptr<file_sink>(new (std::nothrow) file_sink(std::move(core)));
}

}  // namespace tidegate
