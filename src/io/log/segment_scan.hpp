// segment_scan.hpp: the frames of one segment file: is there a valid one at this offset, and where is the next one.
//
// Nothing is believed before it was checked: a length is used only when the frame ends inside the file, and bytes only
// when the window holds them. Frames larger than the window are checked piece by piece; memory for a payload is taken
// only once its checksum was right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "io/log/file_window.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

struct found_frame {
  frame_kind kind = frame_kind::data;
  std::uint32_t length = 0;
  std::uint64_t seq = 0;
  std::uint64_t offset = 0;
  std::uint64_t durable_seq = 0;  ///< of a mark
  std::uint64_t seen_at = 0;      ///< file_window::fills() when it was checked

  [[nodiscard]] std::uint64_t end() const noexcept { return offset + frame_size(length); }
};

class segment_scan {
 public:
  explicit segment_scan(segment_files& files) : window_(files) {}

  /// Goes to a segment whose header is known; `fd` is borrowed.
  void begin(int fd, std::uint64_t file_bytes, const segment_header& header) noexcept;

  /// Whether a valid frame begins at `offset`; only then `frame` is set.
  [[nodiscard]] bool check(std::uint64_t offset, found_frame& frame);

  /// The first valid frame at or behind `from` whose seq a segment of this size can have.
  std::optional<found_frame> look_ahead(std::uint64_t from);
  /// True when look_ahead() gave up, because so many bytes looked like long frames that checking each would take
  /// minutes: whether something valid follows is not known.
  [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

  /// The payload of a frame that check() found good. Empty and an error when the file has changed since, or the payload
  /// is larger than `largest`. Valid until the next call of anything here.
  std::span<const std::byte> payload(const found_frame& frame, std::size_t largest, std::error_code& error);

  /// Behind the last byte at or behind `from` that is not zero; `from` when there is none.
  std::uint64_t end_of_content(std::uint64_t from);

  /// What reading answered; a frame is bad then.
  [[nodiscard]] std::error_code error() const noexcept { return window_.error(); }

 private:
  [[nodiscard]] bool checksum_is_right(const frame_header& head, std::uint64_t offset);
  std::span<const std::byte> load_large(const found_frame& frame, std::error_code& error);
  [[nodiscard]] bool possible_seq(std::uint64_t seq) const noexcept;

  file_window window_;
  std::vector<std::byte> large_;  // a payload that the window does not hold
  std::uint64_t file_bytes_ = 0;
  std::uint64_t first_seq_ = 1;
  std::uint32_t salted_ = 0;
  std::uint64_t budget_ = 0;  // bytes that look_ahead() may still put through a checksum
  bool gave_up_ = false;
};

}  // namespace tidegate::detail
