// drain_limits.hpp: the bounds and marks of what is in flight, in bytes and in records. A sink and a log have the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tidegate/io/sink_types.hpp"

namespace tidegate::detail {

/// Whatever was accepted and is not given back yet, in a queue that is bounded and drained in order.
struct in_flight_now {
  std::uint64_t bytes;
  std::uint64_t records;
};

class drain_limits {
 public:
  static constexpr std::size_t most = std::size_t{1} << 30;  // so that 32-bit ends stay exact

  /// Of a configuration in which all is set. Record marks are that share of the records that byte marks are of the
  /// bytes.
  template <class Config>
  explicit drain_limits(const Config& config) noexcept
      : capacity_{config.capacity_bytes, config.capacity_records},
        high_{config.high_bytes, std::max<std::size_t>(1, share_of(config.high_bytes))},
        low_{config.low_bytes, std::min(high_.records - 1, share_of(config.low_bytes))} {}

  /// Whether the byte limits of a configuration go together.
  template <class Config>
  [[nodiscard]] static bool go_together(const Config& config) noexcept {
    return config.capacity_bytes >= config.high_bytes && config.high_bytes > config.low_bytes &&
           config.capacity_bytes <= most && config.batch_bytes != 0;
  }

  [[nodiscard]] sink_credits credits(in_flight_now now) const noexcept {
    return {static_cast<std::size_t>(capacity_.bytes - now.bytes),
            static_cast<std::size_t>(capacity_.records - now.records)};
  }
  [[nodiscard]] bool have_room(in_flight_now now, std::size_t bytes, std::size_t records) const noexcept {
    return bytes <= capacity_.bytes - now.bytes && records <= capacity_.records - now.records;
  }
  /// False: it never fits.
  [[nodiscard]] bool could_take(std::size_t bytes, std::size_t records) const noexcept {
    return bytes <= capacity_.bytes && records <= capacity_.records;
  }
  [[nodiscard]] bool reach_high(in_flight_now now) const noexcept {
    return now.bytes >= high_.bytes || now.records >= high_.records;
  }
  [[nodiscard]] bool are_above_low(in_flight_now now) const noexcept {
    return now.bytes > low_.bytes || now.records > low_.records;
  }

 private:
  [[nodiscard]] std::size_t share_of(std::size_t byte_mark) const noexcept {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(capacity_.records) * byte_mark / capacity_.bytes);
  }

  sink_credits capacity_;
  sink_credits high_;
  sink_credits low_;
};

}  // namespace tidegate::detail
