#include "tidegate/io/log_reader.hpp"

#include <new>
#include <utility>

#include "io/log/log_walk.hpp"
#include "io/log/segment_files.hpp"

namespace tidegate {

namespace {

detail::segment_files& native_files() {
  static detail::segment_files files;
  return files;
}

std::unique_ptr<detail::log_walk> make_walk(const log_location& log, const log_reader_config& config,
                                            std::error_code& error) {
  auto walk = std::make_unique<detail::log_walk>(native_files(), log, config);
  error = walk->report().error;
  return error ? nullptr : std::move(walk);
}

}  // namespace

log_reader::log_reader(std::unique_ptr<detail::log_walk> walk) noexcept : walk_(std::move(walk)) {}

log_reader::log_reader(const log_location& log, const log_reader_config& config)
    : walk_(std::make_unique<detail::log_walk>(native_files(), log, config)) {
  if (walk_->report().error) throw std::system_error(walk_->report().error, walk_->report().problem);
}

std::unique_ptr<log_reader> log_reader::make(const log_location& log, const log_reader_config& config,
                                             std::error_code& error) noexcept {
  try {
    auto walk = make_walk(log, config, error);
    return walk ? std::unique_ptr<log_reader>(new log_reader(std::move(walk))) : nullptr;
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
    return nullptr;
  }
}

log_reader::~log_reader() = default;

read_status log_reader::next() noexcept {
  try {
    const read_status status = walk_->next();
    return status == read_status::ok ? walk_->load_payload() : status;
  } catch (const std::bad_alloc&) {
    return walk_->out_of_memory();
  }
}

std::uint64_t log_reader::seq() const noexcept { return walk_->seq(); }
std::span<const std::byte> log_reader::payload() const noexcept { return walk_->payload(); }
std::uint64_t log_reader::last_lost() const noexcept { return walk_->last_lost(); }
std::error_code log_reader::error() const noexcept { return walk_->report().error; }
const std::string& log_reader::problem() const noexcept { return walk_->report().problem; }
const log_recovery& log_reader::found() const noexcept { return walk_->report(); }

}  // namespace tidegate
