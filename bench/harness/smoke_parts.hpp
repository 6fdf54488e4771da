// smoke_parts.hpp: what the correctness tests of all suites are made of: waiting with an end, order, one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "bench/harness/clock.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/rival.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// How long a smoke test waits for one call: far longer than any machine needs.
inline constexpr std::uint64_t smoke_patience_ns = 10'000'000'000;

/// Repeats `attempt` until it succeeds (true) or the time is over.
template <class Attempt>
[[nodiscard]] bool patiently(Attempt&& attempt, std::uint64_t patience_ns = smoke_patience_ns) {
  constexpr unsigned pauses = 1000;
  for (unsigned i = 0; i < pauses; ++i) {
    if (attempt()) return true;
    native_sync::pause();
  }
  const std::uint64_t end_ns = now_ns() + patience_ns;
  while (now_ns() < end_ns) {
    if (attempt()) return true;
    native_sync::yield();
  }
  return false;
}

/// Checks that the numbers 1, 2, 3, ... arrive, each message whole.
template <class Message>
class order_checker {
 public:
  void take(const Message& message) {
    using traits = message_traits<Message>;
    ++taken_;
    if (!problem_.empty()) return;
    if (!traits::whole(message)) problem_ = "element " + std::to_string(taken_) + " is torn";
    if (traits::number(message) == taken_) return;
    problem_ = "element " + std::to_string(taken_) + " reads as " + std::to_string(traits::number(message));
  }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::string problem_after(std::uint64_t count) const {
    if (!problem_.empty() || taken_ == count) return problem_;
    return "only " + std::to_string(taken_) + " of " + std::to_string(count) + " elements arrived";
  }

 private:
  std::uint64_t taken_ = 0;
  std::string problem_;
};

/// Bursts of growing size on one thread; never more than half the capacity inside.
template <class Queue, class Message, std::size_t Capacity>
std::string smoke_one_thread(std::uint64_t patience_ns = smoke_patience_ns) {
  using traits = message_traits<Message>;
  constexpr std::uint64_t burst_max = std::max<std::uint64_t>(std::min<std::uint64_t>(Capacity / 2, 300), 1);
  const auto queue = allocate_queue<Queue>(crew{});
  auto&& producer = producer_of(*queue);
  auto&& consumer = consumer_of(*queue);
  order_checker<Message> checker;
  std::uint64_t number = 0;
  for (std::uint64_t burst = 1; burst <= burst_max; ++burst) {
    for (std::uint64_t i = 0; i < burst; ++i) {
      const Message message = traits::make(++number);
      if (!patiently([&] { return producer.try_push(message); }, patience_ns)) return "full while half empty";
    }
    for (std::uint64_t i = 0; i < burst; ++i) {
      Message message{};
      if (!patiently([&] { return consumer.try_pop(message); }, patience_ns)) return "empty while elements are inside";
      checker.take(message);
    }
  }
  return checker.problem_after(number);
}

}  // namespace tidegate::bench
