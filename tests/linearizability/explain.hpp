// explain.hpp: why a history is not linearizable, for the reader of a failed test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/search.hpp"

namespace tidegate::test {

namespace detail {

[[nodiscard]] inline std::string numbered(std::span<const operation> history, std::size_t index) {
  return "#" + std::to_string(index) + " " + to_text(history[index]);
}

/// The operations of `mask`, for example `#1 #4`.
[[nodiscard]] inline std::string numbers(std::uint64_t mask) {
  std::string text;
  for (std::size_t i = 0; i < most_operations; ++i) {
    if ((mask & mask_of(i)) != 0) text += (text.empty() ? "#" : " #") + std::to_string(i);
  }
  return text;
}

}  // namespace detail

/// The whole history, a line for each operation, with what it comes after.
[[nodiscard]] inline std::string to_text(std::span<const operation> history) {
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    text += "  " + detail::numbered(history, i);
    if (history[i].predecessors != 0) text += ", after " + detail::numbers(history[i].predecessors);
    text += "\n";
  }
  return text;
}

/// The witness, or the longest beginning that is linearizable, the state after it and the operations that are stuck.
template <class Specification = bounded_fifo>
[[nodiscard]] std::string explain(std::span<const operation> history,
                                  const typename Specification::promise_type& promised, const linearization& result) {
  std::string text;
  switch (result.found) {
    case verdict::linearizable: text = "linearizable, for example in this order:\n"; break;
    case verdict::not_linearizable: text = "not linearizable"; break;
    case verdict::undecided: text = "undecided: the search took too long"; break;
  }
  if (result.accused != linearization::nobody) {
    text += "\n  " + detail::numbered(history, result.accused) + ": no place among the successful operations\n";
  }
  if (!result) text += "; this far it is:\n";
  Specification state(promised);
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < result.length; ++i) {
    const std::size_t index = result.order[i];
    static_cast<void>(state.apply(history[index], index));
    done |= mask_of(index);
    text += "  " + detail::numbered(history, index) + "\n";
  }
  text += "state: " + state.to_text() + "\n";
  if (result) return text;
  text += "stuck:\n";
  for (std::size_t i = 0; i < history.size(); ++i) {
    if ((result.judged & ~done & mask_of(i)) == 0 || history[i].result == answer::pending) continue;
    const std::uint64_t waits = history[i].predecessors & result.judged & ~done;
    text += "  " + detail::numbered(history, i);
    text += waits == 0 ? ": does not fit\n" : ": comes after " + detail::numbers(waits) + "\n";
  }
  return text + "history:\n" + to_text(history);
}

}  // namespace tidegate::test
