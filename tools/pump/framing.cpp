#include "pump/framing.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tidegate::pump {

std::uint32_t framing::max_record_bytes() const noexcept {
  switch (kind) {
    case framing_kind::lines: return max_content_bytes + 1;
    case framing_kind::prefixed: return max_content_bytes + prefix_bytes;
    case framing_kind::fixed: return fixed_bytes;
    case framing_kind::raw: break;
  }
  return max_content_bytes;
}

framer::cut framer::next(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) noexcept {
  switch (how_.kind) {
    case framing_kind::lines: return next_lines(bytes, lengths);
    case framing_kind::fixed: return next_fixed(bytes, lengths);
    case framing_kind::prefixed: return next_prefixed(bytes, lengths);
    case framing_kind::raw: break;
  }
  return next_raw(bytes, lengths);
}

framer::cut framer::next_lines(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) noexcept {
  const std::byte* begin = bytes.data();
  const std::byte* const end = begin + bytes.size();
  const std::size_t longest = std::size_t{how_.max_content_bytes} + 1;
  std::size_t skip = looked_at_;
  cut done;
  while (done.count < lengths.size()) {
    const std::size_t left = static_cast<std::size_t>(end - begin);
    const std::size_t reach = std::min(left, longest);
    const void* const found = reach > skip ? std::memchr(begin + skip, '\n', reach - skip) : nullptr;
    std::size_t length = 0;
    if (found != nullptr) {
      length = static_cast<std::size_t>(static_cast<const std::byte*>(found) - begin) + 1;
    } else if (left < longest) {
      skip = left;
      break;
    } else if (how_.split) {
      length = how_.max_content_bytes;
    } else {
      skip = reach;
      done.too_long_bytes = left;
      break;
    }
    lengths[done.count++] = static_cast<std::uint32_t>(length);
    begin += length;
    skip = 0;
  }
  done.bytes = bytes.size() - static_cast<std::size_t>(end - begin);
  looked_at_ = skip;
  return done;
}

framer::cut framer::next_fixed(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) const noexcept {
  const std::size_t count = std::min(bytes.size() / how_.fixed_bytes, lengths.size());
  std::fill_n(lengths.begin(), count, how_.fixed_bytes);
  return {count, count * how_.fixed_bytes, 0};
}

framer::cut framer::next_prefixed(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) const noexcept {
  cut done;
  while (done.count < lengths.size() && bytes.size() - done.bytes >= prefix_bytes) {
    std::uint32_t content = 0;
    std::memcpy(&content, bytes.data() + done.bytes, prefix_bytes);
    if constexpr (std::endian::native == std::endian::big) content = __builtin_bswap32(content);
    if (content > how_.max_content_bytes) {
      done.too_long_bytes = content;
      break;
    }
    const std::uint32_t length = content + prefix_bytes;
    if (bytes.size() - done.bytes < length) break;
    lengths[done.count++] = length;
    done.bytes += length;
  }
  return done;
}

framer::cut framer::next_raw(std::span<const std::byte> bytes, std::span<std::uint32_t> lengths) const noexcept {
  if (bytes.empty() || lengths.empty()) return {};
  const std::size_t length = std::min<std::size_t>(bytes.size(), how_.max_content_bytes);
  lengths[0] = static_cast<std::uint32_t>(length);
  return {1, length, 0};
}

}  // namespace tidegate::pump
