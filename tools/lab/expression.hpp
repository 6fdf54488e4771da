// expression.hpp: formulas of scenario files: numbers, names, + - * /, brackets and a few functions.
//
// Functions: min(a, b), max(a, b), erlang_b(servers, erlangs), mmck_blocked / mmck_inside / mmck_sojourn (lambda, mu,
// servers, places). Names are looked up where the formula is used.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidegate::lab {

/// A formula that cannot be read, or a name that nobody knows; what() is one line.
class formula_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The value of a name, if there is one.
using name_lookup = std::function<std::optional<double>(std::string_view)>;

/// The value of `formula`. Throws formula_error.
[[nodiscard]] double evaluate(std::string_view formula, const name_lookup& value_of);

}  // namespace tidegate::lab
