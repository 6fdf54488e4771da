// engine.hpp: the explorer as a client sees it. Other engines offer the same names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "tests/model/explorer/execution.hpp"
#include "tests/model/explorer/sync.hpp"

namespace tidegate::model {

template <class Sync = model_sync>
struct explorer_engine {
  using sync = Sync;

  template <class T>
  using variable = model_variable<T>;

  /// Ends the execution as a failure unless `holds`.
  static void check(bool holds, const char* what) {
    if (!holds) execution::here().fail(what);
  }

  [[noreturn]] static void fail(std::string what) { execution::here().fail(std::move(what)); }

  /// This branch was reached: see `probes` in client.hpp.
  static void reached(const char* probe) { execution::here().reached().hit(probe); }

  /// The largest value of something, for the report.
  static void measure(const char* what, std::uint64_t value) { execution::here().reached().measure(what, value); }

  /// One of 0..options-1; all are tried.
  [[nodiscard]] static unsigned choose(unsigned options) { return execution::here().choose(options); }

  /// In a client's own loop: somebody else must do something first.
  static void pause() { Sync::pause(); }

  /// Operations on shared state that the calling thread has made so far.
  [[nodiscard]] static unsigned steps() { return execution::here().own_steps(); }

  /// The running thread, and what happens before this point.
  [[nodiscard]] static unsigned thread() { return execution::here().thread(); }
  [[nodiscard]] static const vector_clock& happened() { return execution::here().known().happened; }

  /// True at the end of an execution in which a thread was stopped for ever.
  [[nodiscard]] static bool frozen() { return execution::here().froze(); }
  [[nodiscard]] static bool is_frozen(unsigned thread) { return execution::here().is_frozen(thread); }

  /// The stopped thread was killed, and all it did happened before this: what it used may be destroyed.
  static void bury_frozen() { execution::here().bury_frozen(); }
};

using explorer = explorer_engine<>;

}  // namespace tidegate::model
