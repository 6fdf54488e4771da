// accusation.hpp: which rule a recording breaks, and with which operations.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/linearizability/history.hpp"

namespace tidegate::test {

/// What may not be seen of a bounded FIFO.
enum class rule : std::uint8_t {
  never_pushed,          ///< a pop delivered what no push put in
  popped_twice,          ///< two pops delivered one value
  popped_before_push,    ///< the pop had ended before the push began
  fifo_inversion,        ///< pushed first, popped second (or never, though it was there)
  lost,                  ///< accepted and not popped, though the queue was drained
  false_empty,           ///< `empty`, though at each instant of the call something was certainly inside
  false_full,            ///< `full` or `evicted`, though never during the call can capacity have been inside
  capacity_exceeded,     ///< at some instant more than capacity were certainly inside
  closed_before_close,   ///< `closed` was answered before any close() began
  accepted_when_closed,  ///< a push that began after close() or an answer `closed` was accepted
  open_when_closed,      ///< a call that began after close() or an answer `closed` answered `full` or `empty`
  value_after_closed,    ///< a pop that began after a pop had answered `closed` delivered something
  left_when_closed,      ///< a pop answered `closed`, and something accepted was not delivered
  foreign_answer,        ///< spilled: not a bounded FIFO's
};

[[nodiscard]] constexpr std::string_view to_string(rule broken) noexcept {
  constexpr std::string_view names[] = {
      "never_pushed",     "popped_twice",       "popped_before_push", "fifo_inversion",      "lost",
      "false_empty",      "false_full",         "capacity_exceeded",  "closed_before_close", "accepted_when_closed",
      "open_when_closed", "value_after_closed", "left_when_closed",   "foreign_answer"};
  return names[static_cast<std::size_t>(broken)];
}

struct accusation {
  static constexpr std::size_t nobody = ~std::size_t{0};

  rule broken = rule::never_pushed;
  std::size_t culprit = nobody;  ///< index of an operation in the recording
  std::size_t witness = nobody;  ///< another one, if it takes two

  bool operator==(const accusation&) const = default;
};

using accusations = std::vector<accusation>;

[[nodiscard]] inline bool has(const accusations& found, rule broken) {
  return std::ranges::any_of(found, [broken](const accusation& one) { return one.broken == broken; });
}

/// For example `fifo_inversion: #7 thread 1: pop -> 4 in [120, 135], #9 thread 1: pop -> 3 in [140, 152]`.
[[nodiscard]] inline std::string to_text(std::span<const timed_operation> recording, const accusation& one) {
  std::string text(to_string(one.broken));
  for (const std::size_t index : {one.culprit, one.witness}) {
    if (index == accusation::nobody) continue;
    const timed_operation& op = recording[index];
    text += index == one.culprit ? ": #" : ", #";
    text += std::to_string(index) + " " + to_text(op.what) + " in [" + std::to_string(op.invoked) + ", " +
            (op.returned == never ? "never" : std::to_string(op.returned)) + "]";
  }
  return text;
}

/// The first few accusations, a line each.
[[nodiscard]] inline std::string to_text(std::span<const timed_operation> recording, const accusations& found,
                                         std::size_t most = 5) {
  std::string text;
  for (std::size_t i = 0; i < found.size() && i < most; ++i) text += to_text(recording, found[i]) + "\n";
  if (found.size() > most) text += "and " + std::to_string(found.size() - most) + " more\n";
  return text;
}

}  // namespace tidegate::test
