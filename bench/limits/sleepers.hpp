// sleepers.hpp: the floor of every wake-up: one futex word, or one eventfd, and nothing around it.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// The word counts rings; the stamp of the last one lies beside it.
class futex_bell {
 public:
  void ring(std::uint64_t stamp) noexcept {
    stamp_.store(stamp, order::relaxed);  // published by the word
    rings_.fetch_add(1, order::release);  // [rung] pairs with the acquire in listen()
    native_sync::futex_wake(rings_, 1);
  }
  std::uint64_t listen() noexcept {
    // [rung] acquire, pairs with the release in ring(): the stamp is that of the ring seen.
    while (rings_.load(order::acquire) == heard_) {
      native_sync::futex_wait(rings_, static_cast<std::uint32_t>(heard_), deadline::never());
    }
    ++heard_;
    return stamp_.load(order::relaxed);  // read after the word
  }

 private:
  std::atomic<std::uint64_t> rings_{0};
  std::atomic<std::uint64_t> stamp_{0};
  std::uint64_t heard_ = 0;  // the listener's
};

/// A blocking read of an eventfd.
class eventfd_bell {
 public:
  eventfd_bell() noexcept : fd_(::eventfd(0, EFD_CLOEXEC)) {}
  ~eventfd_bell() { ::close(fd_); }
  eventfd_bell(const eventfd_bell&) = delete;
  eventfd_bell& operator=(const eventfd_bell&) = delete;

  void ring(std::uint64_t stamp) noexcept { static_cast<void>(::eventfd_write(fd_, stamp)); }
  std::uint64_t listen() noexcept {
    eventfd_t stamp = 0;
    while (::eventfd_read(fd_, &stamp) != 0) continue;
    return stamp;
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace tidegate::bench
