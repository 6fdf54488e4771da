// history.hpp: what was done to a queue, by whom, with which answer, and what must have come before what.
//
// A history is a span of operations and a partial order on them: Herlihy & Wing, "Linearizability", TOPLAS 1990. The
// order comes from anywhere: a model checker fills `predecessors` with happens-before, recorders of real threads with
// time (order_by_time()).
//
// A call that moves several elements (try_push_n, try_pop_n, claim → publish, peek → release) is recorded as that many
// single operations, one after the other within the call's interval, which share a `call` number. This says what the
// queue says: in order, not at once. A partial success says nothing about `full` or `empty`; a call that moved nothing
// is one refused operation. An abandoned claim and elements that were only peeked at leave no record.
//
// A blocking call that timed out is a refused one: full, or empty, at some instant of its interval.
//
// push_evict() is a push that is never refused: when the queue is full it takes the oldest element out and puts its own
// in, in one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidegate/base/status.hpp"

namespace tidegate::test {

enum class operation_kind : std::uint8_t {
  push,
  pop,
  close,
  publish,  ///< of a claim, where claims are seen (byte_fifo.hpp): what was pushed is there from now on
  abandon,  ///< of a claim: nothing will come of it
};

/// What a queue's statuses come to, as far as a bounded FIFO is concerned.
enum class answer : std::uint8_t {
  ok,       ///< had its effect
  evicted,  ///< a push that had its effect, and another one: it took the oldest element out, for the queue was full
  refused,  ///< push: full; pop: empty
  closed,   ///< told that the queue is closed (for a pop: and that everything was delivered)
  nothing,  ///< no effect, and nothing is said about the queue (cancelled, shed ...)
  pending,  ///< did not return: may have had its effect, or none
  foreign,  ///< an answer that no bounded FIFO gives (spilled): no history with it is accepted
};

[[nodiscard]] constexpr answer to_answer(push_status status) noexcept {
  switch (status) {
    case push_status::ok: return answer::ok;
    case push_status::evicted: return answer::evicted;
    case push_status::full:
    case push_status::dropped:
    case push_status::timed_out: return answer::refused;
    case push_status::closed: return answer::closed;
    case push_status::shed:
    case push_status::expired:
    case push_status::too_heavy:
    case push_status::cancelled:
    case push_status::no_row: return answer::nothing;
    default: return answer::foreign;
  }
}

[[nodiscard]] constexpr answer to_answer(pop_status status) noexcept {
  switch (status) {
    case pop_status::ok: return answer::ok;
    case pop_status::empty:
    case pop_status::timed_out: return answer::refused;
    case pop_status::closed: return answer::closed;
    case pop_status::cancelled:
    case pop_status::no_row: return answer::nothing;
    case pop_status::lapped:
    case pop_status::evicted: break;  // of broadcast readers only
  }
  return answer::foreign;
}

/// The most operations that a `predecessors` mask can tell apart. Recordings for rules.hpp may be longer.
inline constexpr std::size_t most_operations = 64;

[[nodiscard]] constexpr std::uint64_t mask_of(std::size_t index) noexcept { return std::uint64_t{1} << index; }

struct operation {
  operation_kind kind = operation_kind::push;
  answer result = answer::ok;
  bool evicts = false;             ///< push_evict(): is not refused, but takes the oldest element out
  std::uint16_t thread = 0;        ///< for the reader, and for order_by_time()
  std::uint32_t call = 0;          ///< operations of one thread with the same number, not 0, are one call
  std::uint64_t value = 0;         ///< pushed, or popped when `ok`
  std::uint64_t victim = 0;        ///< what an `evicted` push took out
  std::uint64_t predecessors = 0;  ///< bit i: operation i comes before this one; need not be transitively closed. A
                                   ///< pending predecessor must have had its effect.

  [[nodiscard]] static constexpr operation push(std::size_t thread, std::uint64_t value, push_status status) noexcept {
    return make(operation_kind::push, to_answer(status), thread, value);
  }
  /// push_evict() of `value`; `victim` is what it took out when it answered `evicted`.
  [[nodiscard]] static constexpr operation push_evict(std::size_t thread, std::uint64_t value, push_status status,
                                                      std::uint64_t victim = 0) noexcept {
    operation made = push(thread, value, status);
    made.evicts = true;
    made.victim = victim;
    return made;
  }
  [[nodiscard]] static constexpr operation pop(std::size_t thread, pop_status status,
                                               std::uint64_t value = 0) noexcept {
    return make(operation_kind::pop, to_answer(status), thread, value);
  }
  [[nodiscard]] static constexpr operation close(std::size_t thread) noexcept {
    return make(operation_kind::close, answer::ok, thread, 0);
  }
  [[nodiscard]] static constexpr operation pending(operation_kind kind, std::size_t thread,
                                                   std::uint64_t value = 0) noexcept {
    return make(kind, answer::pending, thread, value);
  }

