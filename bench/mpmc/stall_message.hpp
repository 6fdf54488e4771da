// stall_message.hpp: an element whose copy stops the thread that makes it, when that thread has been told to.
//
// A queue copies or moves the element inside its push or its pop, so that this is where the thread then stands: as if
// the scheduler had taken its CPU away there, but for as long as one likes.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <string_view>

#include "bench/harness/message.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench::mpmc {

/// Where one thread stops, once.
class stop_sign {
 public:
  /// The calling thread's next copy of a stall_message stops.
  void put_up() noexcept { ahead_ = this; }

  /// Called by every copy.
  static void look() noexcept {
    if (ahead_ != nullptr) [[unlikely]]
      ahead_->stop();
  }

  [[nodiscard]] bool reached() const noexcept {
    return reached_.load(order::acquire);  // [reached] pairs with the release in stop()
  }
  void take_down() noexcept {
    down_.store(true, order::release);  // [down] pairs with the acquire in stop()
    down_.notify_all();
  }

 private:
  [[gnu::noinline, gnu::cold]] void stop() noexcept {
    ahead_ = nullptr;
    reached_.store(true, order::release);  // [reached] pairs with the acquire in reached()
    down_.wait(false, order::acquire);     // [down] pairs with the release in take_down()
  }

  static inline constinit thread_local stop_sign* ahead_ = nullptr;

  std::atomic<bool> reached_{false};
  std::atomic<bool> down_{false};
};

struct stall_message {
  std::uint64_t number = 0;

  stall_message() noexcept = default;
  explicit stall_message(std::uint64_t value) noexcept : number(value) {}
  stall_message(const stall_message& other) noexcept : number(other.number) { stop_sign::look(); }
  stall_message& operator=(const stall_message& other) noexcept {
    number = other.number;
    stop_sign::look();
    return *this;
  }
  ~stall_message() = default;
};

}  // namespace tidegate::bench::mpmc

namespace tidegate::bench {

template <>
struct message_traits<mpmc::stall_message> {
  static constexpr std::string_view name = "stall";
  static constexpr std::uint64_t number_max = std::numeric_limits<std::uint64_t>::max();
  static mpmc::stall_message make(std::uint64_t number) noexcept { return mpmc::stall_message(number); }
  static std::uint64_t number(const mpmc::stall_message& message) noexcept { return message.number; }
  static bool whole(const mpmc::stall_message&) noexcept { return true; }
};

}  // namespace tidegate::bench
