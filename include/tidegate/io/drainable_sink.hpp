// drainable_sink: what a driver asks of a sink: credits before, an answer at each record, waits with deadlines, an
// exact account at the end. `sink` meets it, and whatever else has its calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate {

template <class Sink>
concept drainable_sink = requires(Sink& out, const Sink& seen, std::span<const std::byte> bytes,
                                  std::span<const std::uint32_t> lengths, deadline until,
                                  const undelivered_callback& on_undelivered) {
  { out.write(bytes) }
  noexcept->std::same_as<sink_status>;
  { out.write_run(bytes, lengths) }
  noexcept->std::same_as<sink_status>;
  { seen.writable() }
  noexcept->std::same_as<bool>;
  { seen.credits() }
  noexcept->std::convertible_to<sink_credits>;
  { out.cork() }
  noexcept;
  { out.pump() }
  noexcept->std::convertible_to<std::size_t>;
  { out.wait_progress(until) }
  noexcept->std::same_as<wait_status>;
  { out.drain(until) }
  noexcept->std::same_as<wait_status>;
  { out.close(until, on_undelivered) } -> std::convertible_to<close_report>;
  { seen.error() }
  noexcept->std::convertible_to<std::error_code>;
  { seen.position().bytes.in_flight() }
  noexcept->std::convertible_to<std::uint64_t>;
  { seen.position().records.in_flight() }
  noexcept->std::convertible_to<std::uint64_t>;
  { seen.config().capacity_bytes } -> std::convertible_to<std::size_t>;
  { seen.config().high_bytes } -> std::convertible_to<std::size_t>;
  { seen.config().wake_fd } -> std::convertible_to<int>;
  { seen.max_bytes() }
  noexcept->std::convertible_to<std::size_t>;
};

namespace detail {

/// Whether bytes are under way, or must still become durable: something of the sink to wait for.
template <drainable_sink Sink>
[[nodiscard]] bool is_busy(const Sink& out) noexcept {
  const auto at = out.position();
  return at.bytes.in_flight() != 0 || at.records.in_flight() != 0;
}

}  // namespace detail
}  // namespace tidegate