  bool operator==(const operation&) const = default;

 private:
  [[nodiscard]] static constexpr operation make(operation_kind kind, answer result, std::size_t thread,
                                                std::uint64_t value) noexcept {
    operation made;
    made.kind = kind;
    made.result = result;
    made.thread = static_cast<std::uint16_t>(thread);
    made.value = value;
    return made;
  }
};

/// True for what put its element in.
[[nodiscard]] constexpr bool is_accepted_push(const operation& op) noexcept {
  return op.kind == operation_kind::push && (op.result == answer::ok || op.result == answer::evicted);
}

/// True for what took an element out and told which: a pop, or a push that evicted.
[[nodiscard]] constexpr bool tells_what_it_took(const operation& op) noexcept {
  return op.result == answer::evicted || (op.kind == operation_kind::pop && op.result == answer::ok);
}
[[nodiscard]] constexpr std::uint64_t what_it_took(const operation& op) noexcept {
  return op.result == answer::evicted ? op.victim : op.value;
}

/// True for what did not return and may have taken an element out.
[[nodiscard]] constexpr bool may_have_taken(const operation& op) noexcept {
  return op.result == answer::pending && (op.kind == operation_kind::pop || op.evicts);
}

/// True for `full` and `empty`, the answers that a queue may give without a common order (failure_order::independent).
[[nodiscard]] constexpr bool is_refusal(const operation& op) noexcept { return op.result == answer::refused; }

/// `returned` of a pending operation.
inline constexpr std::uint64_t never = ~std::uint64_t{0};

/// An operation of a real thread, with the interval in which it had its effect, in ticks of some common clock.
struct timed_operation {
  operation what;
  std::uint64_t invoked = 0;
  std::uint64_t returned = never;
};

/// True when `one` had certainly ended before `other` began. Equal stamps say nothing.
[[nodiscard]] constexpr bool ended_before(const timed_operation& one, const timed_operation& other) noexcept {
  return one.returned < other.invoked;
}

/// The same for two operations of a recording, `one` at the lower index: those of one thread stand in its order.
[[nodiscard]] constexpr bool recorded_before(const timed_operation& one, const timed_operation& other) noexcept {
  if (one.what.thread != other.what.thread) return ended_before(one, other);
  return one.returned <= other.invoked || (one.what.call != 0 && one.what.call == other.what.call);
}

/// A recording of at most most_operations as a history: fills the predecessors.
[[nodiscard]] inline std::vector<operation> order_by_time(std::span<const timed_operation> recording) {
  std::vector<operation> history;
  history.reserve(recording.size());
  for (std::size_t later = 0; later < recording.size(); ++later) {
    operation& op = history.emplace_back(recording[later].what);
    op.predecessors = 0;
    for (std::size_t i = 0; i < recording.size() && i < most_operations; ++i) {
      const bool before = i < later ? recorded_before(recording[i], recording[later])
                                    : i > later && ended_before(recording[i], recording[later]);
      if (before) op.predecessors |= mask_of(i);
    }
  }
  return history;
}

/// For example `thread 1: push 7 -> full`.
[[nodiscard]] inline std::string to_text(const operation& op) {
  const bool pushes = op.kind == operation_kind::push;
  std::string text = "thread " + std::to_string(op.thread) + ": ";
  if (op.kind == operation_kind::close) {
    text += "close";
  } else if (op.kind == operation_kind::publish || op.kind == operation_kind::abandon) {
    text += (op.kind == operation_kind::publish ? "publish " : "abandon ") + std::to_string(op.value);
  } else {
    text += pushes ? (op.evicts ? "push_evict " : "push ") + std::to_string(op.value) : "pop";
    text += " -> ";
  }
  switch (op.result) {
    case answer::ok:
      if (pushes) text += "ok";
      if (op.kind == operation_kind::pop) text += std::to_string(op.value);
      break;
    case answer::evicted: text += "evicted " + std::to_string(op.victim); break;
    case answer::refused: text += pushes ? "full" : "empty"; break;
    case answer::closed: text += "closed"; break;
    case answer::nothing: text += "nothing"; break;
    case answer::pending: text += op.kind == operation_kind::close ? " (pending)" : "(pending)"; break;
    case answer::foreign: text += "an answer that is not a bounded FIFO's"; break;
  }
  return text;
}

}  // namespace tidegate::test
