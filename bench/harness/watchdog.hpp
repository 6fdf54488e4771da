// watchdog.hpp: a queue that loses an element leaves its reader spinning. This ends the process and names the guilty.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tidegate::bench {

class watchdog {
 public:
  /// From now until destruction or the next watch; at most `limit_s` seconds.
  watchdog(std::string_view what, unsigned limit_s) noexcept {
    const std::size_t length = std::min(what.size(), sizeof(label_) - 2);
    std::memcpy(label_, what.data(), length);
    label_[length] = '\n';
    label_length_ = length + 1;
    ::signal(SIGALRM, &watchdog::bark);
    ::alarm(limit_s);
  }
  ~watchdog() { ::alarm(0); }
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

 private:
  static void bark(int) noexcept {
    constexpr std::string_view message = "\ntidegate bench: no end in sight, giving up: ";
    const bool told = ::write(STDERR_FILENO, message.data(), message.size()) >= 0 &&
                      ::write(STDERR_FILENO, label_, label_length_) >= 0;
    ::_exit(told ? 1 : 4);
  }

  static inline char label_[256] = {};
  static inline std::size_t label_length_ = 0;
};

}  // namespace tidegate::bench
