// histogram_shape.hpp: how a histogram divides durations into cells whose width grows with the value.
//
// Log-linear: values below `halves * 2` are exact; above, every power of two has `halves` cells, so that a value is
// found again with the wanted number of significant digits. The same division as HdrHistogram's, cell for cell.
// Source: G. Tene, HdrHistogram (hdrhistogram.org).
#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tidegate {

/// Numbers of a histogram.
struct histogram_config {
  std::chrono::nanoseconds highest = std::chrono::hours(1);  ///< >= 2 ns; what is longer counts as this
  unsigned digits = 2;                                       ///< that are significant, 1 to 5

  bool operator==(const histogram_config&) const = default;
};

class histogram_shape {
 public:
  /// Throws std::invalid_argument when a number is outside its bounds.
  explicit histogram_shape(histogram_config config);

  [[nodiscard]] const histogram_config& config() const noexcept { return config_; }
  [[nodiscard]] std::size_t cells() const noexcept { return static_cast<std::size_t>(buckets_ + 1) << half_bits_; }
  /// Powers of two that are divided, and into how many cells the first of them is.
  [[nodiscard]] unsigned buckets() const noexcept { return buckets_; }
  [[nodiscard]] std::uint64_t sub_buckets() const noexcept { return std::uint64_t{2} << half_bits_; }

  /// The largest value that is told from `highest`: cells end there.
  [[nodiscard]] std::uint64_t limit() const noexcept { return static_cast<std::uint64_t>(config_.highest.count()); }

  [[nodiscard]] std::size_t cell_of(std::uint64_t value) const noexcept {
    const unsigned shift = shift_of(value);
    return (static_cast<std::size_t>(shift) << half_bits_) + static_cast<std::size_t>(value >> shift);
  }
  /// The smallest value of a cell, and how many values it has.
  [[nodiscard]] std::uint64_t begin_of(std::size_t cell) const noexcept {
    const unsigned shift = shift_at(cell);
    return (static_cast<std::uint64_t>(cell) - (std::uint64_t{shift} << half_bits_)) << shift;
  }
  [[nodiscard]] std::uint64_t width_of(std::size_t cell) const noexcept { return std::uint64_t{1} << shift_at(cell); }

 private:
  /// How many low bits of a value its cell does not tell.
  [[nodiscard]] unsigned shift_of(std::uint64_t value) const noexcept {
    return static_cast<unsigned>(std::bit_width(value | ((std::uint64_t{2} << half_bits_) - 1))) - half_bits_ - 1;
  }
  [[nodiscard]] unsigned shift_at(std::size_t cell) const noexcept {
    const auto lap = static_cast<unsigned>(cell >> half_bits_);
    return lap == 0 ? 0 : lap - 1;
  }

  histogram_config config_;
  unsigned half_bits_ = 0;  // log2 of the cells of a power of two
  unsigned buckets_ = 0;
};

}  // namespace tidegate
