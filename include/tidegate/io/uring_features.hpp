// uring_features.hpp: what of io_uring a sink can do without, by name: to test a fallback, or to step around a kernel's
// bug.
//
// A feature that is left out is treated as one that this kernel has not. Sets are plain values; `without` of a
// configuration and the environment variable TIDEGATE_URING_WITHOUT (names separated by commas) add up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string_view>

namespace tidegate {

enum class uring_feature : std::uint8_t {
  single_issuer,   ///< set-up: one thread submits
  defer_taskrun,   ///< set-up: completions run inside our own calls (needs single_issuer)
  coop_taskrun,    ///< set-up: completions interrupt nobody
  submit_all,      ///< set-up: an entry that is refused does not stop those behind it
  cq_size,         ///< set-up: the number of completions is ours to choose
  clamp,           ///< set-up: sizes above the kernel's limit are cut
  timed_wait,      ///< the wait takes a time limit; without it there is no io_uring here
  send,            ///< operation: sockets; without it they are served by system calls
  write,           ///< operation: everything else; the same
  multishot_poll,  ///< a poll that stays armed; without it, one that is armed again each time
  futex_wait,      ///< operation: doorbells of this kind
  ring_message,    ///< registration: doorbells of this kind
};

/// The name, as TIDEGATE_URING_WITHOUT takes it.
[[nodiscard]] constexpr std::string_view to_string(uring_feature feature) noexcept {
  constexpr std::string_view names[] = {"single_issuer", "defer_taskrun",  "coop_taskrun", "submit_all",
                                        "cq_size",       "clamp",          "timed_wait",   "send",
                                        "write",         "multishot_poll", "futex_wait",   "ring_message"};
  const auto index = static_cast<std::size_t>(feature);
  return index < std::size(names) ? names[index] : "invalid uring_feature";
}

/// A set of them.
class uring_features {
 public:
  static constexpr std::size_t count = 12;

  constexpr uring_features() noexcept = default;
  constexpr uring_features(std::initializer_list<uring_feature> these) noexcept {
    for (const uring_feature feature : these) bits_ |= bit(feature);
  }

  [[nodiscard]] constexpr bool contains(uring_feature feature) const noexcept { return (bits_ & bit(feature)) != 0; }
  [[nodiscard]] constexpr bool none() const noexcept { return bits_ == 0; }
  [[nodiscard]] friend constexpr uring_features operator|(uring_features one, uring_features other) noexcept {
    one.bits_ |= other.bits_;
    return one;
  }
  bool operator==(const uring_features&) const = default;

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(uring_feature feature) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(feature);
  }

  std::uint32_t bits_ = 0;
};

}  // namespace tidegate
