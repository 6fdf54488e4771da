#include "io/log/segment_scan.hpp"

#include <algorithm>

#include "tidegate/io/log_recovery.hpp"

namespace tidegate::detail {

namespace {

/// How often look_ahead() may read a file over.
constexpr std::uint64_t budget_factor = 32;

bool all_zero(std::span<const std::byte> bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

constexpr std::uint64_t aligned(std::uint64_t offset) noexcept {
  return (offset + log_alignment - 1) & ~std::uint64_t{log_alignment - 1};
}

}  // namespace

void segment_scan::begin(int fd, std::uint64_t file_bytes, const segment_header& header) noexcept {
  window_.look_at(fd);
  file_bytes_ = file_bytes;
  first_seq_ = header.first_seq;
  salted_ = salt_crc(header.salt);
  budget_ = file_bytes * budget_factor;
  gave_up_ = false;
}

bool segment_scan::check(std::uint64_t offset, found_frame& frame) {
  const auto front = window_.view(offset, log_frame_bytes);
  if (front.size() < log_frame_bytes) return false;
  const auto head = decode_frame(front.first<log_frame_bytes>());
  if (!head || frame_size(head->length) > file_bytes_ - offset) return false;
  if (!checksum_is_right(*head, offset)) return false;
  frame = {head->kind, head->length, head->seq, offset, 0, window_.fills()};
  if (head->kind == frame_kind::mark) {
    const auto mark = window_.view(offset + log_frame_bytes, sizeof(std::uint64_t));
    if (mark.size() < sizeof(std::uint64_t)) return false;
    frame.durable_seq = load_little<std::uint64_t>(mark.data());
  }
  return true;
}

/// The zeros behind the payload count too: a frame of which a byte is not as it was written is not good.
bool segment_scan::checksum_is_right(const frame_header& head, std::uint64_t offset) {
  // All of it at once if the window can hold it: then nothing below reads again.
  const auto whole = window_.view(offset, static_cast<std::size_t>(frame_size(head.length)));
  const auto front = whole.first(std::min(whole.size(), log_frame_bytes));
  if (front.size() < log_frame_bytes) return false;
  std::uint32_t state = frame_crc_start(salted_, front.first<log_frame_bytes>());
  std::uint64_t at = offset + log_frame_bytes;
  const std::uint64_t payload_end = at + head.length;
  while (at < payload_end) {
    const std::uint64_t left = payload_end - at;
    const auto piece = window_.view(at, static_cast<std::size_t>(left));
    if (piece.empty()) return false;
    state = crc_bytes(state, piece);
    at += piece.size();
  }
  if (crc_end(state) != head.crc) return false;
  const auto padding = static_cast<std::size_t>(offset + frame_size(head.length) - payload_end);
  const auto zeros = window_.view(payload_end, padding);
  return zeros.size() == padding && all_zero(zeros);
}

/// Every frame has sixteen bytes at least, so no segment counts further than this.
bool segment_scan::possible_seq(std::uint64_t seq) const noexcept {
  return seq - first_seq_ <= file_bytes_ / log_frame_bytes;
}

std::optional<found_frame> segment_scan::look_ahead(std::uint64_t from) {
  for (std::uint64_t at = aligned(from); at + log_frame_bytes <= file_bytes_;) {
    const auto bytes = window_.view_from(at, log_frame_bytes);
    if (bytes.size() < log_frame_bytes) return std::nullopt;
    std::size_t index = 0;
    const std::size_t last = bytes.size() - log_frame_bytes;
    while (index <= last && !possible_seq(load_little<std::uint64_t>(bytes.data() + index + 8))) index += log_alignment;
    at += index;
    if (index > last) continue;
    const auto head = decode_frame(bytes.subspan(index).first<log_frame_bytes>());
    if (head && frame_size(head->length) <= file_bytes_ - at) {
      const std::uint64_t cost = frame_size(head->length);
      gave_up_ = cost > budget_;
      if (gave_up_) return std::nullopt;
      budget_ -= cost;
      found_frame frame;
      if (check(at, frame)) return frame;
      if (window_.error()) return std::nullopt;
    }
    at += log_alignment;
  }
  return std::nullopt;
}

std::span<const std::byte> segment_scan::payload(const found_frame& frame, std::size_t largest,
                                                 std::error_code& error) {
  error.clear();
  if (frame.length > largest) {
    error = log_errc::record_too_large;
    return {};
  }
  if (frame_size(frame.length) > file_window::capacity_bytes) return load_large(frame, error);
  found_frame again;
  const bool same = window_.fills() == frame.seen_at || check(frame.offset, again);
  const auto bytes = window_.view(frame.offset + log_frame_bytes, frame.length);
  if (same && bytes.size() == frame.length) return bytes;
  error = window_.error() ? window_.error() : make_error_code(log_errc::corrupt);
  return {};
}

/// Read a second time, so checked a second time.
std::span<const std::byte> segment_scan::load_large(const found_frame& frame, std::error_code& error) {
  large_.resize(log_frame_bytes + frame.length);
  std::size_t got = 0;
  window_.read_past(frame.offset, large_, got);
  error = window_.error();
  if (error) return {};
  const std::span<const std::byte> bytes = large_;
  const auto front = bytes.first<log_frame_bytes>();
  const auto payload = bytes.subspan(log_frame_bytes);
  const auto head = decode_frame(front);
  const bool same = got == bytes.size() && head && head->seq == frame.seq && head->length == frame.length &&
                    crc_end(crc_bytes(frame_crc_start(salted_, front), payload)) == head->crc;
  if (same) return payload;
  error = log_errc::corrupt;
  return {};
}

std::uint64_t segment_scan::end_of_content(std::uint64_t from) {
  std::uint64_t end = from;
  for (std::uint64_t at = from; at < file_bytes_;) {
    const auto bytes = window_.view_from(at, 1);
    if (bytes.empty()) break;
    const auto last = std::find_if(bytes.rbegin(), bytes.rend(), [](std::byte byte) { return byte != std::byte{0}; });
    if (last != bytes.rend()) end = at + static_cast<std::uint64_t>(bytes.rend() - last);
    at += bytes.size();
  }
  return end;
}

}  // namespace tidegate::detail
