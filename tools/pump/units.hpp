// units.hpp: sizes, rates and durations as people write them, in both directions.
//
// K, M, G, T and KiB… are powers of 1024; kB, MB, GB, TB are powers of 1000, as dd and pv read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::pump {

/// What the parsers accept, for messages.
inline constexpr std::string_view size_forms = "bytes such as 4096, 64K, 1.5MiB or 50MB";
inline constexpr std::string_view rate_forms = "bytes a second such as 64K, 1.5MiB/s or 50MB/s";
inline constexpr std::string_view duration_forms = "a duration such as 500ms, 5s or 2min";

/// "64K" → 65536. Nothing when the text is not a size, or does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// "50MB/s" → 50'000'000; the "/s" may be left out.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text);

/// "500ms" → 0.5 s. A bare number is seconds.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// A whole number, nothing around it.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

/// 1536 → "1.5 KiB".
[[nodiscard]] std::string format_bytes(double bytes);

/// 1234567 → "1.23 M".
[[nodiscard]] std::string format_count(double count);

/// 1'230'000 ns → "1.23 ms".
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds span);

/// 83 → "1:23", 3723 → "1:02:03".
[[nodiscard]] std::string format_clock(double seconds);

/// 1234567 → "1,234,567".
[[nodiscard]] std::string group_digits(std::uint64_t value);

}  // namespace tidegate::pump
