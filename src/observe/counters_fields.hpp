// counters_fields.hpp: the columns of a counters file, in the order of `pressure`: the one place that lists them.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tidegate/observe/counters_reader.hpp"
#include "tidegate/observe/pressure.hpp"

namespace tidegate::detail::columns {

/// Text of `pressure`, cut to `length - 1` bytes.
struct text_column {
  std::string_view name;
  std::uint32_t length;
  std::string_view (*text)(const pressure&);
};

/// A number of `pressure` as eight bytes.
struct number_column {
  std::string_view name;
  std::string_view unit;
  counters_kind kind;
  counters_type type;
  std::uint64_t (*bits)(const pressure&);
};

using enum counters_kind;  // counter, gauge
using enum counters_type;  // whole, real

[[nodiscard]] constexpr std::uint64_t bits_of(double value) noexcept { return std::bit_cast<std::uint64_t>(value); }

/// All ones, which is no value, when it is never.
[[nodiscard]] constexpr std::uint64_t bits_of(std::chrono::nanoseconds span) noexcept {
  return span == pressure::never ? ~std::uint64_t{0} : static_cast<std::uint64_t>(span.count());
}

inline constexpr text_column texts[] = {
    {"name", 64, [](const pressure& of) -> std::string_view { return of.name; }},
    {"kind", 16, [](const pressure& of) -> std::string_view { return to_string(of.kind); }},
    {"policy", 32, [](const pressure& of) -> std::string_view { return of.policy; }},
};

inline constexpr number_column numbers[] = {
    {"capacity", "items", gauge, whole, [](const pressure& of) { return of.capacity; }},
    {"depth", "items", gauge, whole, [](const pressure& of) { return of.depth; }},
    {"peak_depth", "items", gauge, whole, [](const pressure& of) { return of.peak; }},
    {"weight_bytes", "bytes", gauge, whole, [](const pressure& of) { return of.weight; }},
    {"weight_limit_bytes", "bytes", gauge, whole, [](const pressure& of) { return of.weight_limit; }},
    {"saturation", "ratio", gauge, real, [](const pressure& of) { return bits_of(of.saturation()); }},
    {"max_bytes", "bytes", gauge, whole, [](const pressure& of) -> std::uint64_t { return of.max_bytes; }},
    {"entered", "items", counter, whole, [](const pressure& of) { return of.entered; }},
    {"left", "items", counter, whole, [](const pressure& of) { return of.left; }},
    {"arrival_rate", "1/s", gauge, real, [](const pressure& of) { return bits_of(of.arrival_rate); }},
    {"drain_rate", "1/s", gauge, real, [](const pressure& of) { return bits_of(of.drain_rate); }},
    {"slope", "1/s", gauge, real, [](const pressure& of) { return bits_of(of.slope); }},
    {"slope_error", "1/s", gauge, real, [](const pressure& of) { return bits_of(of.slope_error); }},
    {"time_to_full_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.time_to_full); }},
    {"drain_time_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.drain_time); }},
    {"oldest_age_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.oldest_age); }},
    {"sojourn_count", "items", gauge, whole, [](const pressure& of) { return of.sojourn.count; }},
    {"sojourn_p50_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.sojourn.p50); }},
    {"sojourn_p99_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.sojourn.p99); }},
    {"sojourn_p999_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.sojourn.p999); }},
    {"sojourn_longest_ns", "ns", gauge, whole, [](const pressure& of) { return bits_of(of.sojourn.longest); }},
    {"full_events", "events", counter, whole, [](const pressure& of) { return of.full_events; }},
    {"full_time_ns", "ns", counter, whole, [](const pressure& of) { return bits_of(of.full_time); }},
    {"push_waiters", "calls", gauge, whole, [](const pressure& of) { return of.push_side.waiters; }},
    {"push_waits", "calls", counter, whole, [](const pressure& of) { return of.push_side.waits; }},
    {"push_waited_ns", "ns", counter, whole, [](const pressure& of) { return bits_of(of.push_side.waited); }},
    {"pop_waiters", "calls", gauge, whole, [](const pressure& of) { return of.pop_side.waiters; }},
    {"pop_waits", "calls", counter, whole, [](const pressure& of) { return of.pop_side.waits; }},
    {"pop_waited_ns", "ns", counter, whole, [](const pressure& of) { return bits_of(of.pop_side.waited); }},
    {"buffered_bytes", "bytes", gauge, whole, [](const pressure& of) { return of.sink.buffered_bytes; }},
    {"written_bytes", "bytes", counter, whole, [](const pressure& of) { return of.sink.written_bytes; }},
    {"unsent_bytes", "bytes", gauge, whole, [](const pressure& of) { return of.sink.unsent_bytes; }},
    {"short_writes", "calls", counter, whole, [](const pressure& of) { return of.sink.short_writes; }},
    {"drain_waits", "calls", counter, whole, [](const pressure& of) { return of.sink.drain_waits; }},
    {"stalls", "events", counter, whole, [](const pressure& of) { return of.sink.stalls; }},
    {"stalled", "", gauge, whole, [](const pressure& of) -> std::uint64_t { return of.sink.stalled ? 1 : 0; }},
};

/// After those, one counter a loss_kind, named after it.
inline constexpr std::string_view loss_unit = "items";

}  // namespace tidegate::detail::columns
