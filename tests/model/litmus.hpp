// litmus.hpp: runs a tiny program in every way and collects what its registers can hold at the end.
#pragma once

#include <array>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/model/explorer/engine.hpp"
#include "tests/model/explorer/explore.hpp"

namespace tidegate::model {

/// The registers of an outcome, in order: "10" for r0 = 1, r1 = 0.
using outcomes = std::set<std::string>;

using word = model_atomic<int>;

/// `Program` has `threads`, `thread(index)`, registers `r`, and end() if something is left to read when all have ended.
template <class Program>
struct litmus : Program {
  static inline outcomes seen;

  void before() {}
  void after() {
    if constexpr (requires { this->end(); }) this->end();
    std::string text;
    for (const int value : this->r) text += std::to_string(value);
    seen.insert(text);
  }
};

/// Everything that litmus programs of two to four threads can do; a failure of the program itself is "failed: ...".
template <class Program>
[[nodiscard]] outcomes outcomes_of(unsigned surprises = 0) {
  litmus<Program>::seen.clear();
  exploration how;
  how.limits = {8, 4, surprises};
  how.deepen = false;
  how.least_executions = 1;
  const report result = explore(client_of<litmus<Program>>("litmus"), how);
  if (result.failed) return {"failed: " + result.failure};
  EXPECT_TRUE(result.exhausted);
  return litmus<Program>::seen;
}

}  // namespace tidegate::model
