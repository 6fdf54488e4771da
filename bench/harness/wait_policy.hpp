// wait_policy.hpp: what a thread does after a failed try. It moves a queue's throughput more than the choice of queue
// does, so that every figure states it and all rivals in one cell use the same.
#pragma once

#include <string_view>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

struct bare_retry {
  static constexpr std::string_view id = "bare";
  static constexpr std::string_view name = "bare retry";
  static void failed() noexcept {}
};

struct one_pause {
  static constexpr std::string_view id = "pause1";
  static constexpr std::string_view name = "1 pause after a failed try";
  static void failed() noexcept { native_sync::pause(); }
};

struct ten_pauses {
  static constexpr std::string_view id = "pause10";
  static constexpr std::string_view name = "10 pauses after a failed try";
  static void failed() noexcept {
    for (int i = 0; i < 10; ++i) native_sync::pause();
  }
};

/// For more threads than CPUs: whoever is waited for may need this one.
struct pauses_and_yield {
  static constexpr std::string_view id = "yield";
  static constexpr std::string_view name = "15 pauses and a yield after a failed try";
  static void failed() noexcept {
    for (int i = 0; i < 15; ++i) native_sync::pause();
    native_sync::yield();
  }
};

/// A wait policy, as text.
struct wait_text {
  std::string_view id;
  std::string_view name;
};
template <class Wait>
inline constexpr wait_text text_of{Wait::id, Wait::name};

}  // namespace tidegate::bench
