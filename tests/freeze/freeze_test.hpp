// freeze_test.hpp: what every test here does: skips, loudly, where tracing is refused; freezes; tells the numbers.
#pragma once

#include <chrono>
#include <iostream>
#include <string>

#include "gtest/gtest.h"
#include "tests/freeze/freeze.hpp"
#include "tests/freeze/tracer.hpp"

namespace tidegate::test {

class freeze_test : public testing::Test {
 protected:
  /// The others' work takes microseconds. What never blocks is given long; a control, which does block, is not.
  static constexpr std::chrono::milliseconds long_enough{500};
  static constexpr std::chrono::milliseconds soon_enough{20};

  void SetUp() override {
    const std::string why = why_tracing_is_refused();
    if (why.empty()) return;
    std::cout << "SKIPPED: no thread can be stopped at an instruction here: " << why << std::endl;
    GTEST_SKIP() << why;
  }

  static void print(const char* kind, const char* operation, const census& found) {
    std::cout << kind << ' ' << operation << ": " << found << std::endl;
  }
};

}  // namespace tidegate::test
