#include "tidegate/io/sink_group.hpp"

#include <new>
#include <utility>

#include "io/bell.hpp"
#include "io/group_core.hpp"
#include "tidegate/io/doorbell.hpp"

namespace tidegate {

namespace {

using detail::group_core;

std::unique_ptr<detail::bell> make_bell(const sink_group& group, const wait_source<native_sync>* source) {
  auto core = group_core::share(group);
  switch (core->doorbells()) {
    case doorbell_kind::futex: return std::make_unique<detail::futex_bell>(std::move(core), source);
    case doorbell_kind::ring_message:
      if (source == nullptr) return std::make_unique<detail::message_bell>(std::move(core));
      break;
    default: break;
  }
  return std::make_unique<detail::fd_bell>(std::move(core), source);
}

}  // namespace

sink_group::sink_group(std::shared_ptr<group_core> core) noexcept : core_(std::move(core)) {}

sink_group::sink_group(const group_config& config) {
  std::error_code error;
  core_ = group_core::make(config, error);
  if (error) throw std::system_error(error, "sink_group");
}

std::unique_ptr<sink_group> sink_group::make(const group_config& config, std::error_code& error) noexcept {
  try {
    auto core = group_core::make(config, error);
    if (!core) return nullptr;
    return std::unique_ptr<sink_group>(new sink_group(std::move(core)));
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
  } catch (...) {
    error = std::make_error_code(std::errc::io_error);
  }
  return nullptr;
}

sink_group::~sink_group() {
  if (checks_enabled && !core_->is_deserted()) abort_with("a sink_group is destroyed before its sinks and doorbells");
}

wait_status sink_group::wait(deadline until) noexcept { return core_->wait(until); }
std::size_t sink_group::pump() noexcept { return core_->pump(); }
bool sink_group::rebind_owner() noexcept { return core_->rebind_owner(); }
const backend_report& sink_group::backend() const noexcept { return core_->backend(); }
doorbell_kind sink_group::doorbells() const noexcept { return core_->doorbells(); }
group_stats sink_group::stats() const noexcept { return core_->stats(); }
std::size_t sink_group::members() const noexcept { return core_->members(); }
std::size_t sink_group::max_bytes() const noexcept { return core_->max_bytes(); }

doorbell::doorbell(sink_group& group, wait_source<native_sync> source) : bell_(make_bell(group, &source)) {}
doorbell::doorbell(sink_group& group) : bell_(make_bell(group, nullptr)) {}
doorbell::~doorbell() = default;
bool doorbell::arm() noexcept { return bell_->arm(); }
void doorbell::ring() noexcept { bell_->ring(); }
doorbell_kind doorbell::kind() const noexcept { return bell_->kind(); }

}  // namespace tidegate
