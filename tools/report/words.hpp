// words.hpp: the names of verdicts.
#pragma once

#include <string_view>

#include "report/items.hpp"

namespace tidegate::report {

[[nodiscard]] constexpr std::string_view to_string(verdict of) noexcept {
  switch (of) {
    case verdict::pass: return "pass";
    case verdict::fail: return "fail";
    case verdict::tie: return "tie";
    case verdict::unknown: break;
  }
  return "unknown";
}

/// A sign that says the same without colour.
[[nodiscard]] constexpr std::string_view sign_of(verdict of) noexcept {
  switch (of) {
    case verdict::pass: return "✓";
    case verdict::fail: return "✗";
    case verdict::tie: return "≈";
    case verdict::unknown: break;
  }
  return "?";
}

}  // namespace tidegate::report
