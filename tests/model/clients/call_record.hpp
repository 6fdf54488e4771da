// call_record.hpp: what every call of an execution answered, to be held against a bounded FIFO, failures included.
//
// One call comes before another when it happens before it; what merely ran earlier says nothing, as on a machine with
// store buffers.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/search.hpp"
#include "tests/model/explorer/engine.hpp"

namespace tidegate::model {

/// The calls of one execution, to be held against a specification.
template <class Engine, class Specification = test::bounded_fifo>
class call_record {
 public:
  /// `most_steps`: of one call.
  explicit call_record(unsigned most_steps) noexcept : most_steps_(most_steps) {}

  /// What a call may cost, and the name under which the largest cost is reported.
  struct cost_limit {
    unsigned steps;
    const char* name = "steps of a call";
  };

  /// Runs `call`, which returns an operation, and notes when it began and ended. Until then it is pending, and stays so
  /// when its thread is stopped for ever.
  template <class Call>
  void note(test::operation_kind kind, std::uint64_t value, Call&& call) {
    note(test::operation::pending(kind, Engine::thread(), value), {most_steps_}, std::forward<Call>(call));
  }
  template <class Call>
  void note(const test::operation& pending, const cost_limit& limit, Call&& call) {
    entry& mine = entries_[count_++];
    mine.thread = static_cast<std::uint8_t>(Engine::thread());
    mine.began = Engine::happened();
    mine.ended = unended;
    mine.what = pending;
    const unsigned steps_before = Engine::steps();
    mine.what = call();
    mine.ended = Engine::happened().of[mine.thread];
    const unsigned spent = Engine::steps() - steps_before;
    Engine::measure(limit.name, spent);
    Engine::measure("steps, per cent of the bound", 100 * spent / limit.steps);
    Engine::check(spent <= limit.steps, "a call takes a bounded number of steps");
  }

  /// Takes `full` and `empty` of calls that overlap others for no answer: what may be false then.
  void forgive_overlapped_failures() {
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < count_; ++j) {
        const bool overlap =
            j != i && !happens_before(entries_[i], entries_[j]) && !happens_before(entries_[j], entries_[i]);
        if (overlap && test::is_refusal(entries_[i].what)) entries_[i].what.result = test::answer::nothing;
      }
    }
  }

  /// The same for a call that moves up to `values.size()` elements: one operation each. `call` returns how many it has
  /// moved; a pop has filled in their values. `none`: what it says to have moved none.
  template <class Call>
  void note_many(test::operation_kind kind, std::span<std::uint64_t> values, test::answer none, Call&& call) {
    const std::size_t first = count_;
    const unsigned steps_before = Engine::steps();
    for (const std::uint64_t value : values) {
      entry& one = entries_[count_++];
      one.thread = static_cast<std::uint8_t>(Engine::thread());
      one.began = Engine::happened();
      one.ended = unended;
      one.what = test::operation::pending(kind, one.thread, value);
      one.what.call = static_cast<std::uint32_t>(first + 1);
    }
    const std::size_t moved = call();
    for (std::size_t i = 0; i < values.size(); ++i) {
      entry& one = entries_[first + i];
      one.what.value = values[i];
      one.what.result = i < moved ? test::answer::ok : i == 0 ? none : test::answer::nothing;
      one.ended = Engine::happened().of[one.thread];
    }
    Engine::measure("steps of a call", Engine::steps() - steps_before);
    Engine::check(Engine::steps() - steps_before <= most_steps_, "a call takes a bounded number of steps");
  }

  /// Fails the execution unless the answers are those of a bounded FIFO.
  void judge(const test::promise& promised) {
    judge(promised, [](const test::operation&) { return true; });
  }
  /// The same of those answers that are `judged`; others say nothing.
  template <class Judged>
  void judge(const test::promise& promised, Judged&& judged) {
    std::array<test::operation, most> history;
    for (std::size_t i = 0; i < count_; ++i) {
      history[i] = entries_[i].what;
      if (!judged(history[i])) history[i].result = test::answer::nothing;
      history[i].predecessors = 0;
      for (std::size_t j = 0; j < count_; ++j) {
        if (j != i && happens_before(entries_[j], entries_[i])) history[i].predecessors |= test::mask_of(j);
      }
    }
    const std::span<const test::operation> all(history.data(), count_);
    const test::linearization found = checker().check(all, promised);
    if (!found) Engine::fail(test::explain<Specification>(all, promised, found) + test::to_text(all));
  }

 private:
  static constexpr std::size_t most = 24;
  static constexpr tick unended = std::numeric_limits<tick>::max();
  struct entry {
    test::operation what;
    vector_clock began;
    tick ended = 0;
    std::uint8_t thread = 0;
  };

  [[nodiscard]] static bool happens_before(const entry& one, const entry& other) noexcept {
    if (one.thread == other.thread) return &one < &other;  // noted in the order of the thread
    return one.ended <= other.began.of[one.thread];
  }

  /// Kept between executions, for its memory.
  [[nodiscard]] static test::linearizer<Specification>& checker() {
    static test::linearizer<Specification> kept;
    return kept;
  }

  const unsigned most_steps_;
  std::array<entry, most> entries_{};
  std::size_t count_ = 0;
};

}  // namespace tidegate::model
