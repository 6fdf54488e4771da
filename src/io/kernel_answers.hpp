// kernel_answers.hpp: what the answer of a write or of a disk's work means to whoever asked: bytes, or a negated errno
// value.
#pragma once

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace tidegate::detail {

[[nodiscard]] inline std::error_code system_error_of(std::int64_t negated) noexcept {
  return {static_cast<int>(-negated), std::system_category()};
}

/// A refusal that may be over soon. Writing nothing at all is treated as one, so that it cannot loop for ever.
[[nodiscard]] constexpr bool is_transient(std::int64_t result) noexcept {
  return result == 0 || result == -EINTR || result == -EAGAIN || result == -ENOMEM || result == -ENOBUFS;
}

/// Of what a process has, not of its disk.
[[nodiscard]] constexpr bool is_scarcity(std::int64_t result) noexcept {
  return is_transient(result) || result == -EMFILE || result == -ENFILE;
}

[[nodiscard]] constexpr bool is_disk_full(std::int64_t result) noexcept {
  return result == -ENOSPC || result == -EDQUOT || result == -EFBIG;
}

}  // namespace tidegate::detail
