// question.hpp: what `tidegate size` was asked, checked, and the answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "pump/failure.hpp"

namespace tidegate::size {

struct question {
  std::optional<std::chrono::nanoseconds> latency;  ///< budget of one element, waiting and service
  std::optional<double> drain_per_second;
  std::chrono::nanoseconds service{0};
  std::optional<double> arrivals_per_second;
  std::optional<std::chrono::nanoseconds> pause;  ///< of the consumer, to be bridged without loss
  std::optional<std::size_t> memory_bytes;
  std::optional<std::size_t> item_bytes;
  double safety = 1;  ///< share of the memory that may be used
  bool json = false;
};

/// What was not asked has no value.
struct answer {
  std::optional<std::size_t> capacity;              ///< the largest that keeps the budget
  std::optional<std::chrono::nanoseconds> wait;     ///< of the last element of a full queue
  std::optional<std::size_t> burst;                 ///< arrives during the pause
  std::optional<std::size_t> in_flight;             ///< permits that the drain rate needs
  std::optional<std::size_t> permits;               ///< tasks that fit the memory
  std::optional<std::size_t> capacity_bytes;        ///< of a full queue
  std::optional<std::chrono::nanoseconds> to_full;  ///< while more arrives than drains
  std::string problem;                              ///< why not all of it can be had, in one line

  [[nodiscard]] pump::exit_code code() const noexcept {
    return problem.empty() ? pump::exit_code::done : pump::exit_code::lost;
  }
};

/// Throws pump::failure when a number cannot be represented or the service takes longer than the budget.
[[nodiscard]] answer answer_to(const question& asked);

/// The answer as lines for people. Ends with a newline.
[[nodiscard]] std::string to_text(const question& asked, const answer& found);

/// The answer as one JSON object on one line. Ends with a newline.
[[nodiscard]] std::string to_json(const question& asked, const answer& found);

}  // namespace tidegate::size
